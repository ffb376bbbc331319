with segments as (
    select
        snapshot_dt,
        coalesce(segment, 'unknown') as segment,
        count(*) as customer_count,
        {{ counted('sum(order_count)') }} as order_count,
        {{ counted('sum(return_count)') }} as return_count,
        {{ money('sum(total_spent)') }} as total_spent,
        {{ money('sum(total_refunded)') }} as total_refunded,
        {{ money('sum(net_clv)') }} as net_clv,
        {{ count_where('is_in_danger_zone') }} as customers_in_danger_zone,
        {{ count_where('needs_bronze_nudge') }} as customers_to_nudge
    from {{ ref('fact_customers') }}
    group by 1, 2
),

-- The whole of the snapshot, beside each of its segments.
shares as (
    select *, sum(customer_count) over (partition by snapshot_dt) as customers_of_day from segments
)

select
    {{ date_key('snapshot_dt') }} as date_key,
    snapshot_dt,
    segment,
    {{ counted('customer_count') }} as customer_count,
    {{ rate('customer_count', 'customers_of_day') }} as customer_share,
    order_count,
    return_count,
    total_spent,
    total_refunded,
    net_clv,
    {{ per_piece('net_clv', 'customer_count') }} as avg_net_clv,
    {{ per_piece('total_spent', 'order_count') }} as avg_order_value,
    customers_in_danger_zone,
    customers_to_nudge
from shares
