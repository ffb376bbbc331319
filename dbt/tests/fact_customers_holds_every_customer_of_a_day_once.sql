{{ config(meta={'check': 'reconciliation', 'table': 'fact_customers'}) }}
with enriched as (
    select ingest_dt, count(*) as row_count, sum(net_clv) as net_clv
    from {{ source('enriched', 'customer_lifetime_value') }}
    group by ingest_dt
),

gold as (
    select snapshot_dt, count(*) as row_count, count(distinct customer_id) as customers, sum(net_clv) as net_clv
    from {{ ref('fact_customers') }}
    group by snapshot_dt
)

select *
from enriched full outer join gold on gold.snapshot_dt = enriched.ingest_dt
where enriched.ingest_dt is null
    or gold.snapshot_dt is null
    or gold.row_count <> enriched.row_count
    or gold.row_count <> gold.customers
    or gold.net_clv <> enriched.net_clv
