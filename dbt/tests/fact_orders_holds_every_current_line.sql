{{ config(meta={'check': 'reconciliation', 'table': 'fact_orders'}) }}
-- Counted another way than the model does: lines whose delivery is the newest of their order, per ingest day.
with newest_delivery as (
    select order_id, max(_arrived_dt) as arrived from {{ ref('stg_order_items') }} group by order_id
),

silver as (
    select
        items.ingest_dt,
        count(*) as row_count,
        sum(items.quantity * items.unit_price - coalesce(items.discount_amount, 0)) as total
    from {{ ref('stg_order_items') }} as items
    inner join newest_delivery on newest_delivery.order_id = items.order_id and newest_delivery.arrived = items._arrived_dt
    group by items.ingest_dt
),

gold as (
    select line_ingest_dt, count(*) as row_count, sum(line_total) as total from {{ ref('fact_orders') }} group by line_ingest_dt
)

select *
from silver full outer join gold on gold.line_ingest_dt = silver.ingest_dt
where silver.row_count is distinct from gold.row_count or silver.total is distinct from gold.total
