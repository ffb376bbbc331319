"""Arrivals: which days of bronze must take in something that has landed.

Here: the state of drop folders, the cursor that remembers those already looked at, and the comparison of what counts
for a day with what bronze holds. Not here: which file counts for which day (ingest/drops.py), requests (sensors.py).
The landing zone is hostile input: links are not followed, and names are quoted wherever people read them.
"""

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from platform_assets.contracts import SourceTable
from platform_assets.ingest.deliveries import PRODUCER_MANIFEST, name_below
from platform_assets.ingest.drops import DayDrop, GivenDays, dated_folders, find_drops
from platform_assets.lake import FileEntry, Manifest
from platform_assets.settings import Settings

SETTLE_SECONDS = 60  # a file that changed within this time may still be written
READING_SECONDS = 600  # between reading a day's files and publishing it

Seen = dict[str, dict[str, str]]  # {table: {folder: state}}


@dataclass(frozen=True)
class Folder:
    """A drop folder as it is now. `day` is None for one that is none of the table's; `waits` says why it is not ready.

    `state` changes when a file in it does, and did last at `changed` (seconds since 1970); `bytes` is their size.
    """

    table: SourceTable
    path: Path
    key: str
    day: date | None
    state: str = ""
    changed: float = 0
    bytes: int = 0
    waits: str | None = None

    @property
    def label(self) -> str:
        """For people: quoted, since anybody can name a folder."""
        return f"{self.table.name}/{self.path.name!r}" if self.key else f"{self.table.name!r}"


def landed_folders(table: SourceTable, landing: Path, start: date, now: float) -> Iterator[Folder]:
    """The drop folders of a table, by one walk that opens no file; empty ones say nothing and are left out.

    `now` is in seconds since 1970.
    """
    for path, key, day in dated_folders(table, landing, start):
        if day is None:
            yield Folder(table, path, path.name, None)
            continue
        found = dict(_files(path, with_folders=bool(key)))
        if not found:
            continue
        lines = [f"{name} {i.st_size} {i.st_mtime_ns} {i.st_ctime_ns}" for name, i in sorted(found.items())]
        state = hashlib.sha256(os.fsencode("\n".join(lines))).hexdigest()[:8]
        waits = None
        if table.landing.manifest_required and PRODUCER_MANIFEST not in found:
            waits = f"has no {PRODUCER_MANIFEST} yet"
        elif any(abs(now - info.st_mtime) < SETTLE_SECONDS for info in found.values()):
            waits = f"changed within the last {SETTLE_SECONDS} s"
        changed = max(info.st_ctime for info in found.values())
        yield Folder(table, path, key, day, state, changed, sum(info.st_size for info in found.values()), waits)


def _files(folder: Path, with_folders: bool) -> Iterator[tuple[str, os.stat_result]]:
    """Files of a drop folder by their name below it; hidden ones are not ready."""
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if with_folders and not name.startswith((".", "_"))]
        for name in files:
            path = os.path.join(root, name)
            below = os.path.relpath(path, folder)
            if below == PRODUCER_MANIFEST or not name.startswith((".", "_")):
                try:
                    yield below, os.lstat(path)
                except FileNotFoundError:  # renamed while we walked: the next walk finds it
                    continue


def days_to_land(
    settings: Settings, folders: Sequence[Folder], bronze: Mapping[date, Manifest]
) -> dict[date, list[Folder]]:
    """Days of one table that bronze would take in differently now, each with those of `folders` that may be why.

    A day that has problems is looked at again when a folder of it changed since, or not long before: it may have
    while it was read. `bronze` holds the table's published manifests. Reads and hashes the files of published days.
    """
    table, given = folders[0].table, _days_by_folder(GivenDays(bronze))
    newest = max([*(folder.day for folder in folders if folder.day), *bronze])
    candidates: dict[date, list[Folder]] = {}
    for folder in folders:
        days = {folder.day}
        if folder.key != "ingest_dt":  # its files may have been given other days, and late ones count for the newest
            name = name_below(settings.landing, folder.path)
            days |= {newest, *given.get(name if folder.key else f"{name}/", ())}
        for day in filter(None, days):
            candidates.setdefault(day, []).append(folder)
    drops, _ = find_drops(table, settings.landing, settings.start_date, sorted(candidates), bronze)
    return {day: reasons for day, reasons in candidates.items() if _is_due(drops[day], bronze.get(day), reasons)}


def _days_by_folder(given: GivenDays) -> dict[str, set[date]]:
    """The days for which files below a folder were landed; of a name that ends in "/", files directly in it."""
    days: dict[str, set[date]] = {}
    for (file, _), day in given.days.items():
        folders = [str(folder) for folder in PurePosixPath(file).parents]
        for folder in (f"{folders[0]}/", *folders):
            days.setdefault(folder, set()).add(day)
    return days


def _is_due(drop: DayDrop, published: Manifest | None, folders: Sequence[Folder]) -> bool:
    if published is None:
        return bool(drop.files or drop.stated or drop.problems)
    return _takes_in(drop, published) or (_has_problems(drop, published) and _changed_since(folders, published))


def _takes_in(drop: DayDrop, published: Manifest) -> bool:
    """Whether bronze would hold something else for the day."""
    known = {(facts.get("sha256"), path) for _, facts in _landed(published) for path in facts.get("paths", [])}
    superseded = {entry.path for entry in drop.superseded} != {entry.path for entry in published.superseded}
    return superseded or any((file.sha256, file.name) not in known for file in drop.files)


def _has_problems(drop: DayDrop, published: Manifest) -> bool:
    """Whether bronze found something wrong with the published day, or would find it now."""
    rows = {facts.get("sha256"): entry.rows for entry, facts in _landed(published)}
    of_records = {facts.get("sha256"): facts.get("records_sha256") for _, facts in _landed(published)}
    return (
        bool(drop.problems or published.details.get("problems"))
        or any(file.expected_sha256 not in (None, file.sha256, of_records.get(file.sha256)) for file in drop.files)
        or any(file.expected_rows not in (None, rows.get(file.sha256)) for file in drop.files)
    )


def _landed(published: Manifest) -> list[tuple[FileEntry, dict[str, Any]]]:
    return [(entry, entry.landed or {}) for entry in published.files]


def _changed_since(folders: Sequence[Folder], published: Manifest) -> bool:
    read = datetime.fromisoformat(published.created_at).timestamp() - READING_SECONDS
    return any(folder.changed > read for folder in folders)


def write_cursor(settings: Settings, seen: Seen) -> str:
    """The folders already looked at, packed: about ten bytes each, since Dagster keeps a copy with every tick."""
    text = json.dumps({"of": _deployment(settings), "seen": seen}, sort_keys=True)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def read_cursor(settings: Settings, cursor: str | None) -> Seen:
    """What `write_cursor` packed. Nothing for a cursor that is damaged or of other folders: all is looked at again."""
    try:
        record = json.loads(zlib.decompress(base64.b64decode(cursor or "", validate=True)))
        seen = record["seen"] if record["of"] == _deployment(settings) else {}
        return {str(table): {str(name): str(state) for name, state in of.items()} for table, of in seen.items()}
    except (ValueError, zlib.error, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _deployment(settings: Settings) -> str:
    """Another landing zone, lake or start date: nothing that was seen counts."""
    places = f"{settings.landing}\n{settings.lake}\n{settings.start_date}"
    return hashlib.sha256(os.fsencode(places)).hexdigest()[:8]
