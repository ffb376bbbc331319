-- What the company paid is not known of every order: the margin is of those of which both amounts are.
with speeds as (
    select
        cast(order_date as date) as calendar_date,
        coalesce(order_channel, 'unknown') as order_channel,
        coalesce(shipping_speed, 'unknown') as shipping_speed,
        {{ counted('count(*)') }} as order_count,
        {{ count_where('is_revenue') }} as revenue_orders,
        {{ count_where('is_expedited') }} as expedited_orders,
        {{ count_where('is_revenue and shipping_charged - shipping_actual is not null') }} as costed_orders,
        {{ revenue_sum('shipping_charged') }} as shipping_charged,
        {{ revenue_sum('shipping_actual') }} as shipping_actual,
        {{ revenue_sum('case when shipping_actual is not null then shipping_charged end') }} as costed_charged,
        {{ revenue_sum('shipping_charged - shipping_actual') }} as shipping_margin
    from {{ ref('fact_order_headers') }}
    group by 1, 2, 3
)

select
    {{ date_key('calendar_date') }} as date_key,
    *,
    {{ ratio('shipping_margin', 'costed_charged') }} as margin_pct,
    {{ rate('expedited_orders', 'order_count') }} as expedited_share,
    {{ per_piece('shipping_margin', 'costed_orders') }} as avg_margin
from speeds
