-- Domain §4.8 for every date known by the end of variable `day`. The week before is joined by its dates, and days
-- without sales are zero because the sum is divided by seven.
with history as (
    select cast(min(order_date) as date) as began from orders
),

sales as (
    select cast(o.order_date as date) as dt, l.product_id as product, sum(l.quantity) as units
    from order_items l left join orders o using (order_id)
    group by all
),

weeks as (
    select
        s.dt,
        s.product,
        s.units,
        s.dt - history.began >= 7 as is_known,
        coalesce(sum(b.units), 0) as units_before
    from sales s
    cross join history
    left join sales b on b.product = s.product and b.dt between s.dt - 7 and s.dt - 1
    group by all
),

trends as (
    select
        *,
        case when is_known then round(units_before / 7, 6) end as mean,
        case when is_known and units_before > 0 then round(units / (units_before / 7), 6) end as trend
    from weeks
)

select
    dt,
    product,
    cast(units as bigint),
    mean,
    trend,
    case
        when not is_known then 'UNKNOWN'
        when mean = 0 or trend > 1.2 then 'UP'
        when trend < 0.8 then 'DOWN'
        else 'STABLE'
    end
from trends
order by dt, product
