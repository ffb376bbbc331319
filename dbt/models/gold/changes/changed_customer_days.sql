{%- set customers = as_last_built('fact_customers') -%}
{%- set enriched = ['enriched/customer_lifetime_value', 'enriched/customer_retention_signals'] -%}
{% if execute and customers is none %}
select ingest_dt as snapshot_dt, customer_id from {{ source('enriched', 'customer_lifetime_value') }} where false
{% else %}
select ingest_dt as snapshot_dt, customer_id
from {{ source('enriched', 'customer_lifetime_value') }}
where ingest_dt in {{ changed_days(enriched) }}
union distinct
select snapshot_dt, customer_id
from {{ customers }}
where snapshot_dt in {{ changed_days(enriched) }}
union distinct
select snapshot_dt, customer_id
from (
    {{ rekeyed(customers, 'snapshot_dt, customer_id', 'customer', 'cast(facts.snapshot_dt as timestamp)') }}
) as of_customers
{% endif %}
