-- Every category that a product has or had: facts as of their event may still need it.
select
    {{ surrogate_key(['category']) }} as category_key,
    category,
    cast(count(distinct case when current_flag then product_id end) as integer) as product_count,
    cast(avg(case when current_flag then unit_price end) as decimal(18, 2)) as avg_unit_price
from {{ ref('dim_products') }}
where category is not null
group by category
union all
select '-1' as category_key, 'unknown' as category, 0 as product_count, null as avg_unit_price
