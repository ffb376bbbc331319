{#- Incremental facts. Models in gold/changes find the keys to make anew, from the rows that the last build left; a fact
    deletes the rows of these keys and makes them from all that is known. A row is made anew when
      - one of its ids is stated on a changed day,
      - it was made from a version of a changed day (facts keep the ingest days of the versions they use), or
      - the history of one of its members changed (see rekeyed).
    Any order of runs then ends in the same rows as a build from nothing. -#}

{% macro changed_days(table) -%}
    (select day from run.changed_days where table_name {% if table is string %}= '{{ table }}'
    {%- else %}in ('{{ table | join("', '") }}'){% endif %})
{%- endmacro %}

{#- A gold table as the last build left it, without a dependency: that would be a cycle. None before the first build. -#}
{% macro as_last_built(model_name) %}
    {%- set gold = ref('dim_date') -%}
    {{ return(adapter.get_relation(database=gold.database, schema=gold.schema, identifier=model_name)) }}
{% endmacro %}

{#- Rows of a fact whose member's history changed from their event on, or whose key is no longer there. Facts without a
    known member get one when it becomes known, whenever their event was: a member's first version is valid from 1900. -#}
{% macro rekeyed(facts, columns, member, event) %}
{%- set statements = {'customer': 'stg_customers', 'product': 'stg_product_catalog'}[member] -%}
select {{ columns }}
from {{ facts }} as facts
inner join (
    select {{ member }}_id as member_id, cast(min(ingest_dt) as timestamp) as since
    from {{ ref(statements) }}
    where ingest_dt in {{ changed_days('silver/' ~ statements) }}
    group by {{ member }}_id
) as restated on restated.member_id = facts.{{ member }}_id
where {{ event }} >= restated.since or facts.{{ member }}_key = '-1'
union distinct
select {{ columns }}
from {{ facts }} as facts
where not exists (
    select 1 from {{ ref('dim_' ~ member ~ 's') }} as members where members.{{ member }}_key = facts.{{ member }}_key
)
{% endmacro %}

{% macro is_changed(rows, keys, changed) -%}
    exists (
        select 1 from {{ changed }} as changed
        where {% for key in keys %}changed.{{ key }} = {{ rows }}.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    )
{%- endmacro %}

{% macro forget_changed(keys, changed) %}
    {%- if is_incremental() %}
    delete from {{ this }} as facts where {{ is_changed('facts', keys, changed) }}
    {%- endif %}
{% endmacro %}

{% macro only_changed(key, changed) %}
    {%- if is_incremental() %}where {{ key }} in (select {{ key }} from {{ changed }}){% endif -%}
{% endmacro %}
