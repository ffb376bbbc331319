-- The hooks read the masters too, to find orders whose customer or product changed:
-- depends_on: {{ ref('stg_customers') }}
-- depends_on: {{ ref('stg_product_catalog') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=["{{ find_changed_orders() }}", "{{ forget_changed_orders() }}"],
) }}

with order_versions as (
    select
        *,
        row_number() over (
            partition by order_id order by _arrived_dt desc, ingestion_ts desc, event_id desc, ingest_dt desc
        ) as version_no
    from {{ ref('stg_orders') }}
    {{ only_changed_orders() }}
),

orders as (
    select order_versions.*, 'completed' as order_status  -- the shop states no status: its orders are completed
    from order_versions
    where version_no = 1
),

-- An order's lines are delivered together: the newest delivery replaces all lines of the earlier ones.
line_versions as (
    select *, rank() over (partition by order_id order by _arrived_dt desc) as delivery_no
    from {{ ref('stg_order_items') }}
    {{ only_changed_orders() }}
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

-- Keys as of the event. Matched by inner joins and joined back by the line: with the range in a left join's condition
-- DuckDB falls back to comparing every line with every row of the dimension.
customer_keys as (
    select amounts.order_id, amounts.line_no, customers.customer_key
    from amounts
    inner join {{ ref('dim_customers') }} as customers on customers.customer_id = amounts.customer_id
    where customers.valid_from <= amounts.order_date
        and (amounts.order_date < customers.valid_to or customers.valid_to is null)
),

product_keys as (
    select amounts.order_id, amounts.line_no, products.product_key
    from amounts
    inner join {{ ref('dim_products') }} as products on products.product_id = amounts.product_id
    where products.valid_from <= amounts.order_date
        and (amounts.order_date < products.valid_to or products.valid_to is null)
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
