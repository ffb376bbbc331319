-- depends_on: {{ ref('changed_customer_days') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed(['snapshot_dt', 'customer_id'], ref('changed_customer_days')) }}",
) }}

with days as (
    select
        days.*,
        {{ dbt.dateadd('microsecond', -1, dbt.dateadd('day', 1, 'cast(days.snapshot_dt as timestamp)')) }} as end_of_day
    from (
        select *, ingest_dt as snapshot_dt from {{ source('enriched', 'customer_lifetime_value') }}
    ) as days
    {%- if is_incremental() %}
    where {{ is_changed('days', ['snapshot_dt', 'customer_id'], ref('changed_customer_days')) }}
        and snapshot_dt in (select snapshot_dt from {{ ref('changed_customer_days') }})
    {%- endif %}
),

signals as (
    select ingest_dt as snapshot_dt, customer_id, is_in_danger_zone, needs_bronze_nudge
    from {{ source('enriched', 'customer_retention_signals') }}
    where ingest_dt in (select snapshot_dt from days)
),

customer_keys as (
    {{ keys_as_of('days', ['snapshot_dt', 'customer_id'], 'customer', 'events.end_of_day') }}
)

select
    days.snapshot_dt,
    days.customer_id,
    coalesce(customer_keys.customer_key, '-1') as customer_key,
    days.order_count,
    days.return_count,
    days.total_spent,
    days.total_refunded,
    days.net_clv,
    days.avg_order_value,
    days.days_since_last_order,
    days.segment,
    days.value_segment,
    days.recency_segment,
    days.frequency_segment,
    signals.is_in_danger_zone,
    signals.needs_bronze_nudge
from days
left join customer_keys
    on customer_keys.snapshot_dt = days.snapshot_dt and customer_keys.customer_id = days.customer_id
left join signals on signals.snapshot_dt = days.snapshot_dt and signals.customer_id = days.customer_id
