-- The facts, each made once from the newest versions: an as-of join finds the key of a member and the cart of an order.
create macro date_number(day) as (year(day) * 10000 + month(day) * 100 + day(day))::integer;

create temp table orders as
select *
from silver.stg_orders
qualify row_number() over (
    partition by order_id order by _arrived_dt desc, ingestion_ts desc, event_id desc, ingest_dt desc
) = 1;

create temp table carts as
select *
from silver.stg_shopping_carts
qualify row_number() over (
    partition by cart_id order by _arrived_dt desc, ingestion_ts desc, event_id desc, ingest_dt desc
) = 1;

create table warehouse.gold.fact_orders as
with lines as (
    select * from silver.stg_order_items
    qualify _arrived_dt = max(_arrived_dt) over (partition by order_id)
)

select
    md5(lines.order_id || '|' || lines.line_no::varchar) as order_line_key,
    lines.order_id,
    lines.line_no,
    date_number(orders.order_date) as date_key,
    coalesce(customers.customer_key, '-1') as customer_key,
    coalesce(products.product_key, '-1') as product_key,
    orders.order_date,
    orders.customer_id,
    lines.product_id,
    orders.order_channel,
    'completed' as order_status,
    true as is_revenue,
    orders.payment_method,
    lines.quantity,
    lines.unit_price,
    coalesce(lines.discount_amount, 0)::decimal(18, 2) as discount_amount,
    (lines.quantity * lines.unit_price)::decimal(18, 2) as gross_amount,
    (lines.quantity * lines.unit_price - coalesce(lines.discount_amount, 0))::decimal(18, 2) as line_total,
    line_total as net_revenue,
    (lines.quantity * lines.cost_price)::decimal(18, 2) as cost_amount,
    (line_total - lines.quantity * lines.cost_price)::decimal(18, 2) as gross_profit,
    orders.ingest_dt as order_ingest_dt,
    lines.ingest_dt as line_ingest_dt
from lines
inner join orders using (order_id)
asof left join warehouse.gold.dim_customers as customers
    on customers.customer_id = orders.customer_id and customers.valid_from <= orders.order_date
asof left join warehouse.gold.dim_products as products
    on products.product_id = lines.product_id and products.valid_from <= orders.order_date;

create table warehouse.gold.fact_order_headers as
with sums as (
    select
        order_id,
        count(*) as line_count,
        count(distinct product_id) as distinct_products,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(line_total) as line_total,
        sum(net_revenue) as net_revenue,
        if(count(cost_amount) = count(*), sum(cost_amount), null) as cost_amount,
        if(count(cost_amount) = count(*), sum(gross_profit), null) as gross_profit
    from warehouse.gold.fact_orders
    group by order_id
),

last_of_instant as (select customer_id, created_at, max(cart_id) as cart_id from carts group by all)

select
    orders.order_id,
    date_number(orders.order_date) as date_key,
    coalesce(customers.customer_key, '-1') as customer_key,
    orders.order_date,
    orders.customer_id,
    orders.order_channel,
    'completed' as order_status,
    true as is_revenue,
    orders.payment_method,
    orders.shipping_speed,
    orders.is_expedited,
    coalesce(regions.region, 'unknown') as region,
    coalesce(sums.line_count, 0)::integer as line_count,
    coalesce(sums.distinct_products, 0)::integer as distinct_products,
    coalesce(sums.quantity, 0)::bigint as quantity,
    coalesce(sums.gross_amount, 0)::decimal(18, 2) as gross_amount,
    coalesce(sums.discount_amount, 0)::decimal(18, 2) as discount_amount,
    coalesce(sums.net_revenue, 0)::decimal(18, 2) as net_revenue,
    if(sums.order_id is null, 0, sums.cost_amount)::decimal(18, 2) as cost_amount,
    if(sums.order_id is null, 0, sums.gross_profit)::decimal(18, 2) as gross_profit,
    round(sums.gross_profit / nullif(sums.net_revenue, 0), 6) as margin_pct,
    orders.shipping_cost as shipping_charged,
    orders.actual_shipping_cost as shipping_actual,
    orders.payment_processing_fee as payment_fee,
    regions.tax_amount,
    orders.net_total as stated_net_total,
    (orders.net_total - coalesce(sums.line_total, 0))::decimal(18, 2) as gap_to_lines,
    if(orders.order_date < last_of_instant.created_at + interval 48 hours, last_of_instant.cart_id, null) as claimed_cart_id,
    claimed_cart_id is not null as is_recovered,
    orders.ingest_dt as order_ingest_dt
from orders
left join sums on sums.order_id = orders.order_id
left join enriched.regional_financials as regions
    on regions.order_id = orders.order_id and regions.ingest_dt = orders.ingest_dt
asof left join warehouse.gold.dim_customers as customers
    on customers.customer_id = orders.customer_id and customers.valid_from <= orders.order_date
asof left join last_of_instant
    on last_of_instant.customer_id = orders.customer_id and last_of_instant.created_at <= orders.order_date;

create table warehouse.gold.fact_carts as
with items as (
    select
        cart_id,
        sum(quantity * unit_price) as item_value,
        sum(quantity) as item_count,
        count(distinct category) as category_count
    from (
        select *
        from silver.stg_cart_items
        qualify row_number() over (
            partition by cart_item_id order by _arrived_dt desc, ingestion_ts desc, event_id desc, ingest_dt desc
        ) = 1
    )
    group by cart_id
),

claims as (
    select claimed_cart_id, order_id, order_date, order_channel
    from warehouse.gold.fact_order_headers
    where is_recovered
    qualify row_number() over (partition by claimed_cart_id order by order_date, order_id) = 1
)

select
    carts.cart_id,
    date_number(carts.created_at) as date_key,
    coalesce(customers.customer_key, '-1') as customer_key,
    carts.customer_id,
    carts.created_at,
    coalesce(carts.cart_total, items.item_value, 0)::decimal(18, 2) as cart_value,
    coalesce(items.item_count, 0)::bigint as item_count,
    coalesce(items.category_count, 0)::integer as category_count,
    case when claims.order_id is not null then 'converted' when cart_value > 0 then 'abandoned' else 'empty' end
        as cart_status,
    claims.order_id,
    claims.order_channel,
    round(date_diff('microsecond', carts.created_at, claims.order_date) / 3600000000.0, 6) as time_to_purchase_hours,
    if(claims.order_id is null, cart_value, 0)::decimal(18, 2) as abandoned_value
from carts
left join items on items.cart_id = carts.cart_id
left join claims on claims.claimed_cart_id = carts.cart_id
asof left join warehouse.gold.dim_customers as customers
    on customers.customer_id = carts.customer_id and customers.valid_from <= carts.created_at;

create table warehouse.gold.fact_returns as
with items as (
    select *
    from silver.stg_return_items
    qualify row_number() over (
        partition by return_item_id order by _arrived_dt desc, ingestion_ts desc, event_id desc, ingest_dt desc
    ) = 1
),

returns as (
    select *, return_date::timestamp as returned_at
    from silver.stg_returns
    qualify row_number() over (
        partition by return_id order by _arrived_dt desc, ingestion_ts desc, event_id desc, ingest_dt desc
    ) = 1
)

select
    items.return_item_id,
    items.return_id,
    items.order_id,
    items.product_id,
    returns.customer_id,
    date_number(returns.return_date) as date_key,
    coalesce(customers.customer_key, '-1') as customer_key,
    coalesce(products.product_key, '-1') as product_key,
    returns.return_date,
    returns.return_channel,
    returns.reason,
    returns.return_type,
    returns.refund_method,
    items.quantity_returned,
    items.unit_price,
    items.refunded_amount,
    date_diff('day', orders.order_date::date, returns.return_date)::integer as days_to_return
from items
inner join returns using (return_id)
left join orders on orders.order_id = items.order_id
asof left join warehouse.gold.dim_customers as customers
    on customers.customer_id = returns.customer_id and customers.valid_from <= returns.returned_at
asof left join warehouse.gold.dim_products as products
    on products.product_id = items.product_id and products.valid_from <= returns.returned_at;

create table warehouse.gold.fact_customers as
with days as (
    select *, ingest_dt as snapshot_dt, ingest_dt + interval 1 day - interval 1 microsecond as end_of_day
    from enriched.customer_lifetime_value
)

select
    days.snapshot_dt,
    days.customer_id,
    coalesce(customers.customer_key, '-1') as customer_key,
    days.order_count,
    days.return_count,
    days.total_spent,
    days.total_refunded,
    days.net_clv,
    days.avg_order_value,
    days.days_since_last_order,
    days.segment,
    days.value_segment,
    days.recency_segment,
    days.frequency_segment,
    signals.is_in_danger_zone,
    signals.needs_bronze_nudge
from days
left join enriched.customer_retention_signals as signals using (ingest_dt, customer_id)
asof left join warehouse.gold.dim_customers as customers
    on customers.customer_id = days.customer_id and customers.valid_from <= days.end_of_day;
