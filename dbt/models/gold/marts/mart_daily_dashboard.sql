with first_orders as (
    select customer_id, min(cast(order_date as date)) as calendar_date
    from {{ ref('fact_order_headers') }}
    where customer_id is not null
    group by customer_id
),

-- An account or a guest's id; each is new on one day only.
new_customers as (
    select calendar_date, count(*) as customer_count from first_orders group by calendar_date
),

customers as (
    select cast(order_date as date) as calendar_date, count(distinct customer_id) as customer_count
    from {{ ref('fact_order_headers') }}
    group by 1
),

days as (
    select calendar_date from {{ ref('daily_revenue') }}
    union distinct
    select calendar_date from {{ ref('mart_cart_abandonment') }}
)

select
    {{ date_key('days.calendar_date') }} as date_key,
    days.calendar_date,
    {{ counted('revenue.order_count') }} as order_count,
    {{ counted('revenue.revenue_orders') }} as revenue_orders,
    {{ counted('revenue.units_sold') }} as units_sold,
    {{ money('revenue.gross_amount') }} as gross_amount,
    {{ money('revenue.discount_amount') }} as discount_amount,
    {{ money('revenue.net_revenue') }} as net_revenue,
    revenue.avg_order_value,
    {{ counted('customers.customer_count') }} as ordering_customers,
    {{ counted('new_customers.customer_count') }} as new_customers,
    {{ counted('revenue.return_count') }} as return_count,
    {{ counted('revenue.units_returned') }} as units_returned,
    {{ money('revenue.refunded_amount') }} as refunded_amount,
    {{ money('revenue.revenue_after_refunds') }} as revenue_after_refunds,
    {{ counted('carts.cart_count') }} as cart_count,
    {{ counted('carts.converted_carts') }} as converted_carts,
    {{ counted('carts.abandoned_carts') }} as abandoned_carts,
    carts.conversion_rate,
    {{ money('carts.abandoned_value') }} as abandoned_value
from days
left join {{ ref('daily_revenue') }} as revenue on revenue.calendar_date = days.calendar_date
left join {{ ref('mart_cart_abandonment') }} as carts on carts.calendar_date = days.calendar_date
left join customers on customers.calendar_date = days.calendar_date
left join new_customers on new_customers.calendar_date = days.calendar_date
