{{ config(meta={'check': 'reconciliation', 'table': 'dim_date'}) }}
select min(calendar_date) as first_day
from {{ ref('dim_date') }}
having count(*) <> {{ dbt.datediff('min(calendar_date)', 'max(calendar_date)', 'day') }} + 1
