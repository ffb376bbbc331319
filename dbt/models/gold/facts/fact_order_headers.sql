{%- set last_carts = this.incorporate(path={'identifier': 'fact_carts'}) -%}
-- depends_on: {{ ref('changed_orders') }}
-- depends_on: {{ ref('restated_carts') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_changed(['order_id'], ref('changed_orders')) }}",
) }}

with orders as (
    {{ current_orders(ref('changed_orders')) }}
),

customer_keys as (
    {{ keys_as_of('orders', ['order_id'], 'customer', 'events.order_date') }}
),

line_sums as (
    select
        order_id,
        count(*) as line_count,
        count(distinct product_id) as distinct_products,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(line_total) as line_total,
        sum(net_revenue) as net_revenue,
        -- A line of unknown cost makes the order's cost and profit unknown, not smaller and larger.
        case when count(cost_amount) = count(*) then sum(cost_amount) end as cost_amount,
        case when count(gross_profit) = count(*) then sum(gross_profit) end as gross_profit
    from {{ ref('fact_orders') }}
    {{ only_changed('order_id', ref('changed_orders')) }}
    group by order_id
),

-- Carts that no changed day states are as last built.
candidate_carts as (
    select cart_id, customer_id, created_at
    from (
        {{ current_versions(ref('stg_shopping_carts'), 'cart_id', ref('restated_carts')) }}
    ) as restated
    {%- if is_incremental() %}
    union all
    select cart_id, customer_id, created_at
    from {{ last_carts }} as carts
    where customer_id in (select customer_id from orders)
        and not exists (select 1 from {{ ref('restated_carts') }} as restated where restated.cart_id = carts.cart_id)
    {%- endif %}
),

carts as (
    select customer_id, created_at, max(cart_id) as cart_id from candidate_carts group by customer_id, created_at
),

customer_events as (
    select customer_id, created_at as happened_at, created_at, null as order_id, 0 as is_order from carts
    union all
    select customer_id, order_date as happened_at, null as created_at, order_id, 1 as is_order from orders
),

-- A cart of the order's own instant comes before it.
latest_carts as (
    select
        order_id,
        customer_id,
        happened_at as order_date,
        is_order,
        max(created_at) over (
            partition by customer_id order by happened_at, is_order rows between unbounded preceding and current row
        ) as created_at
    from customer_events
),

-- Region and tax of the version in use: each arrival of an order has its own.
regions as (
    select order_id, ingest_dt, region, tax_amount
    from {{ source('enriched', 'regional_financials') }}
    where ingest_dt in (select ingest_dt from orders)
),

claims as (
    select latest_carts.order_id, carts.cart_id
    from latest_carts
    inner join carts on carts.customer_id = latest_carts.customer_id and carts.created_at = latest_carts.created_at
    where latest_carts.is_order = 1
        and latest_carts.order_date < {{ dbt.dateadd('hour', var('claim_hours'), 'carts.created_at') }}
)

select
    orders.order_id,
    {{ date_key('orders.order_date') }} as date_key,
    coalesce(customer_keys.customer_key, '-1') as customer_key,
    orders.order_date,
    orders.customer_id,
    orders.order_channel,
    orders.order_status,
    coalesce(statuses.is_revenue, false) as is_revenue,
    orders.payment_method,
    orders.shipping_speed,
    orders.is_expedited,
    coalesce(regions.region, 'unknown') as region,
    cast(coalesce(line_sums.line_count, 0) as integer) as line_count,
    cast(coalesce(line_sums.distinct_products, 0) as integer) as distinct_products,
    cast(coalesce(line_sums.quantity, 0) as bigint) as quantity,
    cast(coalesce(line_sums.gross_amount, 0) as decimal(18, 2)) as gross_amount,
    cast(coalesce(line_sums.discount_amount, 0) as decimal(18, 2)) as discount_amount,
    cast(coalesce(line_sums.net_revenue, 0) as decimal(18, 2)) as net_revenue,
    cast(case when line_sums.order_id is null then 0 else line_sums.cost_amount end as decimal(18, 2)) as cost_amount,
    cast(case when line_sums.order_id is null then 0 else line_sums.gross_profit end as decimal(18, 2)) as gross_profit,
    round(line_sums.gross_profit / nullif(line_sums.net_revenue, 0), 6) as margin_pct,
    orders.shipping_cost as shipping_charged,
    orders.actual_shipping_cost as shipping_actual,
    orders.payment_processing_fee as payment_fee,
    regions.tax_amount,
    orders.net_total as stated_net_total,
    cast(orders.net_total - coalesce(line_sums.line_total, 0) as decimal(18, 2)) as gap_to_lines,
    claims.cart_id as claimed_cart_id,
    claims.cart_id is not null as is_recovered,
    orders.ingest_dt as order_ingest_dt
from orders
left join {{ ref('order_statuses') }} as statuses on statuses.order_status = orders.order_status
left join customer_keys on customer_keys.order_id = orders.order_id
left join line_sums on line_sums.order_id = orders.order_id
left join regions on regions.order_id = orders.order_id and regions.ingest_dt = orders.ingest_dt
left join claims on claims.order_id = orders.order_id
