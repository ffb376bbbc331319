{#- Where engines differ, in one place each: models call these and stay portable. What dbt itself dispatches (dates to add,
    types, hashes) is dbt's. BigQuery's words are written from its reference and run nowhere yet. -#}

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

{#- 1 is Monday, 7 is Sunday. -#}
{% macro iso_day_of_week(day) %}{{ adapter.dispatch('iso_day_of_week')(day) }}{% endmacro %}

{% macro default__iso_day_of_week(day) %}cast(extract(isodow from {{ day }}) as integer){% endmacro %}

{% macro bigquery__iso_day_of_week(day) %}mod(extract(dayofweek from {{ day }}) + 5, 7) + 1{% endmacro %}

{% macro iso_week(day) %}{{ adapter.dispatch('iso_week')(day) }}{% endmacro %}

{% macro default__iso_week(day) %}cast(extract(week from {{ day }}) as integer){% endmacro %}

{% macro bigquery__iso_week(day) %}extract(isoweek from {{ day }}){% endmacro %}

{#- A key made of columns: the same text for the same values. -#}
{% macro surrogate_key(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')') -%}
    {%- endfor -%}
    {{ dbt.hash(parts | join(" || '|' || ")) }}
{%- endmacro %}

{% macro date_key(day) -%}
    cast(
        extract(year from {{ day }}) * 10000 + extract(month from {{ day }}) * 100 + extract(day from {{ day }}) as integer
    )
{%- endmacro %}
