"""Versions: a silver table as of a day, without the statements that newer ones replace.

Here: which statements are replaced, and reading without them. Not here: which table is read how (reading.py).
Hardly any key is stated twice. Keys that are, are looked for once for all days of a process, a few days at a time; a day
takes those known by its end. What is left is a plain scan, into which filters are pushed.
"""

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from platform_assets.contracts import VERSION_ORDER
from platform_assets.lake import LakeTable, PublishedContent

if TYPE_CHECKING:
    import polars as pl

ROWS_AT_ONCE = 4_000_000  # of the days in which repeated keys are looked for together: the memory that it takes


def rows_through(
    table: LakeTable, day: date, published: PublishedContent, left_out: Collection[date] = ()
) -> "pl.LazyFrame":
    """All rows of the days up to `day`, those `left_out` apart, with `ingest_dt`."""
    days = (known for known in _days(table, published) if known.day <= day and known.day not in left_out)
    return _rows(table, tuple(days))


def newest_statements(
    table: LakeTable,
    key: str,
    statement: str,
    day: date,
    published: PublishedContent,
    left_out: Collection[date] = (),
) -> "pl.LazyFrame":
    """The rows of the newest statement of each key known by the end of `day`, but for those in days `left_out`.

    Rows of a key with the same `statement` (a column) were stated together: `ingest_dt` when a row is a statement of
    its own, `_arrived_dt` when a delivery replaces all rows of the key.
    """
    import polars as pl

    stated = repeated_statements(table, key, statement, published).filter(pl.col("ingest_dt") <= day)
    rows = rows_through(table, day, published, left_out)
    if not stated.is_empty():
        last = stated.sort(VERSION_ORDER, nulls_last=False).unique(key, keep="last", maintain_order=True)
        replaced = stated.select(key, statement).unique().join(last, on=[key, statement], how="anti")
        rows = rows.join(replaced.lazy(), on=[key, statement], how="anti")
    return rows.drop("ingest_dt")


def repeated_statements(table: LakeTable, key: str, statement: str, published: PublishedContent) -> "pl.DataFrame":
    """All statements of the keys that the published days state more than once: the columns that order them."""
    return _repeated(table, key, statement, _days(table, published))


class _Day(NamedTuple):
    """A published day: days of one declaration have the same columns. By publication, because what was found while
    somebody replaced the day must not be taken for what it holds when its content is back."""

    day: date
    publication: tuple[str, ...]
    declared: tuple[object, ...]
    rows: int


def _days(table: LakeTable, published: PublishedContent) -> tuple[_Day, ...]:
    return tuple(
        _Day(day, manifest.publication, manifest.declared, manifest.rows)
        for day, manifest in sorted(published.manifests(table).items())
    )


@lru_cache(maxsize=16)
def _repeated(table: LakeTable, key: str, statement: str, days: tuple[_Day, ...]) -> "pl.DataFrame":
    """All statements of the keys that `days` state more than once, and of few others: those whose hash is the same."""
    import polars as pl

    hashed = pl.col(key).cast(pl.String).hash().alias("hash")
    scans = [_rows(table, together) for together in _few_at_a_time(days)]
    stated = [scan.select(hashed, statement).unique().select("hash").collect() for scan in scans]
    hashes = pl.concat(stated)["hash"].sort()
    several = hashes.filter(hashes == hashes.shift()).unique().to_frame().lazy()
    found = []
    for scan in scans:
        rows = scan.select(key, *VERSION_ORDER).with_columns(hashed).join(several, on="hash", how="semi").drop("hash")
        # Texts of a filtered frame are views into all that was read, which this cache would hold: a copy has its own.
        found.append(pl.DataFrame(rows.collect().to_arrow(compat_level=pl.CompatLevel.oldest())))
    return pl.concat(found, how="vertical_relaxed")


def _few_at_a_time(days: tuple[_Day, ...]) -> list[tuple[_Day, ...]]:
    """Days that together have ROWS_AT_ONCE rows at most; one day is never divided."""
    together: list[tuple[_Day, ...]] = [()]
    rows = 0
    for day in days:
        rows += day.rows
        if rows > ROWS_AT_ONCE and together[-1]:
            together.append(())
            rows = day.rows
        together[-1] += (day,)
    return together


def _rows(table: LakeTable, days: tuple[_Day, ...]) -> "pl.LazyFrame":
    """A scan for each declaration, joined by name: Polars refuses files of other columns in one."""
    import polars as pl

    files: dict[tuple[object, ...], list[Path]] = {}
    for known in days:
        files.setdefault(known.declared, []).append(table.data(known.day))
    scans = [
        pl.scan_parquet(alike, hive_partitioning=True, hive_schema={"ingest_dt": pl.Date}) for alike in files.values()
    ]
    return scans[0] if len(scans) == 1 else pl.concat(scans, how="diagonal_relaxed")
