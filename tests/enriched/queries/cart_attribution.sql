-- Carts created on the day or the two before; each with the first of the orders whose newest recent cart it is.
with claims as (
    select
        placed.order_id,
        placed.order_date,
        placed.order_channel,
        (
            select max_by(cart.cart_id, (cart.created_at, cart.cart_id))
            from carts as cart
            where
                cart.customer_id = placed.customer_id
                and cart.created_at <= placed.order_date
                and placed.order_date - cart.created_at < interval 48 hour
        ) as cart_id
    from orders as placed
),

stated as (
    select
        cart.cart_id,
        cart.customer_id,
        cart.created_at,
        coalesce(
            cart.cart_total,
            (select sum(item.quantity * item.unit_price) from cart_items as item where item.cart_id = cart.cart_id),
            0
        )::decimal(18, 2) as cart_value,
        (select count(*) from claims where claims.cart_id = cart.cart_id) as claimed,
        (select min((claims.order_date, claims.order_id)) from claims where claims.cart_id = cart.cart_id) as buyer
    from carts as cart
    where cart.created_at::date between getvariable('day') - 2 and getvariable('day')
)

select
    stated.cart_id,
    stated.customer_id,
    stated.created_at,
    stated.cart_value,
    (select coalesce(sum(quantity), 0) from cart_items where cart_id = stated.cart_id) as item_count,
    (select count(distinct category) from cart_items where cart_id = stated.cart_id) as category_count,
    case when stated.claimed > 0 then 'converted' when stated.cart_value > 0 then 'abandoned' else 'empty' end
        as cart_status,
    buying.order_id,
    buying.order_channel,
    round(epoch_us(buying.order_date - stated.created_at) / 3600e6, 6) as time_to_purchase_hours,
    case when stated.claimed = 0 then stated.cart_value else 0 end as abandoned_value
from stated
left join orders as buying on stated.buyer = (buying.order_date, buying.order_id)
order by stated.cart_id
