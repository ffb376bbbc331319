{#- The silver materialization: scores the rows of the run's days once, writes one staged Parquet file per day for the
    valid and one for the quarantined rows, and leaves the view in which children look their parents up: what their
    foreign keys ask for, by the day it was known, published or of this batch. Rows are dropped once they are written:
    they are the memory of a run. Python audits and publishes the files (platform_assets/silver).
    Reads the run's picture of the lake: run.days, bronze.*, waiting.*, published.* (platform_assets/silver/picture.py). -#}
{% materialization day_partitions, adapter='duckdb' %}
    {%- set batch = 'batch.' ~ model.name -%}
    {%- set quarantine = 'quarantine_' ~ model.name.removeprefix('stg_') -%}

    {%- call statement('cleaned') -%}
        create or replace table {{ batch }}__cleaned as {{ sql }}
    {%- endcall -%}
    {%- if foreign_keys() %}
    {%- call statement('waiting') -%}
        create or replace table {{ batch }}__waiting as {{ releasable_rows() }}
    {%- endcall -%}
    {%- endif %}
    {%- call statement('candidates') -%}
        create or replace view {{ batch }}__candidates as {{ candidates(batch) }}
    {%- endcall -%}
    {%- call statement('scored') -%}
        create or replace table {{ batch }}__scored as {{ scored(batch ~ '__candidates') }}
    {%- endcall -%}
    {%- call statement('duplicates') -%}
        create or replace table {{ batch }}__duplicates as {{ duplicates(batch ~ '__scored') }}
    {%- endcall -%}

    {%- call statement('forget_cleaned') -%}
        drop view {{ batch }}__candidates; drop table {{ batch }}__cleaned
    {%- endcall -%}
    {%- call statement('refused') -%}
        create or replace table {{ batch }}__refused as {{ refused_rows(batch) }}
    {%- endcall -%}

    {%- set days = run_query('select strftime(day, \'%Y-%m-%d\'), staging from run.days order by 1').rows -%}
    {%- call statement('received') -%}
        create or replace table {{ batch }}__received as {{ received_rows(batch, days) }}
    {%- endcall -%}
    {%- call statement('staged') -%}
        {%- for day in days %}
            copy ({{ valid_rows(batch, day[0]) }}) to '{{ day[1] }}/{{ model.name }}.parquet' {{ parquet_options() }};
            copy ({{ quarantined_rows(batch, day[0]) }}) to '{{ day[1] }}/{{ quarantine }}.parquet' {{ parquet_options() }};
        {%- endfor %}
    {%- endcall -%}

    {%- set looked_up = looked_up_columns() -%}
    {%- call statement('known') -%}
        create or replace table {{ batch }}__known as
        select {% for name in looked_up %}{{ name }}, {% endfor %}_known_dt as ingest_dt
        from {{ batch }}__scored
        where _failed = 0 and _known_dt in (select day from run.days)
            and rowid not in (select row_number from {{ batch }}__duplicates)
    {%- endcall -%}
    {%- call statement('forget_batch') -%}
        {%- for table in ('waiting', 'scored', 'duplicates', 'refused', 'received') %}
        drop table if exists {{ batch }}__{{ table }};
        {%- endfor %}
    {%- endcall -%}
    {%- call statement('main') -%}
        create or replace view {{ this }} as
        select {% for name in looked_up %}{{ name }}, {% endfor %}ingest_dt from published.{{ model.name }}
        union all
        select * from {{ batch }}__known
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [this]}) }}
{% endmaterialization %}

{#- Fixed, because the same rows must give the same bytes on every machine. -#}
{% macro parquet_options() %}(format parquet, compression zstd, row_group_size 122880){% endmacro %}

{% macro stored_columns() -%}
    {{ model.columns.keys() | join(', ') }}, _unreadable, {{ lineage_columns() }}, _arrived_dt
{%- endmacro %}

{#- Earlier rows that wait for a parent which the run's days state: no others can be released on them. Their days are
    named apart, which changes nothing but that the files of all other days are opened for keys only. -#}
{% macro releasable_rows() %}
{%- set is_stated -%}
    (false
    {%- for key in foreign_keys() if key.quarantines %}
        or {{ key.column }} in (
            select {{ key.parent_column }} from {{ key.parent }} where ingest_dt in (select day from run.days)
        )
    {%- endfor %})
{%- endset -%}
select *
from waiting.{{ model.name }}
where {{ is_stated }}
    and ingest_dt in (select ingest_dt from waiting.{{ model.name }} where {{ is_stated }})
{% endmacro %}

{#- The rows of the run's days, and earlier rows that wait for a parent: those are judged again. -#}
{% macro candidates(batch) %}
select * exclude (ingest_dt), {{ unreadable_columns() }} as _unreadable, ingest_dt as _arrived_dt
from {{ batch }}__cleaned
{%- if foreign_keys() %}
union all by name
select {{ stored_columns() }} from {{ batch }}__waiting
{%- endif %}
{% endmacro %}

{#- Which of several statements of a key is newer; null is the smallest. Between statements of one day what follows is
    their place in what was received, between days the day. Python says it in VERSION_ORDER (contracts/declarations.py). -#}
{% macro newest_first() %}_arrived_dt desc, ingestion_ts desc nulls last, event_id desc nulls last{% endmacro %}

{#- Row numbers of valid rows that another row of the same key and day supersedes. Only keys that repeat are ranked. Row
    numbers of a table hold within the transaction that made it: no commit before the last use of them. -#}
{% macro duplicates(scored) %}
{%- set keys = key_columns() | join(', ') -%}
with emitted as (
    select rowid as row_number, {{ keys }}, _known_dt, _arrived_dt, ingestion_ts, event_id, _batch_id, _source_row
    from {{ scored }}
    where _failed = 0
),
repeated as (
    select {{ keys }}, _known_dt from emitted group by all having count(*) > 1
)
select row_number
from emitted semi join repeated using ({{ keys }}, _known_dt)
qualify row_number() over (
    partition by {{ keys }}, _known_dt
    order by {{ newest_first() }}, _batch_id desc, _source_row desc
) > 1
{% endmacro %}

{% macro valid_rows(batch, day) %}
select {{ stored_columns() }}
from {{ batch }}__scored
where _failed = 0 and _known_dt = date '{{ day }}' and rowid not in (select row_number from {{ batch }}__duplicates)
order by {{ key_columns() | join(', ') }}
{% endmacro %}

{#- Rows of the batch that are not valid on their own day or lost to a newer one of their key (`_is_superseded`): few,
    and looked at once per day. -#}
{% macro refused_rows(batch) %}
select *
from (
    select *, rowid in (select row_number from {{ batch }}__duplicates) as _is_superseded
    from {{ batch }}__scored
) as judged
where _failed > 0 or _known_dt > _arrived_dt or _is_superseded
{% endmacro %}

{#- The rows of the batch that are not valid on their own day, as they came: with the columns of their own day's files,
    whichever other days the run has. -#}
{% macro received_rows(batch, days) %}
{%- set bronze = bronze_relation().split('.')[-1] | replace('"', '') -%}
{%- for day in days %}
select _batch_id, _source_row, ingest_dt as _arrived_dt, cast(to_json(received) as varchar) as _row
from bronze."{{ bronze }}@{{ day[0] }}" as received
where (_batch_id, _source_row, ingest_dt) in (select (_batch_id, _source_row, _arrived_dt) from {{ batch }}__refused)
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endmacro %}

{#- Rows refused on their own day, and valid rows that lost to a newer one of their key. `_waiting` marks rows that only
    lack a parent: they are judged again on later days. `_row` is the row as it came. -#}
{% macro quarantined_rows(batch, day) %}
with refused as (
    select *, _known_dt = date '{{ day }}' and _is_superseded as _is_duplicate
    from {{ batch }}__refused
    where (_arrived_dt = date '{{ day }}' and (_failed > 0 or _known_dt > _arrived_dt))
        or (_known_dt = date '{{ day }}' and _is_superseded)
),
received as (
    select * from {{ batch }}__received
    {%- if foreign_keys() %}
    union all
    select _batch_id, _source_row, _arrived_dt, _row from {{ batch }}__waiting
    {%- endif %}
)
select
    {{ stored_columns() }},
    {{ reason_names(day) }} as _reasons,
    _failed = 0 and _known_dt > date '{{ day }}' as _waiting,
    received._row
from refused left join received using (_batch_id, _source_row, _arrived_dt)
order by _arrived_dt, _batch_id, _source_row
{% endmacro %}

{#- The columns of this model that foreign keys of others ask for. -#}
{% macro looked_up_columns() %}
    {%- set names = [] -%}
    {%- for child in graph.nodes.values() if child.resource_type == 'model' and child.schema == 'silver' -%}
        {%- for column in child.columns.values() -%}
            {%- for key in column.constraints | selectattr('type', 'eq', 'foreign_key') -%}
                {%- if "'" ~ model.name ~ "'" in key.to | replace('"', "'") and key.to_columns[0] not in names -%}
                    {%- do names.append(key.to_columns[0]) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}

{% macro bronze_relation() %}
    {%- for unique_id in model.depends_on.nodes if unique_id in graph.sources and graph.sources[unique_id].schema == 'bronze' -%}
        {{ return(graph.sources[unique_id].relation_name) }}
    {%- endfor -%}
{% endmacro %}
