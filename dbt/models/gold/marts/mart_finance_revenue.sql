with sales as (
    select
        cast(order_date as date) as calendar_date,
        coalesce(order_channel, 'unknown') as order_channel,
        {{ revenue_sum('gross_amount') }} as gross_amount,
        {{ revenue_sum('discount_amount') }} as discount_amount,
        {{ money('sum(net_revenue)') }} as net_revenue,
        {{ revenue_sum('case when cost_amount is not null then net_revenue end') }} as costed_revenue,
        {{ revenue_sum('cost_amount') }} as cost_amount,
        {{ revenue_sum('gross_profit') }} as gross_profit
    from {{ ref('fact_orders') }}
    group by 1, 2
),

orders as (
    select
        cast(order_date as date) as calendar_date,
        coalesce(order_channel, 'unknown') as order_channel,
        count(*) as order_count,
        {{ count_where('is_revenue') }} as revenue_orders,
        {{ revenue_units('quantity') }} as units_sold,
        {{ revenue_sum('payment_fee') }} as payment_fee,
        {{ revenue_sum('shipping_charged') }} as shipping_charged,
        {{ revenue_sum('shipping_actual') }} as shipping_actual,
        {{ revenue_sum('tax_amount') }} as tax_amount
    from {{ ref('fact_order_headers') }}
    group by 1, 2
),

-- A refund counts on the day of the return, against the channel that sold.
refunds as (
    select
        cast(returns.return_date as date) as calendar_date,
        coalesce(headers.order_channel, 'unknown') as order_channel,
        count(distinct returns.return_id) as return_count,
        {{ counted('sum(returns.quantity_returned)') }} as units_returned,
        {{ money('sum(returns.refunded_amount)') }} as refunded_amount
    from {{ ref('fact_returns') }} as returns
    left join {{ ref('fact_order_headers') }} as headers on headers.order_id = returns.order_id
    group by 1, 2
),

days as (
    select calendar_date, order_channel from sales
    union distinct
    select calendar_date, order_channel from orders
    union distinct
    select calendar_date, order_channel from refunds
)

select
    {{ date_key('days.calendar_date') }} as date_key,
    days.calendar_date,
    days.order_channel,
    {{ counted('orders.order_count') }} as order_count,
    {{ counted('orders.revenue_orders') }} as revenue_orders,
    {{ counted('orders.units_sold') }} as units_sold,
    {{ money('sales.gross_amount') }} as gross_amount,
    {{ money('sales.discount_amount') }} as discount_amount,
    {{ money('sales.net_revenue') }} as net_revenue,
    {{ counted('refunds.return_count') }} as return_count,
    {{ counted('refunds.units_returned') }} as units_returned,
    {{ money('refunds.refunded_amount') }} as refunded_amount,
    {{ money('orders.payment_fee') }} as payment_fee,
    {{ money('orders.shipping_charged') }} as shipping_charged,
    {{ money('orders.shipping_actual') }} as shipping_actual,
    {{ money('orders.tax_amount') }} as tax_amount,
    {{ money('sales.cost_amount') }} as cost_amount,
    {{ money('sales.costed_revenue') }} as costed_revenue,
    {{ money('sales.gross_profit') }} as gross_profit,
    {{ ratio('sales.gross_profit', 'sales.costed_revenue') }} as margin_pct,
    {{ money(
        'coalesce(sales.gross_profit, 0) - coalesce(refunds.refunded_amount, 0) - coalesce(orders.payment_fee, 0)'
        ~ ' + coalesce(orders.shipping_charged, 0) - coalesce(orders.shipping_actual, 0)'
    ) }} as contribution
from days
left join sales on sales.calendar_date = days.calendar_date and sales.order_channel = days.order_channel
left join orders on orders.calendar_date = days.calendar_date and orders.order_channel = days.order_channel
left join refunds on refunds.calendar_date = days.calendar_date and refunds.order_channel = days.order_channel
