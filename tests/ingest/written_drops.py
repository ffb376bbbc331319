"""Drops written byte by byte, and what became of them: shared by the tests of ingest and bronze.

Here: writing landing files, landing them, reading bronze back. Not here: expectations.
"""

import gzip
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from conftest import DAY, Platform, order

from platform_assets.bronze.landing import land_days
from platform_assets.gates import DayVerdict
from platform_assets.lake import Manifest

FOLDER = f"ingest_dt={DAY}"
LINEAGE = ("_source_row", "_error", "_line", "_source_file", "_batch_id")


def put(
    platform: Platform, data: bytes, file: str, rows: int | None = None, table: str = "orders", folder: str = FOLDER
) -> Path:
    """Write a landing file; with `rows` also the producer manifest that lists it alone."""
    path = platform.landing / table / folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if rows is not None:
        platform.producer_manifest(table, folder, [(path, rows)])
    return path


def put_manifest(platform: Platform, content: Any, table: str = "orders", folder: str = FOLDER) -> None:
    """Write a producer manifest as it is: bytes, or something to write as JSON."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    put(platform, data, "_MANIFEST.json", table=table, folder=folder)


def land(platform: Platform, table: str = "orders", day: date = DAY) -> DayVerdict:
    return platform.bronze([day], [table])[table][day]


def ignored(platform: Platform, table: str = "orders", days: Sequence[date] = (DAY,)) -> list[str]:
    return land_days(platform.settings, platform.lake, platform.contracts.sources[table], days, "test")[1]


def problems(verdict: DayVerdict) -> str:
    return str(verdict.checks["reconciliation"].notes["problems"])


def drift(verdict: DayVerdict) -> str:
    return str(verdict.checks["shape"].notes["drift"])


def published(platform: Platform, table: str = "orders", day: date = DAY) -> Manifest | None:
    return platform.lake.bronze("shop", table).manifest(day)


def bronze(platform: Platform, table: str = "orders", day: date = DAY) -> pl.DataFrame:
    """The readable rows of a published bronze day, file by file in the manifest's order."""
    manifest = published(platform, table, day)
    assert manifest is not None
    folder = platform.lake.bronze("shop", table).day_folder(day)
    files = [folder / entry.path for entry in manifest.files if entry.path.endswith(".parquet")]
    frames = [pl.read_parquet(file, hive_partitioning=False) for file in files]
    return pl.concat(frames, how="diagonal_relaxed")


def received(platform: Platform, table: str = "orders") -> list[dict[str, Any]]:
    """The rows of a bronze day without lineage."""
    frame = bronze(platform, table)
    return frame.drop([name for name in LINEAGE if name in frame.columns]).to_dicts()


def kept_lines(platform: Platform) -> list[tuple[int, str, str]]:
    """(_source_row, _line, _error) of the lines that could not be parsed."""
    frame = bronze(platform).filter(pl.col("_error").is_not_null())
    return frame.select("_source_row", "_line", "_error").rows()


def refused_when_strict(platform: Platform, table: str = "orders") -> str:
    """Land with strict gates: why the day was refused, and nothing was published."""
    verdict = land(platform.strict(), table)
    assert published(platform, table) is None
    assert verdict.refused
    return verdict.refused


def compressed(data: bytes, codec: str | None) -> bytes:
    if codec == "gz":
        return gzip.compress(data)
    return pa.compress(data, codec="zstd", asbytes=True) if codec == "zst" else data


def orders(*numbers: int) -> list[dict[str, Any]]:
    return [order(number) for number in numbers]
