-- Domain §4.3, as of the end of variable `day`. Counted per product by scalar subqueries: no join can multiply rows.
with volumes as (
    select
        p.*,
        coalesce(p.inventory_quantity, 0) as stock,
        (
            select coalesce(sum(l.quantity), 0)
            from order_items l
            where l.product_id = p.product_id and l.order_id in (
                select order_id from orders
                where order_date >= getvariable('day') - getvariable('trailing_days') + 1
                    and order_date < getvariable('day') + 1
            )
        ) as sold,
        (
            select coalesce(sum(i.quantity_returned), 0)
            from return_items i
            where i.product_id = p.product_id and i.return_id in (
                select return_id from returns
                where return_date > getvariable('day') - getvariable('trailing_days')
                    and return_date <= getvariable('day')
            )
        ) as came_back
    from products p
),

ratios as (
    select
        *,
        round(case when stock = 0 then 0 else sold / stock end, 6) as utilization,
        round(case when sold = 0 then 0 else least(came_back / sold, 1) end, 6) as signal
    from volumes
),

scores as (
    select *, round(least(utilization + signal, 1), 6) as score from ratios
)

select
    product_id,
    product_name,
    category,
    stock,
    cast(sold as bigint),
    cast(came_back as bigint),
    utilization,
    signal,
    cast(cost_price * stock as decimal(18, 2)),
    score,
    case when score >= 0.8 then 'HIGH' when score >= 0.5 then 'MODERATE' else 'HEALTHY' end
from scores
order by product_id
