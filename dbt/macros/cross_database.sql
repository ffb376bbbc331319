{#- Where engines differ, in one place each. Models call these and stay portable. -#}

{% macro days_between(first, last) %}{{ adapter.dispatch('days_between')(first, last) }}{% endmacro %}

{% macro default__days_between(first, last) -%}
    select cast(day as date) as calendar_date from generate_series({{ first }}, {{ last }}, interval '1 day') as days(day)
{%- endmacro %}

{% macro duckdb__days_between(first, last) -%}
    select cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date) as calendar_date
{%- endmacro %}

{% macro bigquery__days_between(first, last) -%}
    select calendar_date from unnest(generate_date_array({{ first }}, {{ last }})) as calendar_date
{%- endmacro %}

{#- A key made of columns: the same text for the same values on every engine. -#}
{% macro surrogate_key(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')') -%}
    {%- endfor -%}
    {{ dbt.hash(parts | join(" || '|' || ")) }}
{%- endmacro %}

{% macro date_key(day) -%}
    cast(extract(year from {{ day }}) * 10000 + extract(month from {{ day }}) * 100 + extract(day from {{ day }}) as integer)
{%- endmacro %}
