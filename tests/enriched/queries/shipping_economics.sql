-- Domain §4.10 for the orders that arrived on variable `day`.
select
    order_id,
    order_date,
    order_channel,
    shipping_speed,
    is_expedited,
    shipping_cost,
    actual_shipping_cost,
    cast(shipping_cost - actual_shipping_cost as decimal(18, 2)),
    case when shipping_cost > 0
        then cast(shipping_cost - actual_shipping_cost as double) / cast(shipping_cost as double) end
from arrived_orders
order by order_id
