"""Frames are written to the same bytes, however they came to be."""

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from platform_assets.lake import write_frame
from platform_assets.lake.parquet import ROW_GROUP
from platform_assets.settings import PROJECT

ROWS = pl.DataFrame(
    {
        "order_id": [f"ORD-{number:07}" for number in range(200_000)],
        "note": [None if number % 3 else "ä" * (number % 20) for number in range(200_000)],
        "total": pl.Series([Decimal(number) / 100 for number in range(200_000)], dtype=pl.Decimal(18, 2)),
    }
)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_rows_in_any_order_and_any_chunks_are_the_same_bytes(tmp_path: Path, seed: int) -> None:
    write_frame(ROWS, ["order_id"], tmp_path / "once.parquet")
    shuffled = ROWS.sample(fraction=1, shuffle=True, seed=seed)
    size = 30_000 + seed * 7_919
    chunks = pl.concat([shuffled.slice(start, size) for start in range(0, len(ROWS), size)], rechunk=False)
    lazily = chunks.lazy().filter(pl.col("order_id") != "").collect(engine="streaming")

    write_frame(lazily, ["order_id"], tmp_path / "again.parquet")

    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "once.parquet").read_bytes()


def test_duckdb_reads_a_frame_with_the_types_and_values_it_had(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "order_id": ["b", "a"],
            "total": pl.Series([Decimal("-0.01"), Decimal("9999999999999999.99")], dtype=pl.Decimal(18, 2)),
            "at": pl.Series([None, datetime(2025, 10, 1, 12, 30, 0, 1)], dtype=pl.Datetime("us")),
        }
    )
    write_frame(frame, ["order_id"], tmp_path / "frame.parquet")

    read = duckdb.sql(f"select * from '{tmp_path / 'frame.parquet'}'")

    assert [str(kind) for kind in read.types] == ["VARCHAR", "DECIMAL(18,2)", "TIMESTAMP"]
    assert read.fetchall() == [
        ("a", Decimal("9999999999999999.99"), datetime(2025, 10, 1, 12, 30, 0, 1)),
        ("b", Decimal("-0.01"), None),
    ]


def test_the_files_that_dbt_writes_have_row_groups_of_the_same_size() -> None:
    """dbt's macros cannot read a constant of Python's, so the number stands in both."""
    macro = (PROJECT / "dbt" / "macros" / "day_partitions.sql").read_text()
    assert re.findall(r"row_group_size (\d+)", macro) == [str(ROW_GROUP)]
