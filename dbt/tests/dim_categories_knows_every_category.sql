{{ config(meta={'check': 'reconciliation', 'table': 'dim_categories'}) }}
(select category from {{ ref('stg_product_catalog') }} where category is not null except distinct select category from {{ ref('dim_categories') }})
union all
(select category from {{ ref('dim_categories') }} where category_key <> '-1' except distinct select category from {{ ref('stg_product_catalog') }})
