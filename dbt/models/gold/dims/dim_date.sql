-- From the first order, or an earlier cart or return, to two years after the newest ingest day, inclusive: every fact
-- has its day.
with happened as (
    select cast(min(order_date) as date) as first_day, max(ingest_dt) as newest_day from {{ ref('stg_orders') }}
    union all
    select cast(min(created_at) as date) as first_day, max(ingest_dt) as newest_day from {{ ref('stg_shopping_carts') }}
    union all
    select min(return_date) as first_day, max(ingest_dt) as newest_day from {{ ref('stg_returns') }}
),

bounds as (
    select min(first_day) as first_day, max(newest_day) as newest_day
    from happened
),

calendar as (
    {{ days_between(
        '(select first_day from bounds)',
        '(select ' ~ dbt.dateadd('year', 2, 'newest_day') ~ ' from bounds)'
    ) }}
),

-- The fiscal year is named by the calendar year it ends in.
fiscal as (
    select
        calendar_date,
        {{ dbt.dateadd('month', (13 - var('fiscal_year_start_month')) % 12, 'calendar_date') }} as fiscal_date
    from calendar
)

select
    {{ date_key('fiscal.calendar_date') }} as date_key,
    fiscal.calendar_date,
    cast(extract(year from fiscal.calendar_date) as integer) as calendar_year,
    cast(extract(quarter from fiscal.calendar_date) as integer) as calendar_quarter,
    cast(extract(month from fiscal.calendar_date) as integer) as calendar_month,
    cast(extract(day from fiscal.calendar_date) as integer) as day_of_month,
    {{ iso_day_of_week('fiscal.calendar_date') }} as day_of_week,
    {{ iso_week('fiscal.calendar_date') }} as iso_week,
    {{ iso_day_of_week('fiscal.calendar_date') }} in (6, 7) as is_weekend,
    cast(extract(year from fiscal.fiscal_date) as integer) as fiscal_year,
    cast(extract(quarter from fiscal.fiscal_date) as integer) as fiscal_quarter,
    holidays.holiday_name is not null as is_holiday,
    holidays.holiday_name
from fiscal
left join {{ ref('holidays') }} as holidays on holidays.holiday_date = fiscal.calendar_date
