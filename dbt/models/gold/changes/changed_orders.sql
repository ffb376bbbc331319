{%- set lines = as_last_built('fact_orders') -%}
{%- set headers = as_last_built('fact_order_headers') -%}
{% if execute and headers is none %}
select order_id from {{ ref('stg_orders') }} where false
{% else %}
select order_id from {{ ref('stg_orders') }} where ingest_dt in {{ changed_days('silver/stg_orders') }}
union distinct
select order_id from {{ ref('stg_order_items') }} where ingest_dt in {{ changed_days('silver/stg_order_items') }}
union distinct
select order_id
from {{ lines }}
where order_ingest_dt in {{ changed_days('silver/stg_orders') }}
    or line_ingest_dt in {{ changed_days('silver/stg_order_items') }}
union distinct
select order_id
from {{ headers }}
where order_ingest_dt in {{ changed_days('silver/stg_orders') }}
    or order_ingest_dt in {{ changed_days('enriched/regional_financials') }}
union distinct
select order_id from ({{ rekeyed(headers, 'order_id', 'customer', 'facts.order_date') }}) as of_customers
union distinct
select order_id from ({{ rekeyed(lines, 'order_id', 'product', 'facts.order_date') }}) as of_products
union distinct
-- Orders that claimed a restated cart, or that may claim it now.
select orders.order_id
from {{ headers }} as orders
inner join {{ ref('restated_carts') }} as carts on carts.customer_id = orders.customer_id
where carts.created_at <= orders.order_date
    and orders.order_date < {{ dbt.dateadd('hour', var('claim_hours'), 'carts.created_at') }}
{% endif %}
