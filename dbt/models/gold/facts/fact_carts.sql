-- depends_on: {{ ref('changed_carts') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed(['cart_id'], ref('changed_carts')) }}",
) }}

with carts as (
    {{ current_versions(ref('stg_shopping_carts'), 'cart_id', ref('changed_carts')) }}
),

customer_keys as (
    {{ keys_as_of('carts', ['cart_id'], 'customer', 'events.created_at') }}
),

-- Items ever stated in a cart; each counts for the cart of its newest statement only.
stated_items as (
    select distinct cart_id, cart_item_id
    from {{ ref('stg_cart_items') }}
    {{ only_changed('cart_id', ref('changed_carts')) }}
),

items as (
    {{ current_versions(ref('stg_cart_items'), 'cart_item_id', 'stated_items') }}
),

item_sums as (
    select
        stated_items.cart_id,
        sum(case when items.cart_id = stated_items.cart_id then items.quantity * items.unit_price end) as item_value,
        sum(case when items.cart_id = stated_items.cart_id then items.quantity end) as item_count,
        count(distinct case when items.cart_id = stated_items.cart_id then items.category end) as category_count,
        min(items.ingest_dt) as items_first_dt,
        max(items.ingest_dt) as items_last_dt
    from stated_items
    inner join items on items.cart_item_id = stated_items.cart_item_id
    group by stated_items.cart_id
),

claims as (
    select
        claimed_cart_id,
        order_id,
        order_date,
        order_channel,
        row_number() over (partition by claimed_cart_id order by order_date, order_id) as claim_no
    from {{ ref('fact_order_headers') }}
    where claimed_cart_id in (select cart_id from carts)
),

valued as (
    select
        carts.cart_id,
        carts.customer_id,
        carts.created_at,
        cast(coalesce(carts.cart_total, item_sums.item_value, 0) as decimal(18, 2)) as cart_value,
        cast(coalesce(item_sums.item_count, 0) as bigint) as item_count,
        cast(coalesce(item_sums.category_count, 0) as integer) as category_count,
        claims.order_id,
        claims.order_date,
        claims.order_channel,
        carts.ingest_dt as cart_ingest_dt,
        item_sums.items_first_dt,
        item_sums.items_last_dt
    from carts
    left join item_sums on item_sums.cart_id = carts.cart_id
    left join claims on claims.claimed_cart_id = carts.cart_id and claims.claim_no = 1
)

select
    valued.cart_id,
    {{ date_key('valued.created_at') }} as date_key,
    coalesce(customer_keys.customer_key, '-1') as customer_key,
    valued.customer_id,
    valued.created_at,
    valued.cart_value,
    valued.item_count,
    valued.category_count,
    case
        when valued.order_id is not null then 'converted'
        when valued.cart_value > 0 then 'abandoned'
        else 'empty'
    end as cart_status,
    valued.order_id,
    valued.order_channel,
    round({{ dbt.datediff('valued.created_at', 'valued.order_date', 'microsecond') }} / 3600000000.0, 6) as time_to_purchase_hours,
    cast(case when valued.order_id is null then valued.cart_value else 0 end as decimal(18, 2)) as abandoned_value,
    valued.cart_ingest_dt,
    valued.items_first_dt,
    valued.items_last_dt
from valued
left join customer_keys on customer_keys.cart_id = valued.cart_id
