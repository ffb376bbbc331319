{{ config(meta={'check': 'reconciliation', 'table': 'fact_sales'}) }}
with orders as (
    select count(*) as row_count, sum(net_revenue) as net_revenue from {{ ref('fact_orders') }}
),

sales as (
    select count(*) as row_count, sum(net_revenue) as net_revenue from {{ ref('fact_sales') }}
)

select *
from orders cross join sales
where orders.row_count <> sales.row_count or orders.net_revenue <> sales.net_revenue
