{#- Type 2 history, written from the column types that a dimension declares in its YAML (config.meta.scd):
      0  fixed: the first value ever stated        2  versioned: a change starts a new row
      1  overwritten: the newest value everywhere  3  previous: the value before the current one (of: <column>)
    Rows are [valid_from, valid_to); the first is valid from 1900-01-01, later ones from midnight UTC of the ingest day
    that stated the change. History is made anew from all statements of a key, so a late statement splits it again. -#}
{% macro history(statements, key, key_name) %}
{%- set columns = {0: [], 1: [], 2: [], 3: []} -%}
{%- for column in model.columns.values() if 'scd' in column_meta(column) -%}
    {%- do columns[column_meta(column).scd].append(column.name) -%}
{%- endfor %}
with statements as (
    select
        *,
        row_number() over (partition by {{ key }} order by ingest_dt) as statement_no,
        row_number() over (partition by {{ key }} order by ingest_dt desc) as newest_no
    from {{ statements }}
),

compared as (
    select
        *,
        statement_no = 1
        {%- for name in columns[2] %}
            or {{ name }} is distinct from lag({{ name }}) over (partition by {{ key }} order by statement_no)
        {%- endfor %} as starts_version
        {%- for name in columns[3] %}{% set of = column_meta(model.columns[name]).of %},
        statement_no > 1 and {{ of }} is distinct from lag({{ of }}) over (partition by {{ key }} order by statement_no) as {{ of }}__changed,
        lag({{ of }}) over (partition by {{ key }} order by statement_no) as {{ of }}__before
        {%- endfor %}
    from statements
),

carried as (
    select
        *
        {%- for name in columns[3] %}{% set of = column_meta(model.columns[name]).of %},
        max(case when {{ of }}__changed then statement_no end) over (
            partition by {{ key }} order by statement_no rows between unbounded preceding and current row
        ) as {{ of }}__changed_no
        {%- endfor %}
    from compared
),

versions as (
    select
        *,
        case when statement_no = 1 then cast('1900-01-01' as timestamp) else cast(ingest_dt as timestamp) end as valid_from
    from carried
    where starts_version
),

spans as (
    select *, lead(valid_from) over (partition by {{ key }} order by statement_no) as valid_to
    from versions
)

select
    {{ surrogate_key(['spans.' ~ key, 'spans.valid_from']) }} as {{ key_name }},
    spans.{{ key }},
    {%- for name in columns[0] %}
    firsts.{{ name }},
    {%- endfor %}
    {%- for name in columns[1] %}
    newest.{{ name }},
    {%- endfor %}
    {%- for name in columns[2] %}
    spans.{{ name }},
    {%- endfor %}
    {%- for name in columns[3] %}{% set of = column_meta(model.columns[name]).of %}
    {{ of }}_changes.{{ of }}__before as {{ name }},
    {%- endfor %}
    spans.valid_from,
    spans.valid_to,
    spans.valid_to is null as current_flag
from spans
inner join statements as firsts on firsts.{{ key }} = spans.{{ key }} and firsts.statement_no = 1
inner join statements as newest on newest.{{ key }} = spans.{{ key }} and newest.newest_no = 1
{%- for name in columns[3] %}{% set of = column_meta(model.columns[name]).of %}
left join compared as {{ of }}_changes
    on {{ of }}_changes.{{ key }} = spans.{{ key }} and {{ of }}_changes.statement_no = spans.{{ of }}__changed_no
{%- endfor %}
{% endmacro %}

{#- The member that facts without a known one point to. -#}
{% macro unknown_member(key, key_name) %}
select
    {%- for column in model.columns.values() %}
    {% if column.name in (key, key_name) %}'-1'
    {%- elif column.name == 'valid_from' %}cast('1900-01-01' as timestamp)
    {%- elif column.name == 'current_flag' %}true
    {%- else %}null{% endif %} as {{ column.name }}{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}
