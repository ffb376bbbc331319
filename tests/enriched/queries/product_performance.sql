-- Domain §4.7 for every date known by the end of variable `day`: grain first, then one full join after the other.
with sales as (
    select
        cast(o.order_date as date) as dt,
        l.product_id as product,
        sum(l.quantity) as sold,
        sum(l.quantity * l.unit_price) as gross,
        coalesce(sum(l.discount_amount), 0) as discount,
        case when count(l.cost_price) = count(*) then sum(l.quantity * l.cost_price) end as cost
    from order_items l left join orders o using (order_id)
    group by all
),

refunds as (
    select
        r.return_date as dt,
        i.product_id as product,
        sum(i.quantity_returned) as came_back,
        coalesce(sum(i.refunded_amount), 0) as refunded
    from return_items i left join returns r using (return_id)
    group by all
),

baskets as (
    select cast(c.created_at as date) as dt, i.product_id as product, sum(i.quantity) as carried
    from cart_items i left join shopping_carts c using (cart_id)
    group by all
),

figures as (
    select
        dt,
        product,
        coalesce(sold, 0) as sold,
        coalesce(came_back, 0) as came_back,
        coalesce(carried, 0) as carried,
        coalesce(gross, 0) as gross,
        coalesce(discount, 0) as discount,
        coalesce(refunded, 0) as refunded,
        case when sold is null then 0 else gross - cost end as margin
    from sales full join refunds using (dt, product) full join baskets using (dt, product)
)

select
    dt,
    product,
    p.product_name,
    p.category,
    p.unit_price,
    p.cost_price,
    cast(sold as bigint),
    cast(came_back as bigint),
    cast(carried as bigint),
    cast(gross as decimal(18, 2)),
    cast(discount as decimal(18, 2)),
    cast(margin as decimal(18, 2)),
    cast(refunded as decimal(18, 2)),
    cast(gross - discount - refunded as decimal(18, 2)),
    cast(margin - discount - refunded as decimal(18, 2)),
    case when sold > 0 then round(least(came_back / sold, 1), 6) end,
    case when carried > 0 then round(least(sold / carried, 1), 6) end,
    round(cast(margin as double) / nullif(cast(gross as double), 0), 6)
from figures left join products p on p.product_id = product
order by dt, product
