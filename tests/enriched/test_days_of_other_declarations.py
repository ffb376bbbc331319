"""Silver days of different declarations side by side: a column came or went, and not every day is run again yet."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from platform_assets.enriched.versions import newest_statements
from platform_assets.lake import Lake, LakeTable, Manifest, PublishedContent, write_frame

DAYS = [date(2025, 10, day) for day in (1, 2, 3)]


def publish(lake: Lake, table: LakeTable, day: date, declaration: str, **columns: list[object]) -> None:
    arrived = pl.DataFrame({"_arrived_dt": [day], "ingestion_ts": [None], "event_id": ["e"]})
    frame = arrived.with_columns(pl.Series(name, values) for name, values in columns.items())
    staged = lake.staging / f"{day}.parquet"
    write_frame(frame, ["order_id"], staged)
    schema = {name: str(kind) for name, kind in frame.schema.items()}
    manifest = Manifest.of_file(table.key, day, staged, 1, {}, contract_version=declaration, schema=schema)
    lake.publish(day, [(table, staged, manifest)], "run")


def test_the_newest_statements_are_read_across_a_removed_and_an_added_column(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    table = lake.table("silver", "stg_orders")
    publish(lake, table, DAYS[0], "without notes", order_id=["A"], net_total=[Decimal("1.00")])
    publish(lake, table, DAYS[1], "with notes", order_id=["B"], net_total=[Decimal("2.00")], note=["x"])
    publish(lake, table, DAYS[2], "with notes", order_id=["A"], net_total=[Decimal("3.00")], note=["y"])

    def known_by(day: date) -> list[tuple[object, ...]]:
        rows = newest_statements(table, "order_id", "ingest_dt", day, PublishedContent()).collect()
        return sorted(rows.select("order_id", "net_total").rows())

    assert known_by(DAYS[0]) == [("A", Decimal("1.00"))]
    assert known_by(DAYS[1]) == [("A", Decimal("1.00")), ("B", Decimal("2.00"))]
    assert known_by(DAYS[2]) == [("A", Decimal("3.00")), ("B", Decimal("2.00"))]
