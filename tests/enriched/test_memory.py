"""What is in memory during a run, and what stays there between its days."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from conftest import DAY, days_from

from platform_assets.enriched import versions
from platform_assets.enriched.versions import _days, _repeated, newest_statements
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


@pytest.mark.parametrize("rows_at_once", [1, 2, 100])
def test_an_order_stated_again_is_found_however_few_days_are_looked_at_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    """A is stated on days 1 and 2, B on days 1 and 4, C on day 1, D on day 3."""
    lake, days = Lake(tmp_path), days_from(DAY, 4)
    table, staged = lake.table("silver", "stg_orders"), tmp_path / "staged"
    monkeypatch.setattr(versions, "ROWS_AT_ONCE", rows_at_once)
    arrived = [["A 1", "B 1", "C 1"], ["A 2"], ["D 3"], ["B 4"]]
    for day, orders in zip(days, arrived, strict=True):
        stated = pl.DataFrame({"order_id": [order[0] for order in orders], "event_id": orders})
        stated = stated.with_columns(_arrived_dt=day, ingestion_ts=datetime(2025, 10, 1))
        stated.write_parquet(staged)
        lake.publish(day, [(table, staged, Manifest.of_file(table.key, day, staged, len(orders), {}))], "run")

    newest = [
        newest_statements(table, "order_id", "ingest_dt", day, PublishedContent())
        .collect()["event_id"]
        .sort()
        .to_list()
        for day in days
    ]

    assert newest == [["A 1", "B 1", "C 1"], ["A 2", "B 1", "C 1"], ["A 2", "B 1", "C 1", "D 3"],
                      ["A 2", "B 4", "C 1", "D 3"]]  # fmt: skip
