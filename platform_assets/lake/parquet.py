"""The one writer of single-file partitions: same rows in, same bytes out.

Here: DuckDB's COPY in key order with fixed row groups; lazily collected Polars frames and sinks do not repeat their
bytes. Silver writes the same way from dbt (macros/day_partitions.sql). Not here: where the file is published.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from platform_assets.lake.sql import quoted

if TYPE_CHECKING:
    import duckdb

PARQUET = "(format parquet, compression zstd, row_group_size 122880)"


def write_sorted(connection: "duckdb.DuckDBPyConnection", select: str, key: Sequence[str], out: Path) -> int:
    """Write the rows of `select` in order of their unique key; the number of rows."""
    out.parent.mkdir(parents=True, exist_ok=True)
    ordered = f"{select} order by {', '.join(key)}"
    written = connection.execute(f"copy ({ordered}) to {quoted(str(out))} {PARQUET}").fetchall()
    return int(written[0][0])
