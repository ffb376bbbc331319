-- The shop numbers no lines. Lines of one delivery of an order are numbered as they came; a line delivered twice in it
-- (same event_id) keeps its number, so that the copy is found as a duplicate and an order may hold a product twice.
with cleaned as (
    {{ cleaned('shop', 'order_items') }}
),

first_seen as (
    select
        *,
        min((_source_file, _source_row)) over (
            partition by ingest_dt, order_id, batch_id, coalesce(event_id, _batch_id || _source_row)
        ) as first_position
    from cleaned
)

select
    * exclude (first_position),
    cast(dense_rank() over (partition by ingest_dt, order_id, batch_id order by first_position) as integer) as line_no
from first_seen
