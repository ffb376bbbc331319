with days as (
    select
        cast(created_at as date) as calendar_date,
        {{ counted('count(*)') }} as cart_count,
        {{ count_where("cart_status = 'converted'") }} as converted_carts,
        {{ count_where("cart_status = 'abandoned'") }} as abandoned_carts,
        {{ count_where("cart_status = 'empty'") }} as empty_carts,
        {{ counted('sum(item_count)') }} as item_count,
        {{ money('sum(cart_value)') }} as cart_value,
        {{ money("sum(case when cart_status = 'converted' then cart_value end)") }} as converted_value,
        {{ money('sum(abandoned_value)') }} as abandoned_value,
        -- Of decimals, whose sum is the same in any order.
        cast(round(avg(cast(time_to_purchase_hours as decimal(18, 6))), 2) as decimal(18, 2)) as avg_hours_to_purchase
    from {{ ref('fact_carts') }}
    group by 1
)

select
    {{ date_key('calendar_date') }} as date_key,
    *,
    {{ rate('converted_carts', 'cart_count') }} as conversion_rate,
    {{ rate('abandoned_carts', 'cart_count') }} as abandonment_rate
from days
