{{ config(meta={'check': 'reconciliation', 'table': 'daily_revenue'}) }}
-- To the cent: every table that states revenue or refunds states the same, per day or, without days, in total.
{%- set by_day = {
    'net_revenue': ['fact_orders', 'fact_order_headers', 'daily_revenue', 'mart_finance_revenue',
                    'mart_sales_operations', 'mart_daily_dashboard', 'metrics_sales_performance'],
    'refunded_amount': ['fact_returns', 'daily_revenue', 'mart_finance_revenue', 'mart_sales_operations',
                        'mart_daily_dashboard'],
} -%}
{%- set in_total = {
    'net_revenue': ['fact_orders', 'mart_product_profitability', 'mart_customer_metrics'],
    'refunded_amount': ['fact_returns', 'mart_product_profitability', 'mart_customer_metrics'],
} -%}
{%- set statements = [] -%}
{%- for day, period, places in [('date_key', 'group by date_key', by_day), ('0', '', in_total)] -%}
    {%- for amount, tables in places.items() -%}
        {%- for table in tables -%}
            {%- do statements.append(
                "select '" ~ amount ~ "' as amount, " ~ tables | length ~ " as places, " ~ day ~ " as date_key, sum("
                ~ amount ~ ") as total from " ~ ref(table) ~ " " ~ period
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor %}
with stated as (
    {{ statements | join('\n    union all\n    ') }}
)

-- A place without rows on a day states nothing, which is 0: what counts is who states something else.
select amount, date_key
from stated
where total <> 0
group by amount, date_key, places
having count(*) <> places or min(total) <> max(total)
