{{ config(meta={'check': 'reconciliation', 'table': 'daily_revenue'}) }}
-- To the cent, per day: every table that states revenue or refunds states the same.
{% set places = {
    'net_revenue': ['fact_orders', 'fact_order_headers', 'daily_revenue', 'mart_finance_revenue', 'mart_sales_operations',
                    'mart_daily_dashboard', 'metrics_sales_performance'],
    'refunded_amount': ['fact_returns', 'daily_revenue', 'mart_finance_revenue', 'mart_sales_operations',
                        'mart_daily_dashboard'],
} %}
with stated as (
    {%- for amount, tables in places.items() %}{% set last_amount = loop.last %}{% for table in tables %}
    select '{{ amount }}' as amount, {{ tables | length }} as places, date_key, sum({{ amount }}) as total
    from {{ ref(table) }}
    group by date_key
    {% if not (loop.last and last_amount) %}union all{% endif %}
    {%- endfor %}{% endfor %}
)

-- A place without rows on a day states nothing, which is 0: what counts is who states something else.
select amount, date_key
from stated
where total <> 0
group by amount, date_key, places
having count(*) <> places or min(total) <> max(total)
