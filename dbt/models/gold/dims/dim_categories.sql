-- Every category that a product has or had: facts as of their event may still need it.
select
    {{ surrogate_key(['category']) }} as category_key,
    category,
    cast(sum(case when current_flag then 1 else 0 end) as integer) as product_count
from {{ ref('dim_products') }}
where category is not null
group by category
union all
select '-1' as category_key, 'unknown' as category, 0 as product_count
