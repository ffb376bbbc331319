{{ config(meta={'check': 'reconciliation', 'table': 'dim_products'}) }}
(select product_id from {{ ref('stg_product_catalog') }} except select product_id from {{ ref('dim_products') }})
union all
(select product_id from {{ ref('dim_products') }} where product_id <> '-1' except select product_id from {{ ref('stg_product_catalog') }})
