with channels as (
    select
        cast(order_date as date) as calendar_date,
        coalesce(order_channel, 'unknown') as order_channel,
        count(*) as order_count,
        {{ count_where('is_recovered') }} as recovered_orders,
        {{ money('sum(net_revenue)') }} as net_revenue,
        {{ money('sum(case when is_recovered then net_revenue end)') }} as recovered_revenue
    from {{ ref('fact_order_headers') }}
    group by 1, 2
),

-- The whole of the day, beside each of its channels.
shares as (
    select
        *,
        sum(order_count) over (partition by calendar_date) as orders_of_day,
        sum(net_revenue) over (partition by calendar_date) as revenue_of_day
    from channels
)

select
    {{ date_key('calendar_date') }} as date_key,
    calendar_date,
    order_channel,
    {{ counted('order_count') }} as order_count,
    recovered_orders,
    net_revenue,
    recovered_revenue,
    {{ rate('recovered_orders', 'order_count') }} as recovered_order_share,
    {{ rate('recovered_revenue', 'net_revenue') }} as recovered_revenue_share,
    {{ rate('order_count', 'orders_of_day') }} as order_share_of_day,
    {{ rate('net_revenue', 'revenue_of_day') }} as revenue_share_of_day
from shares
