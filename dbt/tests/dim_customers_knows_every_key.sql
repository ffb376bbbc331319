{{ config(meta={'check': 'reconciliation', 'table': 'dim_customers'}) }}
(select customer_id from {{ ref('stg_customers') }} except select customer_id from {{ ref('dim_customers') }})
union all
(select customer_id from {{ ref('dim_customers') }} where customer_id <> '-1' except select customer_id from {{ ref('stg_customers') }})
