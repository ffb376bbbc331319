-- Ranked among those who bought. Equal values share a quintile, the lower one: cutting among equals would be chance.
with ranked as (
    select
        *,
        count(*) over (partition by order_count > 0) as buyer_count,
        rank() over (partition by order_count > 0 order by last_order_day) as recency_rank,
        rank() over (partition by order_count > 0 order by order_count) as frequency_rank,
        rank() over (partition by order_count > 0 order by net_value) as monetary_rank
    from {{ ref('mart_customer_metrics') }}
)

select
    customer_id,
    is_known,
    loyalty_tier,
    days_since_last_order,
    order_count,
    net_revenue,
    refunded_amount,
    net_value,
    value_label,
    {%- for score in ['recency', 'frequency', 'monetary'] %}
    case
        when order_count > 0 then cast(floor(5.0 * ({{ score }}_rank - 1) / buyer_count) + 1 as integer)
    end as {{ score }}_quintile,
    {%- endfor %}
    case
        when order_count = 0 then 'Prospect'
        when days_since_last_order > 180 then 'Churned'
        when days_since_last_order > 90 then 'Churning'
        when days_since_last_order > 30 then 'At Risk'
        when order_count = 1 then 'New'
        else 'Active'
    end as lifecycle_stage
from ranked
