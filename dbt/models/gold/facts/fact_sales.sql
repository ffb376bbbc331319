{{ config(materialized='view') }}

select
    lines.order_line_key,
    lines.order_id,
    lines.line_no,
    lines.date_key,
    cast(lines.order_date as date) as order_day,
    cast(extract(year from lines.order_date) as integer) as year,
    cast(extract(month from lines.order_date) as integer) as month,
    days.day_of_week,
    lines.customer_key,
    lines.product_key,
    products.category,
    customers.loyalty_tier,
    orders.region,
    lines.order_channel,
    lines.is_revenue,
    lines.quantity,
    lines.gross_amount,
    lines.discount_amount,
    lines.net_revenue,
    lines.cost_amount,
    lines.gross_profit
from {{ ref('fact_orders') }} as lines
left join {{ ref('dim_date') }} as days on days.date_key = lines.date_key
left join {{ ref('dim_products') }} as products on products.product_key = lines.product_key
left join {{ ref('dim_customers') }} as customers on customers.customer_key = lines.customer_key
left join {{ ref('fact_order_headers') }} as orders on orders.order_id = lines.order_id
