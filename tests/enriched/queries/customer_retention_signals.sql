-- Domain §4.4, as of the end of variable `day`.
with purchases as (
    select
        c.customer_id,
        c.loyalty_tier,
        (select min(order_date) from orders o where o.customer_id = c.customer_id) as first_bought,
        (select max(order_date) from orders o where o.customer_id = c.customer_id) as last_bought,
        (select count(*) from orders o where o.customer_id = c.customer_id) as times
    from customers c
)

select
    customer_id,
    first_bought,
    last_bought,
    times,
    datediff('day', first_bought, getvariable('day')),
    datediff('day', last_bought, getvariable('day')),
    times = 1
    and cast(first_bought as date) <= getvariable('day') - getvariable('danger_from_days')
    and cast(first_bought as date) >= getvariable('day') - getvariable('danger_to_days'),
    coalesce(loyalty_tier = 'bronze', false)
    and coalesce(cast(last_bought as date) < getvariable('day') - getvariable('nudge_after_days'), false)
from purchases
order by customer_id
