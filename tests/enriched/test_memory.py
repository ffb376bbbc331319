"""What stays in memory between the days of a run."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
from conftest import DAY

from platform_assets.enriched.versions import _days, _repeated
from platform_assets.lake import Lake, Manifest, PublishedContent

ORDERS = 300_000


def test_the_keys_that_are_remembered_do_not_hold_the_texts_of_all_rows(tmp_path: Path) -> None:
    """One order of 500 is stated twice. Polars' texts are views, into buffers that live as long as one of them."""
    lake = Lake(tmp_path)
    table, staged = lake.table("silver", "stg_orders"), tmp_path / "staged"
    keys = [f"an order with a long number {number}" for number in range(ORDERS)]
    once = pl.DataFrame({"order_id": keys, "event_id": keys, "ingestion_ts": datetime(2025, 10, 1)})
    once = once.with_columns(pl.lit(DAY).alias("_arrived_dt"))
    again = once.gather_every(500).with_columns(pl.lit(date(2025, 10, 2)).alias("_arrived_dt"))
    pl.concat([once, again]).write_parquet(staged)
    lake.publish(DAY, [(table, staged, Manifest.of_file(table.key, DAY, staged, again.height + ORDERS, {}))], "run")

    held = _repeated(table, "order_id", "_arrived_dt", _days(table, PublishedContent()))

    assert held.height == 2 * ORDERS / 500
    views = held.to_arrow(compat_level=pl.CompatLevel.newest())
    buffers = [buffer for column in views.columns for chunk in column.chunks for buffer in chunk.buffers() if buffer]
    assert sum(buffer.size for buffer in buffers) < 1_000_000
