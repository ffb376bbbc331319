{{ config(meta={'check': 'reconciliation', 'table': 'fact_carts'}) }}
-- Every cart of silver has its row and no other has one; a cart is converted if, and only if, an order claims it.
with carts as (
    select distinct cart_id from {{ ref('stg_shopping_carts') }}
),

claimed as (
    select claimed_cart_id, min(order_date) as first_order_date
    from {{ ref('fact_order_headers') }}
    where claimed_cart_id is not null
    group by claimed_cart_id
)

select carts.cart_id, facts.cart_id as fact_of, claimed.claimed_cart_id
from carts
full outer join {{ ref('fact_carts') }} as facts on facts.cart_id = carts.cart_id
full outer join claimed on claimed.claimed_cart_id = facts.cart_id
left join {{ ref('fact_order_headers') }} as orders on orders.order_id = facts.order_id
where carts.cart_id is null
    or facts.cart_id is null
    or (facts.cart_status = 'converted') <> (claimed.claimed_cart_id is not null)
    or orders.order_date <> claimed.first_order_date
    or (facts.order_id is not null and orders.claimed_cart_id is distinct from facts.cart_id)
