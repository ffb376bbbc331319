"""Bare enriched: the platform's ten pure transforms, per day, over tables held in memory.

Here: what a transform is given as of a day, found by one column computed once for all days: the day on which a row is
superseded. Not here: the transforms, which are the platform's own; its reading, staging, gates and manifests are not
used.
"""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import polars as pl

PROJECT = Path(__file__).parents[2]


def _declared_tables() -> list[Any]:
    """The transforms and what they read, without importing Dagster, which the package's own import would do."""
    package = ModuleType("platform_assets.enriched")
    package.__path__ = [str(PROJECT / "platform_assets" / "enriched")]
    sys.modules.setdefault("platform_assets.enriched", package)
    from platform_assets.enriched.tables import enriched_tables

    return enriched_tables({})


def compute_enriched(connection: duckdb.DuckDBPyConnection, out: Path, days: Sequence[date]) -> None:
    """`enriched/<table>/<day>.parquet` for every table and day; a day's ten transforms share their reading."""
    tables = _declared_tables()
    transforms = {table.name: table.load()[0] for table in tables}
    frames = _versions(connection, {source for table in tables for source in table.inputs.values()})
    touched = {table.name: _touched(connection, table.restates) for table in tables if table.restates}
    for table in tables:
        (out / "enriched" / table.name).mkdir(parents=True)
    for day in days:
        wanted = []
        for table in tables:
            given: dict[str, Any] = {name: _as_of(frames, out, source, day) for name, source in table.inputs.items()}
            if table.restates:
                given["touched"] = sorted({day, *touched[table.name].get(day, ())})
            if table.limits:
                given["limits"] = table.limits
            wanted.append(transforms[table.name](**given, day=day))
        for table, result in zip(tables, pl.collect_all(wanted), strict=True):
            result.write_parquet(out / "enriched" / table.name / f"{day}.parquet")


def _versions(connection: duckdb.DuckDBPyConnection, sources: set[Any]) -> dict[str, pl.DataFrame]:
    """Silver tables sorted by ingest day, with `_until`: the day from which a newer version of the key is known. Null
    while there is none; a row that is never the newest has its own day or an earlier one."""
    frames: dict[str, pl.DataFrame] = {}
    for source in sorted(sources, key=lambda source: source.reading.name, reverse=True):
        if source.layer != "silver" or (source.reading.name == "ARRIVED" and source.table in frames):
            continue
        by_delivery = source.reading.name == "NEWEST_DELIVERY"
        frames[source.table] = connection.sql(
            f"""
            select versions.*, superseded._until
            from silver.{source.table} as versions
            left join ({_superseded(source.table, source.key, by_delivery)}) as superseded
                on superseded._version = versions.rowid
            order by versions.ingest_dt, versions.rowid
            """
            if source.key
            else f"select *, null::date as _until from silver.{source.table} order by ingest_dt"
        ).pl()
    return frames


def _superseded(table: str, key: str, by_delivery: bool) -> str:
    order = "_arrived_dt" if by_delivery else "_arrived_dt, ingestion_ts nulls first, event_id nulls first"
    frame = "groups" if by_delivery else "rows"
    repeated = "count(distinct _arrived_dt)" if by_delivery else "count(*)"
    return f"""
        select rowid as _version, min(ingest_dt) over (
            partition by {key} order by {order} {frame} between 1 following and unbounded following
        ) as _until
        from silver.{table}
        where {key} in (select {key} from silver.{table} group by 1 having {repeated} > 1)
    """


def _as_of(frames: dict[str, pl.DataFrame], out: Path, source: Any, day: date) -> pl.LazyFrame:
    if source.layer == "seeds":
        return pl.scan_csv(PROJECT / "dbt" / "seeds" / f"{source.table}.csv")
    if source.layer == "dims":
        return pl.scan_parquet(out / "dims" / source.table / f"{day}.parquet")
    frame = frames[source.table]
    known = int(frame["ingest_dt"].search_sorted(day, side="right"))
    if source.reading.name == "ARRIVED":
        earlier = int(frame["ingest_dt"].search_sorted(day, side="left"))
        return frame.lazy().slice(earlier, known - earlier).drop("_until")
    return frame.lazy().slice(0, known).filter(pl.col("_until").is_null() | (pl.col("_until") > day)).drop("_until")


def _touched(connection: duckdb.DuckDBPyConnection, restates: Sequence[Any]) -> dict[date, set[date]]:
    """The event dates that each day's arrivals touch, those of earlier versions included."""
    touched: dict[date, set[date]] = {}
    for dates in restates:
        found = connection.execute(f"""
            select distinct arrivals.ingest_dt, versions.{dates.column}::date
            from (select distinct ingest_dt, {dates.key} from silver.{dates.table}) as arrivals
            inner join silver.{dates.dated} as versions using ({dates.key})
            where versions.ingest_dt <= arrivals.ingest_dt and versions.{dates.column} is not null
        """)
        for day, event_date in found.fetchall():
            touched.setdefault(day, set()).add(event_date)
    return touched
