with statements as (
    select
        *,
        case
            when unit_price < 20 then 'low'
            when unit_price <= 100 then 'medium'
            else 'high'
        end as price_tier,
        cast(unit_price - cost_price as decimal(18, 2)) as unit_margin
    from {{ ref('stg_product_catalog') }}
),

history as (
    {{ history('statements', 'product_id', 'product_key') }}
)

select {{ model.columns.keys() | join(', ') }} from history
union all
select * from ({{ unknown_member('product_id', 'product_key') }}) as unknown_member
