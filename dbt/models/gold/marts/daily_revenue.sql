-- Channels add up: an order, and a return of one, has one channel.
with days as (
    select
        date_key,
        calendar_date,
        {{ counted('sum(order_count)') }} as order_count,
        {{ counted('sum(revenue_orders)') }} as revenue_orders,
        {{ counted('sum(units_sold)') }} as units_sold,
        {{ money('sum(gross_amount)') }} as gross_amount,
        {{ money('sum(discount_amount)') }} as discount_amount,
        {{ money('sum(net_revenue)') }} as net_revenue,
        {{ counted('sum(return_count)') }} as return_count,
        {{ counted('sum(units_returned)') }} as units_returned,
        {{ money('sum(refunded_amount)') }} as refunded_amount
    from {{ ref('mart_finance_revenue') }}
    group by date_key, calendar_date
)

select
    *,
    {{ money('net_revenue - refunded_amount') }} as revenue_after_refunds,
    {{ per_piece('net_revenue', 'revenue_orders') }} as avg_order_value
from days
