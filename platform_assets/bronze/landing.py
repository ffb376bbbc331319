"""Landing a day: the files of a drop become immutable bronze files and one manifest.

Here: computing, judging and publishing bronze days, without Dagster. Not here: which files count (ingest/drops.py).
"""

import os
import shutil
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_assets.bronze.volume import volume_check
from platform_assets.contracts import SourceTable
from platform_assets.gates import Check, DayVerdict, share_seconds
from platform_assets.ingest.deliveries import LandedFile
from platform_assets.ingest.drops import DayDrop, find_drops
from platform_assets.ingest.readers import UnreadableFileError, private_copy, read_file, records_sha256
from platform_assets.lake import FileEntry, Lake, LakeTable, Manifest, failpoint, file_sha256, replace_file
from platform_assets.lake.manifests import hash_of
from platform_assets.settings import Settings

if TYPE_CHECKING:
    import duckdb

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
FAMILIES = {
    "text": ("VARCHAR",),
    "integer": NUMBERS,
    "double": NUMBERS,
    "decimal": NUMBERS,
    "boolean": ("BOOLEAN",),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
}


class _Worker(threading.local):
    """Each reading thread's own DuckDB, one core each: files are read side by side instead."""

    @cached_property
    def connection(self) -> "duckdb.DuckDBPyConnection":
        import duckdb

        return duckdb.connect(config={"threads": 1})


_worker = _Worker()


@dataclass
class LandedDay:
    """A day being landed: active files, new files waiting in staging, and what was wrong."""

    entries: list[FileEntry] = field(default_factory=list)
    staged: dict[str, Path] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def land_days(
    settings: Settings, lake: Lake, table: SourceTable, days: Sequence[date], run_id: str
) -> tuple[list[DayVerdict], list[str]]:
    """Land `days` of a table in order; the verdict of each, and landing folders that were ignored."""
    bronze = lake.bronze(table.source, table.name)
    published = bronze.recorded_days()
    drops, ignored = find_drops(table, settings.landing, settings.start_date, days, published)
    received = {day: manifest.rows for day, manifest in published.items()}
    verdicts, started = [], time.monotonic()
    with lake.staged(run_id, "bronze", table.name) as staging, ThreadPoolExecutor(os.cpu_count()) as workers:
        for day in days:
            damaged = bronze.corrupt_files(day) if day in published else []
            landed = _read_drop(table, drops[day], damaged, staging / day.isoformat(), workers)
            verdict = _judge(table, day, landed, received)
            verdict.refuse_if_failed(settings.strict, _why(landed, verdict))
            if not verdict.refused:
                _publish(lake, table, landed, drops[day], verdict, run_id, workers)
                received[day] = verdict.rows
            shutil.rmtree(staging / day.isoformat(), ignore_errors=True)
            verdicts.append(verdict)
    share_seconds(verdicts, time.monotonic() - started)
    return verdicts, ignored


def _read_drop(
    table: SourceTable, drop: DayDrop, damaged: Sequence[str], staging: Path, workers: ThreadPoolExecutor
) -> LandedDay:
    """Read the files of a drop that are not known yet, several at a time; hold all of them against their manifest.

    Bronze files that are `damaged` are made again from what landed, as long as it is still there.
    """
    sound = [entry for entry in drop.kept if entry.path not in damaged]
    landed = LandedDay(entries=sound, problems=list(drop.problems))
    known = {(entry.landed or {})["sha256"]: entry for entry in sound}
    new = [file for file in drop.files if file.sha256 not in known]
    folders = [staging / f"{number:05d}" for number in range(len(new))]
    results = list(workers.map(lambda file, folder: _read_new(table, file, folder), new, folders))
    hashes = {file.name: file.sha256 for file in drop.files}
    for file, result in zip(new, results, strict=True):
        hashes[file.name] = result and result[0]
        if result and result[0] not in known:
            sha256, entry, staged = result
            known[sha256] = entry
            landed.entries.append(entry)
            landed.staged[entry.path] = staged
    for file in drop.files:
        sha = hashes[file.name]
        if sha is None:
            landed.problems.append(f"{file.name}: cannot be opened")
            continue
        _verify(file, known[sha], sha, landed)
        _add_path(landed, known, sha, file)
    for entry in drop.kept:
        if entry.path in damaged and (entry.landed or {})["sha256"] not in known:
            landed.entries.append(entry)
            landed.problems.append(f"{entry.path} in bronze is damaged, and what it was read from is gone")
    return landed


def _read_new(table: SourceTable, file: LandedFile, folder: Path) -> tuple[str, FileEntry, Path] | None:
    """Read a private copy of a file into staging. One that cannot be read is kept as it is, with its error; None when
    there is nothing to copy (any more)."""
    try:
        copy, sha256 = private_copy(file, folder)
    except (FileNotFoundError, PermissionError):
        return None
    error, rows, unparsable, columns = None, 0, 0, {}
    out = folder / f"{sha256[:32]}.parquet"
    try:
        read = read_file(_worker.connection, table, file, copy, sha256, out)
        rows, unparsable, columns = read.rows, read.unparsable, read.columns
    except UnreadableFileError as unreadable:
        error = str(unreadable)
        out = copy.rename(folder / f"{sha256[:32]}.unreadable")
    stated_otherwise = file.expected_sha256 not in (None, sha256) and file.format == "parquet" and not error
    facts: dict[str, Any] = {
        "paths": [],
        "sha256": sha256,
        "format": file.format,
        "unparsable": unparsable,
        "columns": columns,
        "records_sha256": records_sha256(copy) if stated_otherwise else None,
        "error": error,
    }
    return sha256, FileEntry(out.name, rows, out.stat().st_size, file_sha256(out), facts), out


def _verify(file: LandedFile, entry: FileEntry, sha256: str, landed: LandedDay) -> None:
    """Hold the file against what its producer stated."""
    facts = entry.landed or {}
    if facts["error"]:
        landed.problems.append(f"{file.name}: {facts['error']}")
    if file.expected_sha256 not in (None, sha256, facts["records_sha256"]):
        landed.problems.append(
            f"{file.name}: sha256 is {sha256[:12]}…, its manifest says {str(file.expected_sha256)[:12]}…"
        )
    if file.expected_rows is not None and file.expected_rows != entry.rows:
        landed.problems.append(f"{file.name}: {entry.rows} rows, its manifest says {file.expected_rows}")


def _add_path(landed: LandedDay, known: dict[str, FileEntry], sha256: str, file: LandedFile) -> None:
    entry = known[sha256]
    facts = dict(entry.landed or {})
    facts["paths"] = sorted({*facts["paths"], file.name})
    if file.expected_sha256 and file.expected_sha256 != sha256:
        facts["claimed_sha256"] = file.expected_sha256
    known[sha256] = replace(entry, landed=facts)
    landed.entries[landed.entries.index(entry)] = known[sha256]


def _judge(table: SourceTable, day: date, landed: LandedDay, received: dict[date, int]) -> DayVerdict:
    rows = sum(entry.rows for entry in landed.entries)
    unparsable = sum((entry.landed or {})["unparsable"] for entry in landed.entries)
    missing, retyped, added = _drift(table, landed.entries)
    shape = Check(
        passed=not missing and not retyped,
        numbers={"missing_columns": len(missing), "retyped_columns": len(retyped), "new_columns": len(added)},
        notes={"drift": "; ".join(sorted({*missing, *retyped, *added})) or "none"},
    )
    reconciliation = Check.of_problems(landed.problems, files=len(landed.entries), rows=rows, unparsable=unparsable)
    checks = {"shape": shape, "reconciliation": reconciliation}
    if table.volume:
        checks["rules"] = volume_check(table.volume, day, rows, received)
    return DayVerdict(day, rows, checks, {"files": len(landed.entries), "unparsable": unparsable})


def _why(landed: LandedDay, verdict: DayVerdict) -> str:
    """Why a day with failed checks is refused, in words."""
    shape = verdict.checks["shape"]
    drift = [] if shape.passed else [f"failed shape: {shape.notes['drift']}"]
    return "; ".join(landed.problems[:5] + drift)


def _drift(table: SourceTable, entries: list[FileEntry]) -> tuple[set[str], set[str], set[str]]:
    """Missing, retyped and new columns, in words. Text formats have no types to drift."""
    missing, retyped, added = set(), set(), set()
    for entry in entries:
        facts = entry.landed or {}
        columns = {name.lower(): kind for name, kind in facts["columns"].items()}
        if facts["error"] or not (columns or entry.rows):
            continue
        if entry.rows > facts["unparsable"]:
            missing |= {
                f"missing {name}" for name in table.columns if name not in columns and name not in table.optional
            }
        added |= {f"new {name}" for name in columns if name not in table.columns}
        for name, declared in table.columns.items():
            kind = columns.get(name, "").split("(")[0]
            if facts["format"] == "parquet" and kind and kind not in (*FAMILIES[declared], '"NULL"'):
                retyped.add(f"{name} is {kind}, declared {declared}")
    return missing, retyped, added


def _publish(
    lake: Lake, table: SourceTable, landed: LandedDay, drop: DayDrop, verdict: DayVerdict, run_id: str,
    workers: ThreadPoolExecutor,
) -> None:  # fmt: skip
    bronze, day = lake.bronze(table.source, table.name), verdict.day
    entries = tuple(sorted(landed.entries, key=lambda entry: entry.path))
    active = {entry.path for entry in entries}
    manifest = Manifest(
        table=bronze.key,
        partition=day.isoformat(),
        rows=verdict.rows,
        files=entries,
        superseded=tuple(entry for entry in drop.superseded if entry.path not in active),
        content_hash=hash_of([entry.sha256 for entry in entries]),
        batch_hash="",
        inputs={},
        contract_version=table.version,
        failed_checks=tuple(verdict.failed),
        details={"problems": landed.problems, "unparsable": int(verdict.numbers["unparsable"])},
    )
    list(workers.map(lambda name: _publish_file(bronze, day, name, landed.staged[name]), landed.staged))
    lake.publish(day, [(bronze, None, manifest)], run_id)
    verdict.notes["path"] = bronze.day_folder(day)


def _publish_file(bronze: LakeTable, day: date, name: str, staged: Path) -> None:
    failpoint(f"{bronze.key}:before-data")
    replace_file(staged, bronze.day_folder(day) / name)
    failpoint(f"{bronze.key}:after-data")
