"""What stays in memory between the days of a run."""

from datetime import datetime
from pathlib import Path

import polars as pl
from conftest import DAY

from platform_assets.enriched.versions import _days, _repeated
from platform_assets.lake import Lake, Manifest, PublishedContent


def test_the_keys_that_are_remembered_do_not_hold_the_texts_of_all_rows(tmp_path: Path) -> None:
    """One order of 50,000 is stated twice; Polars' texts are views, into buffers that live as long as one of them."""
    lake = Lake(tmp_path)
    table, staged = lake.table("silver", "stg_orders"), tmp_path / "staged"
    keys = [f"an order with a long number {number}" for number in range(50_000)] + ["an order with a long number 7"]
    arrived = pl.Series([DAY] * 50_000 + [DAY.replace(day=2)])
    frame = pl.DataFrame({"order_id": keys, "_arrived_dt": arrived, "ingestion_ts": datetime(2025, 10, 1)})
    frame.with_columns(event_id="order_id").write_parquet(staged)
    lake.publish(DAY, [(table, staged, Manifest.of_file(table.key, DAY, staged, frame.height, {}))], "run")

    held = _repeated(table, "order_id", "_arrived_dt", _days(table, PublishedContent()))

    assert held["order_id"].to_list() == ["an order with a long number 7"] * 2
    views = held.to_arrow(compat_level=pl.CompatLevel.newest())
    buffers = [b for column in views.columns for chunk in column.chunks for b in chunk.buffers() if b]
    assert sum(buffer.size for buffer in buffers) < 10_000
