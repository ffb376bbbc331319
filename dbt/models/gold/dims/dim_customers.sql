with history as (
    {{ history(ref('stg_customers'), 'customer_id', 'customer_key') }}
)

select {{ model.columns.keys() | join(', ') }} from history
union all
select * from ({{ unknown_member('customer_id', 'customer_key') }}) as unknown_member
