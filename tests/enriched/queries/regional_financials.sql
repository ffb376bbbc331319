-- Domain §4.9 for the orders that arrived on variable `day`. The address is cut at its blanks: ZIP last, state before it.
with parts as (
    select
        *,
        string_split_regex(trim(coalesce(shipping_address, billing_address)), '[,\s]+') as words
    from arrived_orders
),

places as (
    select
        *,
        case
            when upper(words[-3]) in ('APO', 'FPO', 'DPO') then 'unknown'
            when regexp_full_match(words[-1], '[0-9]{5}(-[0-9]{4})?')
                and upper(words[-2]) in (select region from tax_rates where region <> 'unknown') then upper(words[-2])
            else 'unknown'
        end as state
    from parts
)

select
    order_id,
    order_date,
    order_channel,
    state,
    tax_rate,
    net_total,
    cast(round(cast(net_total * tax_rate as decimal(38, 8)), 2) as decimal(18, 2)),
    net_total
from places inner join tax_rates on region = state
order by order_id
