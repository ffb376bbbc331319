-- The shop numbers no lines. Lines of one delivery of an order are numbered as they came; a line delivered twice in it
-- (same event_id) keeps its number, so that the copy is found as a duplicate and an order may hold a product twice.
-- Few deliveries have copies: only those are ranked again.
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

with_copies as (
    select distinct ingest_dt, order_id, batch_id
    from cleaned
    where event_id is not null
    group by ingest_dt, order_id, batch_id, event_id
    having count(*) > 1
),

first_seen as (
    select
        ingest_dt,
        order_id,
        batch_id,
        position,
        min(position) over (
            partition by ingest_dt, order_id, batch_id, event_id, case when event_id is null then position end
        ) as first_position
    from positioned
    semi join with_copies
        on with_copies.ingest_dt = positioned.ingest_dt
        and with_copies.order_id = positioned.order_id
        and with_copies.batch_id is not distinct from positioned.batch_id
),

numbered as (
    select
        * exclude (first_position),
        dense_rank() over (partition by ingest_dt, order_id, batch_id order by first_position) as line_no
    from first_seen
)

select positioned.* exclude (position), cast(coalesce(numbered.line_no, positioned.position) as integer) as line_no
from positioned
left join numbered
    on numbered.ingest_dt = positioned.ingest_dt
    and numbered.order_id = positioned.order_id
    and numbered.batch_id is not distinct from positioned.batch_id
    and numbered.position = positioned.position
