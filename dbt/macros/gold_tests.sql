{#- Generic tests of gold tables: each selects the rows that break it. -#}

{% test one_current_row(model, key) %}
select {{ key }} from {{ model }} group by 1 having sum(case when current_flag then 1 else 0 end) <> 1
{% endtest %}

{% test no_overlap(model, key) %}
select * from (
    select {{ key }}, valid_to, lead(valid_from) over (partition by {{ key }} order by valid_from) as next_from from {{ model }}
) as spans
where (next_from is not null and (valid_to is null or valid_to <> next_from))
{% endtest %}

{% test in_range(model, column_name, least, most) %}
select * from {{ model }} where {{ column_name }} < {{ least }} or {{ column_name }} > {{ most }}
{% endtest %}

{% test at_most(model, column_name, other) %}
select * from {{ model }} where {{ column_name }} > {{ other }}
{% endtest %}

{#- The key of a table: none of its columns is null and no combination repeats. -#}
{% test unique_together(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 {%- for column in columns %} or {{ column }} is null{% endfor %}
{% endtest %}
