-- The shop numbers no lines. Lines of one delivery of an order are numbered as they came; a line delivered twice in it
-- (same event_id) keeps its number, so that the copy is found as a duplicate and an order may hold a product twice.
with cleaned as (
    {{ cleaned('shop', 'order_items') }}
),

positioned as (
    select
        *,
        row_number() over (
            partition by ingest_dt, order_id, batch_id order by _source_file, _source_row
        ) as position
    from cleaned
),

first_seen as (
    select
        *,
        min(position) over (
            partition by ingest_dt, order_id, batch_id, coalesce(event_id, cast(position as varchar))
        ) as first_position
    from positioned
)

select
    * exclude (position, first_position),
    cast(dense_rank() over (partition by ingest_dt, order_id, batch_id order by first_position) as integer) as line_no
from first_seen
