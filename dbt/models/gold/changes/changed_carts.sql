{%- set carts = as_last_built('fact_carts') -%}
{% if execute and carts is none %}
select cart_id from {{ ref('restated_carts') }} where false
{% else %}
with restated_items as (
    select cart_item_id from {{ ref('stg_cart_items') }} where ingest_dt in {{ changed_days('silver/stg_cart_items') }}
),

changed_orders as (
    select customer_id, order_date
    from {{ ref('stg_orders') }}
    where order_id in (select order_id from {{ ref('changed_orders') }})
)

select cart_id from {{ ref('restated_carts') }}
union distinct
-- An item may have moved from one cart to another.
select cart_id from {{ ref('stg_cart_items') }} where cart_item_id in (select cart_item_id from restated_items)
union distinct
select carts.cart_id
from {{ carts }} as carts
inner join {{ changed_days('silver/stg_cart_items') }} as changed
    on changed.day between carts.items_first_dt and carts.items_last_dt
union distinct
select cart_id from ({{ rekeyed(carts, 'cart_id', 'customer', 'facts.created_at') }}) as of_customers
union distinct
select cart_id from {{ carts }} where order_id in (select order_id from {{ ref('changed_orders') }})
union distinct
-- Carts that a changed order may claim now.
select carts.cart_id
from {{ carts }} as carts
inner join changed_orders on changed_orders.customer_id = carts.customer_id
where carts.created_at <= changed_orders.order_date
    and changed_orders.order_date < {{ dbt.dateadd('hour', var('claim_hours'), 'carts.created_at') }}
{% endif %}
