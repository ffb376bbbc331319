with bought as (
    select
        coalesce(customer_id, 'unknown') as customer_id,
        {{ count_where('is_revenue') }} as order_count,
        min(case when is_revenue then cast(order_date as date) end) as first_order_day,
        max(case when is_revenue then cast(order_date as date) end) as last_order_day,
        {{ revenue_units('quantity') }} as units_bought,
        {{ money('sum(net_revenue)') }} as net_revenue
    from {{ ref('fact_order_headers') }}
    group by 1
),

returned as (
    select
        coalesce(customer_id, 'unknown') as customer_id,
        count(distinct return_id) as return_count,
        {{ money('sum(refunded_amount)') }} as refunded_amount
    from {{ ref('fact_returns') }}
    group by 1
),

known as (
    select customer_id, loyalty_tier, customer_status, signup_date
    from {{ ref('dim_customers') }}
    where current_flag and customer_key <> '-1'
),

customers as (
    select customer_id from known
    union distinct
    select customer_id from bought
    union distinct
    select customer_id from returned
),

-- "Today" is the newest day of the data, so that the same data says the same tomorrow.
newest as (
    select max(calendar_date) as calendar_date
    from (
        select cast(max(order_date) as date) as calendar_date from {{ ref('fact_order_headers') }}
        union all
        select max(snapshot_dt) as calendar_date from {{ ref('fact_customers') }}
    ) as days
),

worth as (
    select
        customers.customer_id,
        known.customer_id is not null as is_known,
        coalesce(known.loyalty_tier, 'unknown') as loyalty_tier,
        coalesce(known.customer_status, 'unknown') as customer_status,
        known.signup_date,
        {{ counted('bought.order_count') }} as order_count,
        {{ counted('bought.units_bought') }} as units_bought,
        bought.first_order_day,
        bought.last_order_day,
        cast(
            {{ dbt.datediff('bought.first_order_day', 'newest.calendar_date', 'day') }} as integer
        ) as days_since_first_order,
        cast(
            {{ dbt.datediff('bought.last_order_day', 'newest.calendar_date', 'day') }} as integer
        ) as days_since_last_order,
        {{ money('bought.net_revenue') }} as net_revenue,
        {{ per_piece('bought.net_revenue', 'bought.order_count') }} as avg_order_value,
        {{ counted('returned.return_count') }} as return_count,
        {{ money('returned.refunded_amount') }} as refunded_amount,
        {{ money('coalesce(bought.net_revenue, 0) - coalesce(returned.refunded_amount, 0)') }} as net_value
    from customers
    cross join newest
    left join known on known.customer_id = customers.customer_id
    left join bought on bought.customer_id = customers.customer_id
    left join returned on returned.customer_id = customers.customer_id
)

select
    *,
    case
        when net_value >= 1000 and order_count >= 5 then 'VIP'
        when net_value >= 500 then 'High Value'
        when order_count >= 3 then 'Frequent'
        else 'Standard'
    end as value_label
from worth
