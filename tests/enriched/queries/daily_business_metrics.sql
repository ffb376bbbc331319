-- Every date from the first event to the day, as known by the day; trailing numbers by a join on the calendar.
with events as (
    select order_date::date as event_dt from orders
    union all
    select created_at::date from carts
    union all
    select return_date from returns
),

calendar as (
    select unnest(generate_series(min(event_dt), getvariable('day'), interval 1 day))::date as metric_dt from events
),

claimed as (
    select distinct (
        select max_by(cart.cart_id, (cart.created_at, cart.cart_id))
        from carts as cart
        where
            cart.customer_id = placed.customer_id
            and cart.created_at <= placed.order_date
            and placed.order_date - cart.created_at < interval 48 hour
    ) as cart_id
    from orders as placed
),

days as (
    select
        metric_dt,
        (select count(*) from orders where order_date::date = metric_dt) as orders_count,
        (select coalesce(sum(gross_total), 0) from orders where order_date::date = metric_dt) as gross_revenue,
        (select coalesce(sum(net_total), 0) from orders where order_date::date = metric_dt) as net_revenue,
        (select count(*) from carts where created_at::date = metric_dt) as carts_created,
        (
            select count(*) from carts
            where created_at::date = metric_dt and cart_id in (from claimed where cart_id is not null)
        ) as converted_carts,
        (select count(*) from returns where return_date = metric_dt) as returns_count,
        (select coalesce(sum(refunded_amount), 0) from returns where return_date = metric_dt) as refund_total,
        metric_dt - (select min(order_date)::date from orders) as history
    from calendar
),

rated as (
    select
        metric_dt,
        history,
        orders_count,
        to_the_cent(net_revenue, orders_count) as order_value,
        round(least(returns_count / nullif(orders_count, 0), 1), 6) as return_rate
    from days
),

weeks as (
    select this.metric_dt, avg(past.orders_count) as orders, to_the_cent(sum(past.net_revenue), count(*)) as revenue
    from days as this
    inner join days as past on past.metric_dt between this.metric_dt - 7 and this.metric_dt - 1 and past.history >= 0
    where this.history >= 7
    group by this.metric_dt
),

scores as (
    select
        this.metric_dt,
        (any_value(this.orders_count) - avg(past.orders_count)) / nullif(round(stddev_samp(past.orders_count), 6), 0) as orders,
        (any_value(this.order_value) - avg(past.order_value)) / nullif(round(stddev_samp(past.order_value), 6), 0) as order_value,
        (any_value(this.return_rate) - avg(past.return_rate)) / nullif(round(stddev_samp(past.return_rate), 6), 0) as return_rate
    from rated as this
    inner join rated as past on past.metric_dt between this.metric_dt - 30 and this.metric_dt - 1 and past.history >= 0
    where this.history >= 14
    group by this.metric_dt
),

months as (
    select
        this.metric_dt,
        avg(past.net_revenue) as exact,
        to_the_cent(sum(past.net_revenue), count(*)) as revenue,
        stddev_samp(past.net_revenue) as spread
    from days as this
    inner join days as past on past.metric_dt between this.metric_dt - 30 and this.metric_dt - 1 and past.history >= 0
    where this.history >= 14
    group by this.metric_dt
)

select
    days.metric_dt,
    days.orders_count,
    days.gross_revenue,
    days.net_revenue,
    to_the_cent(days.net_revenue, days.orders_count) as avg_order_value,
    days.carts_created,
    days.converted_carts,
    round(days.converted_carts / nullif(days.carts_created, 0), 6) as cart_conversion_rate,
    days.returns_count,
    round(least(days.returns_count / nullif(days.orders_count, 0), 1), 6) as return_rate,
    days.refund_total,
    round(weeks.orders, 6) as orders_mean_7d,
    weeks.revenue as revenue_mean_7d,
    months.revenue as revenue_mean_30d,
    round(months.spread, 6) as revenue_stddev_30d,
    round(scores.orders, 6) as orders_zscore,
    round(scores.order_value, 6) as order_value_zscore,
    round(scores.return_rate, 6) as return_rate_zscore,
    case
        when months.spread is null then 'UNKNOWN'
        when days.net_revenue > months.exact + 2 * months.spread then 'HIGH'
        when days.net_revenue < months.exact - 2 * months.spread then 'LOW'
        else 'NORMAL'
    end as anomaly_flag
from days
left join weeks on days.metric_dt = weeks.metric_dt
left join months on days.metric_dt = months.metric_dt
left join scores on days.metric_dt = scores.metric_dt
order by days.metric_dt
