{%- set returns = as_last_built('fact_returns') -%}
{% if execute and returns is none %}
select return_item_id from {{ ref('stg_return_items') }} where false
{% else %}
select return_item_id
from {{ ref('stg_return_items') }}
where ingest_dt in {{ changed_days('silver/stg_return_items') }}
union distinct
select return_item_id
from {{ returns }}
where item_ingest_dt in {{ changed_days('silver/stg_return_items') }}
    or return_ingest_dt in {{ changed_days('silver/stg_returns') }}
    or return_id in (
        select return_id from {{ ref('stg_returns') }} where ingest_dt in {{ changed_days('silver/stg_returns') }}
    )
    or order_id in (select order_id from {{ ref('changed_orders') }})
union distinct
select return_item_id
from ({{ rekeyed(returns, 'return_item_id', 'customer', 'cast(facts.return_date as timestamp)') }}) as of_customers
union distinct
select return_item_id
from ({{ rekeyed(returns, 'return_item_id', 'product', 'cast(facts.return_date as timestamp)') }}) as of_products
{% endif %}
