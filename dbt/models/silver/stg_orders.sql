with cleaned as (
    {{ cleaned('shop', 'orders') }}
)

select
    *,
    case
        when net_total < 50 then 'small'
        when net_total < 200 then 'medium'
        when net_total < 500 then 'large'
        else 'enterprise'
    end as order_size,
    case
        when coalesce(total_discount_amount, 0) <= 0 then 'none'
        when total_discount_amount < 0.10 * gross_total then 'below_10'
        when total_discount_amount < 0.25 * gross_total then 'below_25'
        when total_discount_amount < 0.50 * gross_total then 'below_50'
        else '50_and_more'
    end as discount_tier
from cleaned
