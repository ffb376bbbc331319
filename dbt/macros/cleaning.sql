{#- Cleaning: the received text of a source table as typed columns. What makes a row invalid is in scoring.sql. -#}

{#- The columns of the current model that its source delivers, cleaned and typed as the model's YAML declares them.
    `_unparsed` has one bit per typed column whose text could not be read as its type. -#}
{% macro cleaned(source_name, table_name) %}
{%- set columns = [] -%}
{%- for column in model.columns.values() if column.name in received_columns(source_name, table_name) -%}
    {%- do columns.append(column) -%}
{%- endfor %}
select
    * exclude (_texts),
    {%- for column in columns if column.name in typed_columns() %}
    case when {{ column.name }} is null and _texts.{{ column.name }} is not null then {{ 2 ** loop.index0 }} else 0 end +
    {%- endfor %} 0::bigint as _unparsed
from (
    select
        {%- for column in columns %}
        {{ typed(column) }} as {{ column.name }},
        {%- endfor %}
        struct_pack(
            {%- for name in typed_columns() %}{{ name }} := {{ name }}, {% endfor %}_error := _error) as _texts,
        {{ lineage_columns() }},
        _error,
        ingest_dt
    from (
        select
            {%- for column in columns %}
            {{ blank_as_null(column.name) }} as {{ column.name }},
            {%- endfor %}
            {{ lineage_columns() }},
            _error,
            ingest_dt
        from (
            select
                {%- for column in columns %}
                {{ trimmed(column.name) }} as {{ column.name }},
                {%- endfor %}
                {{ lineage_columns() }},
                _error,
                ingest_dt
            from {{ source(source_name, table_name) }}
        ) as trimmed
    ) as texts
) as typed
{% endmacro %}

{% macro lineage_columns() %}_source_file, _source_row, _batch_id{% endmacro %}

{% macro received_columns(source_name, table_name) %}
    {%- set found = graph.sources.values()
        | selectattr('source_name', 'eq', source_name) | selectattr('name', 'eq', table_name) | list -%}
    {{ return(found[0].columns.keys() | list if found else []) }}
{% endmacro %}

{#- `trim` walks every character; nearly no text begins or ends with white space (all of it sorts before '!'). -#}
{% macro trimmed(name) -%}
    case
        when {{ name }} > '!' and not (
            suffix({{ name }}, ' ') or suffix({{ name }}, e'\t') or suffix({{ name }}, e'\r') or suffix({{ name }}, e'\n')
        ) then {{ name }}
        else trim({{ name }}, e' \t\r\n')
    end
{%- endmacro %}

{% macro blank_as_null(name) -%}
    case when strlen({{ name }}) > 4 or lower({{ name }}) not in ('', 'none', 'null', 'n/a', 'nan') then {{ name }} end
{%- endmacro %}

{% macro column_meta(column) %}{{ return((column.get('config') or {}).get('meta') or column.get('meta') or {}) }}{% endmacro %}

{% macro is_plain_text(column) %}
    {{ return(column.data_type == 'text' and not column_meta(column).get('integer_key')) }}
{% endmacro %}

{#- One expression per declared type. Text that cannot be read is null here and counted in `_unparsed`. -#}
{% macro typed(column) -%}
    {%- set name, type, meta = column.name, column.data_type, column_meta(column) -%}
    {%- if type == 'text' and meta.get('integer_key') -%}
        cast({{ whole_number(name) }} as varchar)
    {%- elif type == 'text' and meta.get('vocabulary') -%}
        lower({{ name }})
    {%- elif type == 'text' -%}
        {{ name }}
    {%- elif type in ('integer', 'bigint') -%}
        try_cast({{ whole_number(name) }} as {{ type }})
    {%- elif type == 'date' -%}
        cast({{ utc_timestamp(name) }} as date)
    {%- elif type == 'timestamp' -%}
        {{ utc_timestamp(name) }}
    {%- elif type == 'boolean' -%}
        {#- a data frame makes 1.0 and 0.0 of a column with gaps -#}
        try_cast(case {{ name }} when '1.0' then '1' when '0.0' then '0' else {{ name }} end as boolean)
    {%- elif type == 'double' -%}
        {#- neither 1_000 nor infinity -#}
        case when not contains({{ name }}, '_') and isfinite(try_cast({{ name }} as double)) then try_cast({{ name }} as double) end
    {%- else -%}
        case when not contains({{ name }}, '_') then try_cast({{ name }} as {{ type }}) end
    {%- endif -%}
{%- endmacro %}

{#- 12, 12.0 and 1.2e1 are twelve; 12.5 is not a whole number, and rounding it would invent a quantity. Plain digits
    and numbers that a data frame made floats take the short ways: a wide decimal costs a thousand times as much. What
    DuckDB reads beyond that (0x1f, 0b11, 1_000) no shop means. -#}
{% macro whole_number(name) -%}
    case
        when contains({{ name }}, '_') or contains(lower({{ name }}), 'b') then null
        when not contains({{ name }}, '.') and not contains(lower({{ name }}), 'e') and not contains(lower({{ name }}), 'x')
            then try_cast({{ name }} as bigint)
        when regexp_full_match({{ name }}, '-?[0-9]+[.]0+') then try_cast(split_part({{ name }}, '.', 1) as bigint)
        when try_cast({{ name }} as decimal(38, 18)) = floor(try_cast({{ name }} as decimal(38, 18)))
            then try_cast(try_cast({{ name }} as decimal(38, 18)) as bigint)
    end
{%- endmacro %}

{#- ISO dates and times; an offset is converted, a naive time is UTC; years outside 1900-2261 are typing errors. -#}
{% macro utc_timestamp(name) -%}
    case
        when {{ name }} < '1900' or {{ name }} >= '2262' or substr({{ name }}, 5, 1) <> '-' or contains({{ name }}, '(')
            then null
        when substr({{ name }}, 17, 1) in ('Z', '+', '-') {# minutes and a zone, which DuckDB reads with seconds only #}
            then make_timestamp(epoch_us(try_cast(substr({{ name }}, 1, 16) || ':00' || substr({{ name }}, 17) as timestamptz)))
        when {{ name }} like '%Z' or (strlen({{ name }}) > 16 and (
            substr({{ name }}, -6, 1) in ('+', '-') or substr({{ name }}, -5, 1) in ('+', '-')
            or substr({{ name }}, -3, 1) in ('+', '-')
        )) then make_timestamp(epoch_us(try_cast({{ name }} as timestamptz)))
        else try_cast({{ name }} as timestamp)
    end
{%- endmacro %}
