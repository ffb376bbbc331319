"""Reading: what a transform is given, as of the end of a day.

Here: the ways to read an input, and the days each way depends on. Not here: which table reads what (tables.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from platform_assets.lake import Input, Lake, LakeTable, PublishedContent, Scope

if TYPE_CHECKING:
    import polars as pl

VERSION_ORDER = ("_arrived_dt", "ingestion_ts", "event_id")


class Reading(Enum):
    """What of an input a transform sees. A silver row is known from the end of its ingest day on."""

    SNAPSHOT = "the dimension's snapshot of the day"
    ARRIVED = "the rows of the day's partition"
    NEWEST = "the newest version of each key known by the end of the day"
    NEWEST_DELIVERY = "all rows of the newest delivery of each key: an order's lines replace its earlier lines together"
    SEED = "a constant table of dbt/seeds"


@dataclass(frozen=True)
class EnrichedInput:
    """One argument of a transform: a table of a layer, and how it is read."""

    layer: str
    table: str
    reading: Reading
    key: tuple[str, ...] = ()


def snapshot(table: str) -> EnrichedInput:
    return EnrichedInput("dims", table, Reading.SNAPSHOT)


def arrived(table: str) -> EnrichedInput:
    return EnrichedInput("silver", table, Reading.ARRIVED)


def newest(table: str, key: str) -> EnrichedInput:
    return EnrichedInput("silver", table, Reading.NEWEST, (key,))


def newest_delivery(table: str, key: str) -> EnrichedInput:
    return EnrichedInput("silver", table, Reading.NEWEST_DELIVERY, (key,))


def seed(table: str) -> EnrichedInput:
    return EnrichedInput("seeds", table, Reading.SEED)


@dataclass(frozen=True)
class EventDates:
    """Where the event dates of a silver table's rows stand: `column` of `dated`, found by `key`."""

    table: str
    key: str
    dated: str
    column: str


def lake_inputs(lake: Lake, inputs: Iterable[EnrichedInput], restates: Iterable[EventDates]) -> list[Input]:
    """The upstream days that a day depends on; each table once, by the widest scope."""
    scopes: dict[tuple[str, str], Scope] = {}
    for source in inputs:
        if source.layer != "seeds":
            place = (source.layer, source.table)
            daily = source.reading in (Reading.SNAPSHOT, Reading.ARRIVED) and scopes.get(place) is not Scope.THROUGH
            scopes[place] = Scope.DAY if daily else Scope.THROUGH
    for dates in restates:
        scopes["silver", dates.dated] = Scope.THROUGH
        scopes.setdefault(("silver", dates.table), Scope.DAY)
    return [Input(lake.table(layer, name), scope) for (layer, name), scope in scopes.items()]


def read_as_of(
    lake: Lake, seeds: Path, source: EnrichedInput, day: date, published: PublishedContent
) -> "pl.LazyFrame":
    """The input as known by the end of `day`."""
    import polars as pl

    if source.reading is Reading.SEED:
        return pl.scan_csv(seeds / f"{source.table}.csv")
    table = lake.table(source.layer, source.table)
    if source.reading in (Reading.SNAPSHOT, Reading.ARRIVED):
        return pl.scan_parquet(table.data(day), hive_partitioning=False)
    versions = _history(table, day, published)
    return _newest_deliveries(versions, source.key) if source.reading is Reading.NEWEST_DELIVERY else _newest(
        versions, source.key
    )  # fmt: skip


def touched_dates(lake: Lake, restates: Iterable[EventDates], day: date, published: PublishedContent) -> list[date]:
    """The day itself and the event dates of what arrived on it: dates that its rows state, and dates that earlier
    versions of the same keys stated, which lose them."""
    import polars as pl

    touched = {day}
    for dates in restates:
        arrivals = pl.scan_parquet(lake.table("silver", dates.table).data(day), hive_partitioning=False)
        versions = _history(lake.table("silver", dates.dated), day, published)
        found = versions.join(arrivals.select(dates.key).unique(), on=dates.key, how="semi")
        touched.update(found.select(pl.col(dates.column).dt.date().unique()).drop_nulls().collect().to_series())
    return sorted(touched)


def _history(table: LakeTable, day: date, published: PublishedContent) -> "pl.LazyFrame":
    import polars as pl

    files = [table.data(known) for known in sorted(published.manifests(table)) if known <= day]
    return pl.scan_parquet(files, hive_partitioning=False)


def _newest(versions: "pl.LazyFrame", key: tuple[str, ...]) -> "pl.LazyFrame":
    """Only keys that repeat are ranked: hardly any does, and then the scan stays one that filters are pushed into."""
    import polars as pl

    repeated = versions.select(key).group_by(key).len().filter(pl.col("len") > 1).select(key).collect()
    if repeated.is_empty():
        return versions
    ranked = versions.join(repeated.lazy(), on=key, how="semi").sort(*VERSION_ORDER, nulls_last=False)
    return pl.concat(
        [versions.join(repeated.lazy(), on=key, how="anti"), ranked.unique(key, keep="last", maintain_order=True)]
    )


def _newest_deliveries(versions: "pl.LazyFrame", key: tuple[str, ...]) -> "pl.LazyFrame":
    """Rows of the newest arrival day of each key."""
    import polars as pl

    deliveries = versions.select(*key, "_arrived_dt").unique()
    repeated = deliveries.group_by(key).len().filter(pl.col("len") > 1).select(key).collect()
    if repeated.is_empty():
        return versions
    several = versions.join(repeated.lazy(), on=key, how="semi")
    newest_rows = several.filter(pl.col("_arrived_dt") == pl.col("_arrived_dt").max().over(key))
    return pl.concat([versions.join(repeated.lazy(), on=key, how="anti"), newest_rows])
