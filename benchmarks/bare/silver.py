"""Bare silver: all days of a table at once, from the landed Parquet files to typed, valid, known rows.

Here: which files count, the order of tables, late parents, duplicates within a day, snapshots per day. Not here: the
columns and rules of each table (tables.py). Refused rows are dropped, not kept: the bare script has no quarantine.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.bare.tables import MASTERS, TABLES, BareTable

MACROS = (
    r"create macro trimmed(words) as trim(words, e' \t\r\n')",
    "create macro known(words) as case when lower(words) not in ('', 'none', 'null', 'n/a', 'nan') then words end",
    "create macro clean(words) as known(trimmed(words))",
    "create macro word(words) as lower(clean(words))",
    "create macro whole(number) as cast(try_cast(number as bigint) as varchar)",
    "create macro money(amount) as try_cast(amount as decimal(18, 2))",
    "create macro moment(words) as case when clean(words) >= '1900' and clean(words) < '2262'"
    " then make_timestamp(epoch_us(try_cast(clean(words) as timestamptz))) end",
)


def build_silver(connection: duckdb.DuckDBPyConnection, landing: Path, out: Path, days: Sequence[date]) -> None:
    """Tables `silver.stg_<table>` of all days, `ingest_dt` being the day a row counts for, and one Parquet file per
    table and day."""
    connection.execute("create schema silver")
    for macro in MACROS:
        connection.execute(macro)
    for table in TABLES:
        read = " union all by name ".join(
            f"select *, date '{day}' as _arrived_dt from read_parquet({[str(file) for file in files]!r},"
            " filename = '_file', file_row_number = true, union_by_name = true, hive_partitioning = false)"
            for day, files in _files_by_day(landing, table.name, days)
        )
        connection.execute(f"create table silver.stg_{table.name} as {_valid_rows(table, read, days[-1])}")
        folder = out / "silver" / f"stg_{table.name}"
        folder.mkdir(parents=True)
        connection.execute(
            f"copy silver.stg_{table.name} to '{folder}' (format parquet, compression zstd, partition_by (ingest_dt))"
        )


def _files_by_day(landing: Path, table: str, days: Sequence[date]) -> Iterator[tuple[date, list[Path]]]:
    """The files that count, by ingest day: what a folder's newest manifest lists."""
    files: dict[date, list[Path]] = {}
    for folder in sorted((landing / table).iterdir()):
        key, _, value = folder.name.partition("=")
        day = date.fromisoformat(value) if key != "category" else days[0]
        listed = json.loads((folder / "_MANIFEST.json").read_text())["files"]
        files.setdefault(max(day, days[0]), []).extend(landing / entry["path"] for entry in listed)
    return ((day, files[day]) for day in days if day in files)


def _valid_rows(table: BareTable, read: str, last: date) -> str:
    """A row counts for the day on which it and all its parents are known; of its key on that day, the newest counts."""
    columns = ", ".join(f"{expression} as {name}" for name, expression in table.columns.items())
    parents = "".join(
        f" left join (select {key}, min(ingest_dt) as day from silver.stg_{parent} group by 1) as parent_{number}"
        f" on parent_{number}.{key} = valid.{column}"
        for number, (column, parent, key) in enumerate(table.parents)
    )
    known = [
        f"case when valid.{column} like 'GUEST-%' then date '0001-01-01' else coalesce(parent_{number}.day, date '9999-12-31') end"
        for number, (column, _, _) in enumerate(table.parents)
    ]
    key = ", ".join(table.key)
    return f"""
        with arrived as (select {columns}, _arrived_dt, _file, file_row_number as _row from ({read})),
        keyed as ({table.keyed}),
        valid as (select * from keyed where not coalesce({table.invalid}, false)),
        placed as (select valid.*, greatest(_arrived_dt, {", ".join(known) or "_arrived_dt"}) as ingest_dt from valid{parents}),
        repeated as (select {key}, ingest_dt from placed group by all having count(*) > 1),
        newest as (
            select placed.* from placed semi join repeated using ({key}, ingest_dt)
            qualify row_number() over (
                partition by {key}, ingest_dt
                order by _arrived_dt desc, ingestion_ts desc nulls last, event_id desc nulls last, _file desc, _row desc
            ) = 1
        )
        select * exclude (_file, _row) from (
            select placed.* from placed anti join repeated using ({key}, ingest_dt) union all by name select * from newest
        ) where ingest_dt <= date '{last}' order by ingest_dt, {key}
    """


def write_snapshots(connection: duckdb.DuckDBPyConnection, out: Path, days: Sequence[date]) -> None:
    """One Parquet file per master and day: the newest version of every key known by the end of the day."""
    for name, key in MASTERS.items():
        folder = out / "dims" / name
        folder.mkdir(parents=True)
        for day in days:
            connection.execute(f"""
                copy (
                    select *, min(ingest_dt) over (partition by {key}) as first_ingest_dt, ingest_dt as version_ingest_dt
                    from silver.stg_{name}
                    where ingest_dt <= date '{day}'
                    qualify row_number() over (
                        partition by {key}
                        order by _arrived_dt desc, ingestion_ts desc nulls last, event_id desc nulls last
                    ) = 1
                    order by {key}
                ) to '{folder / str(day)}.parquet' (format parquet, compression zstd)
            """)
