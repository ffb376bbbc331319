"""The picture of the lake that one silver run sees: views in a private database.

Here: which files it shows. Not here: SQL that transforms (dbt/). Days of the run come from bronze; other days
from what is published; nothing later than the run's newest day is in the picture.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from platform_assets.contracts import Contracts, SilverModel, SourceTable
from platform_assets.lake import FileEntry, Lake, LakeTable, PublishedContent
from platform_assets.lake.sql import insert_rows, parquet_files, published_rows, session_settings, union_by_name

BRONZE_LINEAGE = {"_source_file": "text", "_source_row": "bigint", "_batch_id": "text", "_error": "text",
                  "_line": "text", "ingest_dt": "date"}  # fmt: skip
# Whatever the format was: there is one way to clean values. A union by name alone leaves lists and UUIDs what they are.
RECEIVED_AS_TEXT = "columns(* exclude (_source_row))::varchar, _source_row"
MANY_FILES, SMALL_FILE = 10, 2_048  # files of a day; rows: one vector of DuckDB
# Types whose values are the same text after Polars wrote them again.
PLAIN_TYPES = {"VARCHAR", "BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL", "DATE", "TIMESTAMP", '"NULL"'}
SCHEMAS = ("run", "batch", "bronze", "waiting", "published", "silver", "dims")


@dataclass(frozen=True)
class SilverRun:
    """The models and days of one dbt call, and where it stages its files."""

    models: tuple[SilverModel, ...]
    days: tuple[date, ...]
    staging: Path

    def staged(self, name: str, day: date) -> Path:
        return self.staging / day.isoformat() / f"{name}.parquet"


def silver_picture(
    run: SilverRun, lake: Lake, contracts: Contracts, published: PublishedContent, memory_limit: str
) -> list[str]:
    """The statements that make the picture. Many small files of a day are merged below the run's staging for it."""
    statements = session_settings(memory_limit, run.staging / "spill")
    statements += [f"create schema if not exists {schema}" for schema in SCHEMAS]
    statements.append("create table run.days (day date, staging varchar)")
    statements += insert_rows("run.days", [(day, run.staging / day.isoformat()) for day in run.days])
    built = {model.name for model in run.models}
    for model in run.models:
        source = contracts.sources[model.source[1]]
        statements += _bronze_views(source, lake.bronze(source.source, source.name), run, published)
        statements.append(_waiting_rows(model, lake.table("quarantine", model.quarantine), run.days, published))
        statements.append(_history_view("published", model, lake.table("silver", model.name), run, published))
        for key in model.foreign_keys:
            if key.layer == "silver" and key.table not in built:
                parent = contracts.silver[key.table]
                statements.append(_history_view("silver", parent, lake.table("silver", parent.name), run, published))
            if key.layer == "dims":
                statements.append(_snapshot_view(lake.table("dims", key.table), run.days, published))
    return statements


def _view(name: str, types: dict[str, str], parts: Iterable[str]) -> str:
    return f"create or replace view {name} as {union_by_name(types, parts)}"


def _bronze_views(source: SourceTable, table: LakeTable, run: SilverRun, published: PublishedContent) -> list[str]:
    """Received rows of the run's days, through their manifests. Declared columns are there even if no file has them.
    One view per day beside the one of all days: which columns a row came with must not depend on the other days."""
    types = dict.fromkeys(source.columns, "text") | BRONZE_LINEAGE
    views, names = [], []
    for day in run.days:
        alike: dict[tuple[object, ...], list[FileEntry]] = {}
        for entry in published.manifests(table)[day].files:
            if entry.path.endswith(".parquet"):
                alike.setdefault(tuple((entry.landed or {})["columns"].items()), []).append(entry)
        parts = []
        for number, entries in enumerate(alike.values()):
            files = _few_files(table.day_folder(day), entries, run.staged(f"{source.name}_{number}", day))
            rows = parquet_files(files, alike=True)
            parts.append(f"select {RECEIVED_AS_TEXT}, date '{day}' as ingest_dt from {rows}")
        names.append(f'bronze."{source.name}@{day}"')
        views.append(_view(names[-1], types, parts))
    return [*views, _view(f"bronze.{source.name}", types, [f"select * from {name}" for name in names])]


def _few_files(folder: Path, entries: Sequence[FileEntry], merged: Path) -> list[Path]:
    """The files of the entries, which have the same columns; many small ones as one, with their rows in order: DuckDB
    takes milliseconds to open each, and computes by vectors that small files leave empty."""
    import polars as pl

    files = [folder / entry.path for entry in entries]
    kinds = {kind.split("(")[0] for kind in (entries[0].landed or {})["columns"].values()}
    if len(files) < MANY_FILES or sum(entry.rows for entry in entries) > SMALL_FILE * len(files) or kinds - PLAIN_TYPES:
        return files
    pl.scan_parquet(files, hive_partitioning=False).sink_parquet(merged, compression="uncompressed")
    return [merged]


def _waiting_rows(model: SilverModel, table: LakeTable, days: Sequence[date], published: PublishedContent) -> str:
    """Quarantined rows of other, earlier days that only lack a parent."""
    holding = {
        day: manifest
        for day, manifest in published.manifests(table).items()
        if day < max(days) and day not in days and manifest.details.get("waiting")
    }
    parts = [
        f"select * exclude (_reasons, _waiting) from ({rows}) where _waiting" for rows in published_rows(table, holding)
    ]
    return _view(f"waiting.{model.name}", model.stored_types | {"_row": "text", "ingest_dt": "date"}, parts)


def _history_view(
    schema: str, model: SilverModel, table: LakeTable, run: SilverRun, published: PublishedContent
) -> str:
    """Published days of a silver table up to the run's newest, without those that the run computes itself."""
    computed = run.days if model in run.models else ()
    manifests = {
        day: manifest
        for day, manifest in published.manifests(table).items()
        if day <= max(run.days) and day not in computed
    }
    columns = model.stored_types | {"ingest_dt": "date"}
    return _view(f"{schema}.{model.name}", columns, published_rows(table, manifests))


def _snapshot_view(table: LakeTable, days: Sequence[date], published: PublishedContent) -> str:
    """Keys of the newest snapshot among the run's days, with the first day each was known: right for all of them."""
    snapshot = max(day for day in days if day in published.manifests(table))
    return (
        f"create or replace view dims.{table.name} as select *, first_ingest_dt as ingest_dt"
        f" from {parquet_files([table.data(snapshot)])}"
    )
