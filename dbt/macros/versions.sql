{#- Current versions and keys as of an event: how facts read silver and the dimensions. -#}

{#- All statements, or in an incremental build those of `keys`, a relation with a column of the key's name. Days that
    state none of them are named as such, so that their files are not read: finding the days reads keys only. -#}
{% macro statements_of(statements, key, keys) -%}
{% if not is_incremental() %}{{ statements }}{% else -%}
(
    select *
    from {{ statements }}
    where {{ key }} in (select {{ key }} from {{ keys }})
        and ingest_dt in (select ingest_dt from {{ statements }} where {{ key }} in (select {{ key }} from {{ keys }}))
)
{%- endif %}
{%- endmacro %}

{#- The newest statement of each key; in an incremental build of each of `keys`. -#}
{% macro current_versions(statements, key, keys) %}
select *
from (
    select
        *,
        row_number() over (
            partition by {{ key }} order by {{ newest_first() }}, ingest_dt desc
        ) as version_no
    from {{ statements_of(statements, key, keys) }} as statements
) as versions
where version_no = 1
{% endmacro %}

{#- The shop states no status: its orders are completed. -#}
{% macro current_orders(keys) %}
select orders.*, 'completed' as order_status
from ({{ current_versions(ref('stg_orders'), 'order_id', keys) }}) as orders
{% endmacro %}

{#- The key of each event's member as of the event, by the events' `grain` columns; nothing for unknown members.
    An inner join, to be joined back by the grain: with the range in a left join's condition DuckDB falls back to
    comparing every event with every row of the dimension. -#}
{% macro keys_as_of(events, grain, member, event) %}
select {% for column in grain %}events.{{ column }}, {% endfor %}members.{{ member }}_key
from {{ events }} as events
inner join {{ ref('dim_' ~ member ~ 's') }} as members on members.{{ member }}_id = events.{{ member }}_id
where members.valid_from <= {{ event }}
    and ({{ event }} < members.valid_to or members.valid_to is null)
{% endmacro %}
