{{ config(meta={'check': 'reconciliation', 'table': 'fact_order_headers'}) }}
-- Every order of silver has its header and no other has one; what a header sums is what the lines of its order sum to.
with orders as (
    select distinct order_id from {{ ref('stg_orders') }}
),

lines as (
    select
        order_id,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(line_total) as line_total,
        sum(net_revenue) as net_revenue
    from {{ ref('fact_orders') }}
    group by order_id
)

select orders.order_id, headers.order_id as header_of, lines.order_id as lines_of
from orders
full outer join {{ ref('fact_order_headers') }} as headers on headers.order_id = orders.order_id
full outer join lines on lines.order_id = headers.order_id
where orders.order_id is null
    or headers.order_id is null
    or headers.line_count <> coalesce(lines.line_count, 0)
    or headers.quantity <> coalesce(lines.quantity, 0)
    or headers.gross_amount <> coalesce(lines.gross_amount, 0)
    or headers.discount_amount <> coalesce(lines.discount_amount, 0)
    or headers.net_revenue <> coalesce(lines.net_revenue, 0)
    or headers.stated_net_total - headers.gap_to_lines <> coalesce(lines.line_total, 0)
