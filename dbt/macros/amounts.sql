{#- How gold counts, adds up and divides, so that every mart does it alike: nothing added is 0, never null, and a rate
    without a whole is null, never 0. -#}

{% macro money(amount) -%} cast(coalesce({{ amount }}, 0) as decimal(18, 2)) {%- endmacro %}

{% macro counted(number) -%} cast(coalesce({{ number }}, 0) as bigint) {%- endmacro %}

{#- Counts rows where the condition holds; one that is null does not. -#}
{% macro count_where(condition) -%} {{ counted('sum(case when ' ~ condition ~ ' then 1 else 0 end)') }} {%- endmacro %}

{#- The sum of an amount over orders whose status is revenue: a cancelled order brings nothing. -#}
{% macro revenue_sum(amount) -%} {{ money('sum(case when is_revenue then ' ~ amount ~ ' end)') }} {%- endmacro %}

{% macro revenue_units(quantity) -%}
    {{ counted('sum(case when is_revenue then ' ~ quantity ~ ' end)') }}
{%- endmacro %}

{#- A share of a whole, from 0 to 1, to 6 places. The case is outside because engines differ on least(null). -#}
{% macro rate(part, whole) -%}
    cast(case when {{ whole }} <> 0 then least(greatest({{ quotient(part, whole, 6) }}, 0), 1) end as decimal(9, 6))
{%- endmacro %}

{#- A quotient that may leave 0 to 1, as a margin does: to 6 places. -#}
{% macro ratio(part, whole) -%}
    cast(case when {{ whole }} <> 0 then {{ quotient(part, whole, 6) }} end as decimal(18, 6))
{%- endmacro %}

{#- Money per piece, rounded to cents. -#}
{% macro per_piece(amount, pieces) -%}
    cast(case when {{ pieces }} <> 0 then {{ quotient(amount, pieces, 2) }} end as decimal(18, 2))
{%- endmacro %}

{#- Scaled up before the division, because on some engines that yields a binary fraction, in which 1.005 is less. -#}
{% macro quotient(part, whole, places) -%}
    cast(round(cast({{ part }} as decimal(18, 2)) * {{ 10 ** places }} / {{ whole }}) as decimal(24, 0))
    * {{ '0.' ~ '0' * (places - 1) ~ '1' }}
{%- endmacro %}
