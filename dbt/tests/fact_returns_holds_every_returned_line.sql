{{ config(meta={'check': 'reconciliation', 'table': 'fact_returns'}) }}
(select return_item_id from {{ ref('stg_return_items') }} except distinct select return_item_id from {{ ref('fact_returns') }})
union all
(select return_item_id from {{ ref('fact_returns') }} except distinct select return_item_id from {{ ref('stg_return_items') }})
