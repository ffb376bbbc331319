-- depends_on: {{ ref('changed_orders') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed(['order_id'], ref('changed_orders')) }}",
) }}

with orders as (
    {{ current_orders(ref('changed_orders')) }}
),

-- An order's lines are delivered together: the newest delivery replaces all lines of the earlier ones.
line_versions as (
    select *, rank() over (partition by order_id order by _arrived_dt desc) as delivery_no
    from {{ statements_of(ref('stg_order_items'), 'order_id', ref('changed_orders')) }} as statements
),

lines as (
    select * from line_versions where delivery_no = 1
),

amounts as (
    select
        lines.order_id,
        lines.line_no,
        orders.order_date,
        orders.customer_id,
        lines.product_id,
        orders.order_channel,
        orders.order_status,
        orders.payment_method,
        lines.quantity,
        lines.unit_price,
        coalesce(lines.discount_amount, 0) as discount_amount,
        lines.quantity * lines.unit_price as gross_amount,
        lines.quantity * lines.unit_price - coalesce(lines.discount_amount, 0) as line_total,
        lines.quantity * lines.cost_price as cost_amount,
        orders.ingest_dt as order_ingest_dt,
        lines.ingest_dt as line_ingest_dt
    from lines
    left join orders on orders.order_id = lines.order_id
),

customer_keys as (
    {{ keys_as_of('amounts', ['order_id', 'line_no'], 'customer', 'events.order_date') }}
),

product_keys as (
    {{ keys_as_of('amounts', ['order_id', 'line_no'], 'product', 'events.order_date') }}
)

select
    {{ surrogate_key(['amounts.order_id', 'amounts.line_no']) }} as order_line_key,
    amounts.order_id,
    amounts.line_no,
    {{ date_key('amounts.order_date') }} as date_key,
    coalesce(customer_keys.customer_key, '-1') as customer_key,
    coalesce(product_keys.product_key, '-1') as product_key,
    amounts.order_date,
    amounts.customer_id,
    amounts.product_id,
    amounts.order_channel,
    amounts.order_status,
    coalesce(statuses.is_revenue, false) as is_revenue,
    amounts.payment_method,
    amounts.quantity,
    amounts.unit_price,
    cast(amounts.discount_amount as decimal(18, 2)) as discount_amount,
    cast(amounts.gross_amount as decimal(18, 2)) as gross_amount,
    cast(amounts.line_total as decimal(18, 2)) as line_total,
    cast(case when statuses.is_revenue then amounts.line_total else 0 end as decimal(18, 2)) as net_revenue,
    cast(amounts.cost_amount as decimal(18, 2)) as cost_amount,
    cast(
        case when statuses.is_revenue then amounts.line_total else 0 end - amounts.cost_amount as decimal(18, 2)
    ) as gross_profit,
    amounts.order_ingest_dt,
    amounts.line_ingest_dt
from amounts
left join {{ ref('order_statuses') }} as statuses on statuses.order_status = amounts.order_status
left join customer_keys
    on customer_keys.order_id = amounts.order_id and customer_keys.line_no = amounts.line_no
left join product_keys
    on product_keys.order_id = amounts.order_id and product_keys.line_no = amounts.line_no
