select
    product_id,
    product_name,
    category,
    units_sold,
    units_returned,
    return_rate,
    net_revenue,
    gross_profit,
    margin_pct,
    refunded_amount,
    net_contribution
from {{ ref('mart_product_profitability') }}
