"""The two writers of single-file partitions: same rows in, same bytes out.

Here: DuckDB's COPY in key order for rows that SQL makes, Polars for frames; both with fixed row groups. Silver writes
like the first from dbt (macros/day_partitions.sql). Not here: where the file is published. A lazily collected frame, or
a sink, does not repeat its bytes: the writer sorts and joins the frame's chunks itself.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from platform_assets.lake.sql import quoted

if TYPE_CHECKING:
    import duckdb
    import polars as pl

ROW_GROUP = 122_880  # rows; DuckDB's own default
PARQUET = f"(format parquet, compression zstd, row_group_size {ROW_GROUP})"


def write_sorted(connection: "duckdb.DuckDBPyConnection", select: str, key: Sequence[str], out: Path) -> int:
    """Write the rows of `select` in order of their unique key; the number of rows."""
    out.parent.mkdir(parents=True, exist_ok=True)
    ordered = f"{select} order by {', '.join(key)}"
    written = connection.execute(f"copy ({ordered}) to {quoted(str(out))} {PARQUET}").fetchall()
    return int(written[0][0])


def write_frame(frame: "pl.DataFrame", key: Sequence[str], out: Path) -> None:
    """Write a frame in order of its unique key."""
    out.parent.mkdir(parents=True, exist_ok=True)
    frame.sort(key).rechunk().write_parquet(out, compression="zstd", row_group_size=ROW_GROUP)
