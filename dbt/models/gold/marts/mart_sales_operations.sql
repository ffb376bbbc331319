-- Orders are counted, not lines: an order may hold a product twice.
with sales as (
    select
        cast(order_date as date) as calendar_date,
        coalesce(product_id, 'unknown') as product_id,
        count(distinct order_id) as order_count,
        count(*) as line_count,
        {{ revenue_units('quantity') }} as units_sold,
        {{ revenue_sum('gross_amount') }} as gross_amount,
        {{ revenue_sum('discount_amount') }} as discount_amount,
        {{ money('sum(net_revenue)') }} as net_revenue,
        {{ revenue_sum('cost_amount') }} as cost_amount,
        {{ revenue_sum('gross_profit') }} as gross_profit
    from {{ ref('fact_orders') }}
    group by 1, 2
),

returned as (
    select
        cast(return_date as date) as calendar_date,
        coalesce(product_id, 'unknown') as product_id,
        {{ counted('sum(quantity_returned)') }} as units_returned,
        {{ money('sum(refunded_amount)') }} as refunded_amount
    from {{ ref('fact_returns') }}
    group by 1, 2
),

days as (
    select
        coalesce(sales.calendar_date, returned.calendar_date) as calendar_date,
        coalesce(sales.product_id, returned.product_id) as product_id,
        {{ counted('sales.order_count') }} as order_count,
        {{ counted('sales.line_count') }} as line_count,
        {{ counted('sales.units_sold') }} as units_sold,
        {{ money('sales.gross_amount') }} as gross_amount,
        {{ money('sales.discount_amount') }} as discount_amount,
        {{ money('sales.net_revenue') }} as net_revenue,
        {{ money('sales.cost_amount') }} as cost_amount,
        {{ money('sales.gross_profit') }} as gross_profit,
        {{ counted('returned.units_returned') }} as units_returned,
        {{ money('returned.refunded_amount') }} as refunded_amount
    from sales
    full outer join returned
        on returned.calendar_date = sales.calendar_date and returned.product_id = sales.product_id
)

select
    {{ date_key('days.calendar_date') }} as date_key,
    days.calendar_date,
    days.product_id,
    coalesce(products.product_name, 'unknown') as product_name,
    coalesce(products.category, 'unknown') as category,
    days.order_count,
    days.line_count,
    days.units_sold,
    days.gross_amount,
    days.discount_amount,
    days.net_revenue,
    days.cost_amount,
    days.gross_profit,
    days.units_returned,
    days.refunded_amount
from days
left join {{ ref('dim_products') }} as products on products.product_id = days.product_id and products.current_flag
