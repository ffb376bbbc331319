"""Reading: what a transform is given, as of the end of a day.

Here: the ways to read an input, and the days each way depends on. Not here: which table reads what (tables.py).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_assets.enriched.versions import newest_statements, repeated_statements, rows_through
from platform_assets.lake import Input, Lake, PublishedContent, Scope

if TYPE_CHECKING:
    import polars as pl


class Reading(Enum):
    """What of an input a transform sees. A silver row is known from the end of its ingest day on."""

    SNAPSHOT = "the dimension's snapshot of the day"
    ARRIVED = "the rows of the day's partition"
    NEWEST = "the newest version of each key known by the end of the day"
    NEWEST_DELIVERY = "all rows of the newest delivery of each key: an order's lines replace its earlier lines together"
    SEED = "a constant table of dbt/seeds"


@dataclass(frozen=True)
class EventDates:
    """Where the event dates of a silver table's rows stand: `column` of `dated`, found by `key`."""

    table: str
    key: str
    dated: str
    column: str


@dataclass(frozen=True)
class EnrichedInput:
    """One argument of a transform: a table of a layer, and how it is read.

    With `dates`, rows of earlier events than the transform looks at are left out; without, none are.
    """

    layer: str
    table: str
    reading: Reading
    key: str = ""
    dates: EventDates | None = None


def snapshot(table: str) -> EnrichedInput:
    return EnrichedInput("dims", table, Reading.SNAPSHOT)


def arrived(table: str) -> EnrichedInput:
    return EnrichedInput("silver", table, Reading.ARRIVED)


def newest(table: str, key: str, dates: EventDates | None = None) -> EnrichedInput:
    return EnrichedInput("silver", table, Reading.NEWEST, key, dates)


def newest_delivery(table: str, key: str, dates: EventDates | None = None) -> EnrichedInput:
    return EnrichedInput("silver", table, Reading.NEWEST_DELIVERY, key, dates)


def seed(table: str) -> EnrichedInput:
    return EnrichedInput("seeds", table, Reading.SEED)


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


def events_since(days_before: Callable[[Any], int] | None, limits: Any, dates: Iterable[date]) -> date:
    """The first event date that matters to what a transform says of `dates`; all do when it does not say how many
    days before it looks at."""
    return min(dates) - timedelta(days=days_before(limits)) if days_before else date.min


def read_as_of(
    lake: Lake, seeds: Path, source: EnrichedInput, day: date, published: PublishedContent, since: date = date.min
) -> "pl.LazyFrame":
    """The input as known by the end of `day`; events before `since` may be left out of one that says where dates are."""
    import polars as pl

    if source.reading is Reading.SEED:
        return pl.scan_csv(seeds / f"{source.table}.csv")
    table = lake.table(source.layer, source.table)
    if source.reading in (Reading.SNAPSHOT, Reading.ARRIVED):
        return pl.scan_parquet(table.data(day), hive_partitioning=False)
    statement = "_arrived_dt" if source.reading is Reading.NEWEST_DELIVERY else "ingest_dt"
    left_out = _days_before_events(lake, source.dates, since, day, published) if source.dates else set[date]()
    return newest_statements(table, source.key, statement, day, published, left_out)


def _days_before_events(
    lake: Lake, dates: EventDates, since: date, day: date, published: PublishedContent
) -> set[date]:
    """Ingest days that hold no row of an event since a date.

    Silver refuses events later than the day they arrive on. It holds lines back until their header is known: they are
    in no day before its first statement, which for those stated since is looked up. A day of lines that was computed
    from other headers than are published now promises nothing, nor does a day of another declaration than `day`.
    """
    table, headers = lake.table("silver", dates.table), lake.table("silver", dates.dated)
    manifests, first = published.manifests(table), since
    if table != headers:
        import polars as pl

        stated_again = repeated_statements(headers, dates.key, "ingest_dt", published)
        earliest = stated_again.filter(pl.col("ingest_dt").max().over(dates.key) >= since)["ingest_dt"].to_list()
        first = min([since, *earliest])
    known = Input(headers, Scope.THROUGH)
    return {
        other
        for other, manifest in manifests.items()
        if other < first
        and manifest.contract_version == manifests[day].contract_version
        and (table == headers or manifest.inputs.get(headers.key) == published.hash_for(known, other))
    }


def touched_dates(lake: Lake, restates: Iterable[EventDates], day: date, published: PublishedContent) -> list[date]:
    """The day itself and the event dates of what arrived on it: dates that its rows state, and dates that earlier
    versions of the same keys stated, which lose them."""
    import polars as pl

    arrivals: dict[tuple[str, str, str], list[pl.LazyFrame]] = {}
    for dates in restates:
        rows = pl.scan_parquet(lake.table("silver", dates.table).data(day), hive_partitioning=False)
        arrivals.setdefault((dates.dated, dates.key, dates.column), []).append(rows.select(dates.key))
    touched = {day}
    for (dated, key, column), keys in arrivals.items():
        versions = rows_through(lake.table("silver", dated), day, published)
        found = versions.join(pl.concat(keys).unique(), on=key, how="semi")
        touched.update(found.select(pl.col(column).dt.date().unique()).drop_nulls().collect().to_series())
    return sorted(touched)
