-- depends_on: {{ ref('changed_return_items') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed(['return_item_id'], ref('changed_return_items')) }}",
) }}

with items as (
    {{ current_versions(ref('stg_return_items'), 'return_item_id', ref('changed_return_items')) }}
),

returns as (
    {{ current_versions(ref('stg_returns'), 'return_id', 'items') }}
),

returned as (
    select
        items.return_item_id,
        items.return_id,
        items.order_id,
        items.product_id,
        returns.customer_id,
        returns.return_date,
        returns.return_channel,
        returns.reason,
        returns.return_type,
        returns.refund_method,
        items.quantity_returned,
        items.unit_price,
        items.refunded_amount,
        items.ingest_dt as item_ingest_dt,
        returns.ingest_dt as return_ingest_dt
    from items
    left join returns on returns.return_id = items.return_id
),

customer_keys as (
    {{ keys_as_of('returned', ['return_item_id'], 'customer', 'cast(events.return_date as timestamp)') }}
),

product_keys as (
    {{ keys_as_of('returned', ['return_item_id'], 'product', 'cast(events.return_date as timestamp)') }}
)

select
    returned.return_item_id,
    returned.return_id,
    returned.order_id,
    returned.product_id,
    returned.customer_id,
    {{ date_key('returned.return_date') }} as date_key,
    coalesce(customer_keys.customer_key, '-1') as customer_key,
    coalesce(product_keys.product_key, '-1') as product_key,
    returned.return_date,
    returned.return_channel,
    returned.reason,
    returned.return_type,
    returned.refund_method,
    returned.quantity_returned,
    returned.unit_price,
    returned.refunded_amount,
    cast({{ dbt.datediff('cast(orders.order_date as date)', 'returned.return_date', 'day') }} as integer) as days_to_return,
    returned.item_ingest_dt,
    returned.return_ingest_dt
from returned
left join {{ ref('fact_order_headers') }} as orders on orders.order_id = returned.order_id
left join customer_keys on customer_keys.return_item_id = returned.return_item_id
left join product_keys on product_keys.return_item_id = returned.return_item_id
