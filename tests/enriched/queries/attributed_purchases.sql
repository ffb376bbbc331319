-- Orders that arrived on the day; of the carts of the same customer in the 48 hours up to the order, the newest.
with candidates as (
    select
        placed.order_id,
        cart.*,
        row_number() over (partition by placed.order_id order by cart.created_at desc, cart.cart_id desc) as place
    from arrived_orders as placed
    inner join carts as cart on placed.customer_id = cart.customer_id
    where cart.created_at <= placed.order_date and placed.order_date < cart.created_at + interval 48 hour
)

select
    placed.order_id,
    placed.customer_id,
    placed.order_date,
    placed.order_channel,
    placed.gross_total,
    placed.net_total,
    placed.total_discount_amount,
    chosen.cart_id,
    chosen.created_at as cart_created_at,
    chosen.cart_total,
    chosen.status as cart_status,
    round(epoch_us(placed.order_date - chosen.created_at) / 3600e6, 6) as hours_since_cart,
    chosen.cart_id is not null as is_recovered
from arrived_orders as placed
left join candidates as chosen on placed.order_id = chosen.order_id and chosen.place = 1
order by placed.order_id
