{%- set carts = as_last_built('fact_carts') -%}
{% if execute and carts is none %}
select cart_id, customer_id, created_at from {{ ref('stg_shopping_carts') }} where false
{% else %}
with restated as (
    select cart_id from {{ ref('stg_shopping_carts') }} where ingest_dt in {{ changed_days('silver/stg_shopping_carts') }}
    union distinct
    select cart_id from {{ carts }} where cart_ingest_dt in {{ changed_days('silver/stg_shopping_carts') }}
)

select cart_id, customer_id, created_at
from {{ ref('stg_shopping_carts') }}
where cart_id in (select cart_id from restated)
union distinct
select cart_id, customer_id, created_at from {{ carts }} where cart_id in (select cart_id from restated)
{% endif %}
