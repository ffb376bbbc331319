"""Snapshots: the newest version of every key known by a day, from gated silver.

Here: computing, judging and publishing snapshot days, and `_latest.json`. Not here: Dagster.
A snapshot says what all deliveries up to its day say, in whatever order days are built: a re-delivery of 25 products
must not leave a catalogue of 25. It is made from the newest older snapshot that is fresh, whose recorded inputs prove
that it stands for the deliveries of its days, and from the deliveries since (docs/decisions/0014).
"""

import hashlib
import json
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, cast

from platform_assets.contracts import VERSION_ORDER, SilverModel
from platform_assets.gates import Check, DayVerdict, share_seconds
from platform_assets.gates.schemas import failures, polars_type
from platform_assets.lake import (
    Input,
    Lake,
    LakeTable,
    Manifest,
    PublishedContent,
    Scope,
    day_inputs,
    locked,
    stale_reason,
    write_atomically,
    write_sorted,
)
from platform_assets.lake.sql import parquet_files, session_settings
from platform_assets.settings import Settings

if TYPE_CHECKING:
    import duckdb

CHECKS = ("shape", "keys", "reconciliation")
SNAPSHOT_COLUMNS = {
    "first_ingest_dt": "The first ingest day on which the key was known.",
    "version_ingest_dt": "The ingest day of the version in use.",
}
LATEST = "_latest.json"
# Read once: the version is that of the code which runs, not of what somebody pulls meanwhile.
CODE = Path(__file__).read_bytes()


def snapshot_table(lake: Lake, model: SilverModel) -> LakeTable:
    """Where the snapshots of a master live: dims/customers for stg_customers."""
    return lake.table("dims", model.name.removeprefix("stg_"))


def snapshot_inputs(lake: Lake, model: SilverModel) -> list[Input]:
    """All silver days up to the snapshot's."""
    return [Input(lake.table("silver", model.name), Scope.THROUGH)]


def snapshot_version(model: SilverModel) -> str:
    """Changes when the master's declaration or the code of snapshots changes: then its snapshots are stale."""
    return hashlib.sha256(CODE + repr((VERSION_ORDER, model.version)).encode()).hexdigest()[:16]


def refresh_snapshots(
    settings: Settings, lake: Lake, model: SilverModel, days: Sequence[date], run_id: str
) -> list[DayVerdict]:
    """Build the days that are stale or missing, keep the fresh ones; the verdict of each day."""
    import duckdb

    table, published = snapshot_table(lake, model), PublishedContent()
    silver = lake.table("silver", model.name)
    verdicts: list[DayVerdict] = []
    started = time.monotonic()
    with lake.staged(run_id, "dims", table.name) as staging, duckdb.connect() as connection:
        for statement in session_settings(settings.memory_limit, staging / "spill"):
            connection.execute(statement)
        for day in days:
            if day not in published.manifests(silver):
                verdicts.append(DayVerdict.without_inputs(day, [silver.key]))
            elif fresh := _fresh(lake, model, day, published):
                verdicts.append(_kept(fresh, day))
            else:
                staged = staging / f"{day}.parquet"
                verdict = _build(connection, lake, model, day, staged, published)
                verdict.refuse_if_failed(settings.strict)
                if not verdict.refused:
                    _publish(lake, model, verdict, staged, published, run_id)
                verdicts.append(verdict)
    share_seconds(verdicts, time.monotonic() - started)
    point_to_latest(lake, [table])
    return verdicts


def _fresh(lake: Lake, model: SilverModel, day: date, published: PublishedContent) -> Manifest | None:
    table = snapshot_table(lake, model)
    stale = stale_reason(table, snapshot_inputs(lake, model), day, published, snapshot_version(model))
    if stale or table.corrupt_files(day):
        return None
    return published.manifests(table)[day]


def _kept(manifest: Manifest, day: date) -> DayVerdict:
    checks = {name: Check(name not in manifest.failed_checks, notes={"fresh": "kept as it was"}) for name in CHECKS}
    return DayVerdict(day, manifest.rows, checks)


def _build(
    connection: "duckdb.DuckDBPyConnection", lake: Lake, model: SilverModel, day: date, staged: Path,
    published: PublishedContent,
) -> DayVerdict:  # fmt: skip
    statements = _statements(lake, model, day, published)
    key, columns = ", ".join(model.key), ", ".join(column.name for column in model.columns)
    rows = write_sorted(
        connection,
        f"""
        select {columns}, min(first_dt) over (partition by {key}) as first_ingest_dt, ingest_dt as version_ingest_dt
        from ({statements})
        qualify row_number() over (
            partition by {key}
            order by {", ".join(f"{column} desc nulls last" for column in VERSION_ORDER)}
        ) = 1
        """,
        model.key,
        staged,
    )
    known = cast("tuple[int]", connection.execute(f"select count(distinct ({key})) from ({statements})").fetchone())[0]
    published.check_read(snapshot_inputs(lake, model), [day])
    return _judge(model, day, staged, rows, known, _previous(snapshot_table(lake, model), day, published))


def _statements(lake: Lake, model: SilverModel, day: date, published: PublishedContent) -> str:
    """A select of statements of each key, among them the newest by `day`, with the first day any was known."""
    silver, base = lake.table("silver", model.name), _base(lake, model, day, published)
    columns = ", ".join(column.name for column in model.columns)
    files = [
        silver.data(known)
        for known in sorted(published.manifests(silver))
        if known <= day and (base is None or known > base)
    ]
    since = f"select {columns}, _arrived_dt, ingest_dt, ingest_dt as first_dt from {parquet_files(files, 'ingest_dt')}"
    if base is None:
        return since
    older = parquet_files([snapshot_table(lake, model).data(base)])
    return f"""
        select {columns}, version_ingest_dt as _arrived_dt, version_ingest_dt as ingest_dt, first_ingest_dt as first_dt
        from {older} union all {since}
    """


def _base(lake: Lake, model: SilverModel, day: date, published: PublishedContent) -> date | None:
    """The day of the newest older snapshot that is fresh. None as well for a master with parents: its rows may have
    arrived before the day on which they are known, and a snapshot does not say when."""
    if model.foreign_keys:
        return None
    older = sorted((known for known in published.manifests(snapshot_table(lake, model)) if known < day), reverse=True)
    return next((known for known in older if _fresh(lake, model, known, published)), None)


def _previous(table: LakeTable, day: date, published: PublishedContent) -> int:
    """Rows of the newest earlier snapshot."""
    earlier = [(known, manifest.rows) for known, manifest in published.manifests(table).items() if known < day]
    return max(earlier)[1] if earlier else 0


def _judge(model: SilverModel, day: date, staged: Path, rows: int, known: int, previous: int) -> DayVerdict:
    import pandera.polars as pa
    import polars as pl

    frame = pl.read_parquet(staged, hive_partitioning=False)
    columns = {
        column.name: pa.Column(polars_type(column.data_type), nullable=column.nullable) for column in model.columns
    }
    dates = {name: pa.Column(pl.Date) for name in SNAPSHOT_COLUMNS}
    shape = failures(pa.DataFrameSchema(columns | dates, strict=True), frame)
    keys = failures(pa.DataFrameSchema({}, unique=list(model.key)), frame)
    complete = rows == known and rows >= previous  # masters are only ever added to
    checks = {
        "shape": Check.of_problems(shape),
        "keys": Check.of_problems(keys),
        "reconciliation": Check(complete, {"rows": rows, "known_keys": known, "previous_rows": previous}),
    }
    return DayVerdict(day, rows, checks, {"added": rows - previous})


def _publish(
    lake: Lake, model: SilverModel, verdict: DayVerdict, staged: Path, published: PublishedContent, run_id: str
) -> None:
    table = snapshot_table(lake, model)
    manifest = Manifest.of_file(
        table.key,
        verdict.day,
        staged,
        verdict.rows,
        day_inputs(snapshot_inputs(lake, model), verdict.day, published),
        contract_version=snapshot_version(model),
        failed_checks=tuple(verdict.failed),
    )
    verdict.notes["path"] = table.data(verdict.day)
    published.note(table, verdict.day, lake.publish(verdict.day, [(table, staged, manifest)], run_id)[0])


def point_to_latest(lake: Lake, tables: Sequence[LakeTable]) -> None:
    """Let `dims/_latest.json` name the newest good day of `tables`. It moves last, and nothing inside reads it."""
    path = lake.root / "dims" / LATEST
    with locked(lake.root / "_locks" / "dims" / LATEST):
        pointers: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
        for table in tables:
            good = (day for day in reversed(table.days()) if (found := table.manifest(day)) and not found.failed_checks)
            if newest := next(good, None):
                pointers[table.name] = newest.isoformat()
        write_atomically(path, (json.dumps(pointers, indent=1, sort_keys=True) + "\n").encode())
