{#- Which orders a build of fact_orders must make anew: those stated, or no longer stated, on a changed day, and those
    whose customer's or product's history changed, whatever their day. -#}

{% macro changed_days(model_name) -%}
    (select day from run.changed_days where table_name = '{{ model_name }}')
{%- endmacro %}

{% macro find_changed_orders() %}
    {%- if is_incremental() %}
    create or replace temporary table changed_orders as
    select order_id from {{ ref('stg_orders') }} where ingest_dt in {{ changed_days('stg_orders') }}
    union
    select order_id from {{ ref('stg_order_items') }} where ingest_dt in {{ changed_days('stg_order_items') }}
    union
    select order_id
    from {{ this }} as facts
    where order_ingest_dt in {{ changed_days('stg_orders') }}
        or line_ingest_dt in {{ changed_days('stg_order_items') }}
        or customer_id in (
            select customer_id from {{ ref('stg_customers') }} where ingest_dt in {{ changed_days('stg_customers') }}
        )
        or product_id in (
            select product_id from {{ ref('stg_product_catalog') }}
            where ingest_dt in {{ changed_days('stg_product_catalog') }}
        )
        or not exists (select 1 from {{ ref('dim_customers') }} as dim where dim.customer_key = facts.customer_key)
        or not exists (select 1 from {{ ref('dim_products') }} as dim where dim.product_key = facts.product_key)
    {%- endif %}
{% endmacro %}

{% macro forget_changed_orders() %}
    {%- if is_incremental() %}
    delete from {{ this }} where order_id in (select order_id from changed_orders)
    {%- endif %}
{% endmacro %}

{% macro only_changed_orders() %}
    {%- if is_incremental() %}where order_id in (select order_id from changed_orders){% endif -%}
{% endmacro %}
