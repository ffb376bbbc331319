-- Orders are counted, not lines: an order may hold a product twice.
with sales as (
    select
        coalesce(product_id, 'unknown') as product_id,
        count(distinct order_id) as order_count,
        {{ revenue_units('quantity') }} as units_sold,
        {{ revenue_sum('gross_amount') }} as gross_amount,
        {{ revenue_sum('discount_amount') }} as discount_amount,
        {{ money('sum(net_revenue)') }} as net_revenue,
        {{ revenue_sum('case when cost_amount is not null then net_revenue end') }} as costed_revenue,
        {{ revenue_sum('cost_amount') }} as cost_amount,
        {{ revenue_sum('gross_profit') }} as gross_profit
    from {{ ref('fact_orders') }}
    group by 1
),

returned as (
    select
        coalesce(product_id, 'unknown') as product_id,
        {{ counted('sum(quantity_returned)') }} as units_returned,
        {{ money('sum(refunded_amount)') }} as refunded_amount
    from {{ ref('fact_returns') }}
    group by 1
),

known as (
    select product_id, product_name, category, price_tier
    from {{ ref('dim_products') }}
    where current_flag and product_key <> '-1'
),

products as (
    select product_id from known
    union distinct
    select product_id from sales
    union distinct
    select product_id from returned
)

select
    products.product_id,
    coalesce(known.product_name, 'unknown') as product_name,
    coalesce(known.category, 'unknown') as category,
    coalesce(known.price_tier, 'unknown') as price_tier,
    {{ counted('sales.order_count') }} as order_count,
    {{ counted('sales.units_sold') }} as units_sold,
    {{ money('sales.gross_amount') }} as gross_amount,
    {{ money('sales.discount_amount') }} as discount_amount,
    {{ money('sales.net_revenue') }} as net_revenue,
    {{ money('sales.cost_amount') }} as cost_amount,
    {{ money('sales.costed_revenue') }} as costed_revenue,
    {{ money('sales.gross_profit') }} as gross_profit,
    {{ ratio('sales.gross_profit', 'sales.costed_revenue') }} as margin_pct,
    {{ counted('returned.units_returned') }} as units_returned,
    {{ rate('coalesce(returned.units_returned, 0)', 'sales.units_sold') }} as return_rate,
    {{ money('returned.refunded_amount') }} as refunded_amount,
    {{ money('coalesce(sales.gross_profit, 0) - coalesce(returned.refunded_amount, 0)') }} as net_contribution
from products
left join known on known.product_id = products.product_id
left join sales on sales.product_id = products.product_id
left join returned on returned.product_id = products.product_id
