{#- Scoring: what each row is refused for, written from the constraints of the model's YAML. One bit per reason while
    rows are many; words only for the rows that fail. -#}

{#- [{name, condition}] in declaration order; the position is the bit. Foreign keys are judged apart: they depend on
    days (see foreign_keys). A line that could not be parsed has that one reason. -#}
{% macro row_reasons() %}
    {%- set reasons = [{'name': 'unparsable', 'condition': '_error is not null'}] -%}
    {%- set typed = typed_columns() -%}
    {%- for column in model.columns.values() -%}
        {%- set kinds = column.constraints | map(attribute='type') | map('string') | list -%}
        {%- if 'not_null' in kinds -%}
            {%- if column.name in typed -%}
                {%- set bit = 2 ** typed.index(column.name) -%}
                {%- do reasons.append({'name': 'missing_' ~ column.name,
                    'condition': column.name ~ ' is null and (_unparsed & ' ~ bit ~ ') = 0'}) -%}
                {%- do reasons.append({'name': 'bad_' ~ column.name, 'condition': '(_unparsed & ' ~ bit ~ ') > 0'}) -%}
            {%- else -%}
                {%- do reasons.append({'name': 'missing_' ~ column.name, 'condition': column.name ~ ' is null'}) -%}
            {%- endif -%}
        {%- endif -%}
        {%- for constraint in column.constraints if constraint.type == 'check' -%}
            {%- do reasons.append({'name': constraint.name, 'condition': 'not (' ~ constraint.expression ~ ')'}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for constraint in model.constraints if constraint.type == 'check' -%}
        {%- do reasons.append({'name': constraint.name, 'condition': 'not (' ~ constraint.expression ~ ')'}) -%}
    {%- endfor -%}
    {{ return(reasons) }}
{% endmacro %}

{#- The received columns that are not plain text, in declaration order: bit n of `_unparsed` is the n-th of them. -#}
{% macro typed_columns() %}
    {%- set received = [] -%}
    {%- for unique_id in model.depends_on.nodes if unique_id in graph.sources -%}
        {%- if graph.sources[unique_id].schema == 'bronze' -%}
            {%- do received.extend(graph.sources[unique_id].columns.keys()) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set typed = [] -%}
    {%- for column in model.columns.values() if column.name in received and not is_plain_text(column) -%}
        {%- do typed.append(column.name) -%}
    {%- endfor -%}
    {{ return(typed) }}
{% endmacro %}

{% macro key_columns() %}
    {%- set keys = [] -%}
    {%- for constraint in model.constraints if constraint.type == 'primary_key' -%}
        {%- do keys.extend(constraint.columns) -%}
    {%- endfor -%}
    {%- for column in model.columns.values() if 'primary_key' in column.constraints | map(attribute='type') | map('string') -%}
        {%- do keys.append(column.name) -%}
    {%- endfor -%}
    {{ return(keys) }}
{% endmacro %}

{#- [{name, column, parent, parent_column, exempt, checks, quarantines}]. What fails its column's own check is not looked up. -#}
{% macro foreign_keys() %}
    {%- set keys = [] -%}
    {%- for column in model.columns.values() -%}
        {%- for constraint in column.constraints if constraint.type == 'foreign_key' -%}
            {%- set meta = column_meta(column).get('foreign_key', {}) -%}
            {%- do keys.append({
                'name': constraint.name, 'column': column.name, 'parent': constraint.to,
                'checks': column.constraints | selectattr('type', 'eq', 'check') | map(attribute='expression') | list,
                'parent_column': constraint.to_columns[0], 'exempt': meta.get('exempt'),
                'quarantines': meta.get('unknown', 'quarantine') == 'quarantine'}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(keys) }}
{% endmacro %}

{#- Rows with `_failed` (bits of row_reasons), `_known_dt` (the first day on which every parent is known; 9999-12-31
    is never) and one `_known_dt_<n>` per foreign key. -#}
{% macro scored(candidates) %}
select
    candidates.*,
    {%- for reason in row_reasons() %}
    {% if not loop.first %}case when _error is null and {% else %}case when {% endif -%}
        coalesce({{ reason.condition }}, false) then {{ 2 ** loop.index0 }}::hugeint else 0 end{{ ' +' if not loop.last }}
    {%- endfor %} as _failed
    {%- for key in foreign_keys() %},
    case
        when {{ key.column }} is null
            {%- if key.exempt %} or {{ key.column }} like {{ dbt.string_literal(key.exempt) }}{% endif %}
            {%- for check in key.checks %} or not ({{ check }}){% endfor %}
            then _arrived_dt
        else coalesce(parent_{{ loop.index }}.first_dt, date '9999-12-31')
    end as _known_dt_{{ loop.index }}
    {%- endfor %},
    greatest(_arrived_dt
        {%- for key in foreign_keys() if key.quarantines %}, _known_dt_{{ foreign_keys().index(key) + 1 }}{% endfor -%}
    ) as _known_dt
from {{ candidates }} as candidates
{%- for key in foreign_keys() %}
left join (
    select {{ key.parent_column }} as parent_key, min(ingest_dt) as first_dt
    from {{ key.parent }}
    where {{ key.parent_column }} in (select {{ key.column }} from {{ candidates }})
    group by 1
) as parent_{{ loop.index }} on parent_{{ loop.index }}.parent_key = candidates.{{ key.column }}
{%- endfor %}
{% endmacro %}

{#- The reasons for which a row is refused on `day`, in words, as a list. -#}
{% macro reason_names(day) %}
list_filter([
    {%- for reason in row_reasons() %}
    case when (_failed & {{ 2 ** loop.index0 }}::hugeint) > 0 then {{ dbt.string_literal(reason.name) }} end,
    {%- endfor %}
    {%- for key in foreign_keys() if key.quarantines %}
    case when _error is null and _known_dt_{{ foreign_keys().index(key) + 1 }} > date '{{ day }}' then {{ dbt.string_literal(key.name) }} end,
    {%- endfor %}
    case when _is_duplicate then {{ dbt.string_literal('duplicate_' ~ key_columns() | join('_')) }} end
], lambda reason: reason is not null)
{% endmacro %}

{#- The columns whose text could not be read and is null in silver, by name; null when all could. -#}
{% macro unreadable_columns() -%}
    case when _unparsed > 0 then concat_ws(','
        {%- for name in typed_columns() %}, case when (_unparsed & {{ 2 ** loop.index0 }}) > 0 then '{{ name }}' end{% endfor -%}
    ) end
{%- endmacro %}
