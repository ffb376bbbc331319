select
    date_key,
    order_day as calendar_date,
    coalesce(category, 'unknown') as category,
    coalesce(loyalty_tier, 'unknown') as loyalty_tier,
    coalesce(region, 'unknown') as region,
    {{ counted('count(distinct order_id)') }} as order_count,
    {{ counted('count(*)') }} as line_count,
    {{ revenue_units('quantity') }} as units_sold,
    {{ revenue_sum('gross_amount') }} as gross_amount,
    {{ revenue_sum('discount_amount') }} as discount_amount,
    {{ money('sum(net_revenue)') }} as net_revenue,
    {{ revenue_sum('cost_amount') }} as cost_amount,
    {{ revenue_sum('gross_profit') }} as gross_profit
from {{ ref('fact_sales') }}
group by 1, 2, 3, 4, 5
