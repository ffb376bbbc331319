"""Drops: which files of the landing zone count for which ingest day.

Here: folder dates, superseding, first deliveries and late ones. Everything found here is hostile input: names are
never pasted anywhere. Not here: what a folder holds (deliveries.py) or reading its files (readers.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from platform_assets.contracts import SourceTable
from platform_assets.ingest.deliveries import (
    PRODUCER_MANIFEST,
    Delivery,
    LandedFile,
    is_data,
    name_below,
    read_delivery,
)
from platform_assets.lake import FileEntry, Manifest
from platform_assets.partitions import parse_day


@dataclass
class DayDrop:
    """What counts for one day: files to read, entries of earlier deliveries that stay, what was wrong.

    `stated`: a producer manifest says what belongs to the day, be it nothing. `judged`: paths whose problems are known
    anew; what earlier runs said of other paths still holds.
    """

    files: list[LandedFile] = field(default_factory=list)
    kept: list[FileEntry] = field(default_factory=list)
    superseded: list[FileEntry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    stated: bool = False
    judged: set[str] = field(default_factory=set)

    def add(self, files: Iterable[LandedFile], delivery: Delivery) -> None:
        """Some files of a delivery, and all that was wrong with it."""
        added = list(files)
        self.files += added
        self.problems += delivery.problems
        self.judged |= {file.name for file in added} | ({delivery.manifest} if not delivery.is_nothing else set())


def find_drops(
    table: SourceTable, landing: Path, start: date, days: Iterable[date], bronze: Mapping[date, Manifest]
) -> tuple[dict[date, DayDrop], list[str]]:
    """For each of `days` what counts for it, and folders that were ignored, in words.

    `bronze` holds the published bronze manifests of the table: a file keeps the day it was once given.
    """
    drops = {day: DayDrop() for day in days}
    given = GivenDays(bronze)
    ignored: list[str] = []
    for folder, key, day in dated_folders(table, landing, start):
        if day is None:
            known = " or ".join(f"{name}=<value>" for name in ("ingest_dt", table.landing.folder) if name)
            ignored.append(f"{name_below(landing, folder)}: not {known}, or a link that leads elsewhere")
        elif key != "ingest_dt" or day in drops:
            delivery = read_delivery(table, landing, folder)
            given.excuse_absent_files(delivery)
            if key == "ingest_dt":
                _add_dated(table, drops[day], delivery, bronze.get(day))
            else:
                _add_undated(delivery, drops, given, day, newest=max([day, *drops, *bronze]))
    for day, drop in drops.items():
        _keep_earlier(drop, bronze.get(day))
        if not (drop.files or drop.kept or drop.problems or drop.stated or table.landing.empty_days_allowed):
            drop.problems.append(f"{table.name} has no drop for {day}")
    return drops, ignored


class GivenDays:
    """The days that landed files were given earlier, as recorded in bronze manifests."""

    def __init__(self, bronze: Mapping[date, Manifest]) -> None:
        self.days: dict[tuple[str, str | None], date] = {}
        self.folders: set[str] = set()
        for day, manifest in bronze.items():
            for entry in (*manifest.files, *manifest.superseded):
                landed = entry.landed or {}
                for copy in landed.get("paths", []):
                    self.folders.add(str(Path(copy).parent))
                    for claim in (landed["sha256"], landed.get("claimed_sha256"), None):
                        self.days[copy, claim] = day

    def day_of(self, file: LandedFile, first: date, newest: date) -> date:
        """A file already landed keeps its day; a folder's first files count for `first`, later ones for `newest`."""
        known = self.days.get((file.name, file.expected_sha256 or file.sha256))
        if known:
            return known
        return newest if str(Path(file.name).parent) in self.folders else first

    def excuse_absent_files(self, delivery: Delivery) -> None:
        """A listed file that is gone from the landing zone is a problem, unless it was read while it was there."""
        for name, stated in delivery.absent.items():
            if (name, stated) not in self.days:
                delivery.add_problem(f"{name!r} is listed but not there")


def dated_folders(table: SourceTable, landing: Path, start: date) -> Iterator[tuple[Path, str, date | None]]:
    """Drop folders of a table in order, with the key in their name and the day their first delivery counts for.

    The table's own folder counts as one, without a key, when files lie in it directly.
    """
    root = landing / table.name
    if not root.is_dir():
        return
    found = sorted(root.iterdir())
    inner = [path for path in found if path.is_dir() and not path.name.startswith((".", "_"))]
    for folder in [root, *inner] if any(is_data(path) for path in found) else inner:
        key, _, value = folder.name.partition("=") if folder != root else ("", "", "")
        unnamed = folder != root and not (key and "=" in folder.name)
        elsewhere = folder.resolve() != landing.resolve() / folder.relative_to(landing)
        yield folder, key, None if unnamed or elsewhere else _folder_day(table, key, value, start)


def _folder_day(table: SourceTable, key: str, value: str, start: date) -> date | None:
    """The day a folder's first delivery counts for; None when the folder is not one of this table's."""
    try:
        if key == "ingest_dt":
            return parse_day(value)
        if key not in ("", table.landing.folder):
            return None
        if key and table.landing.first_delivery == "folder_date":
            return max(parse_day(value), start)
    except ValueError:
        return None
    return start


def _add_dated(table: SourceTable, drop: DayDrop, delivery: Delivery, published: Manifest | None) -> None:
    drop.add(delivery.files, delivery)
    drop.stated |= delivery.listed
    if table.landing.delivery == "replace" and published:
        delivered = {file.sha256 for file in delivery.files}  # by content: corrections reuse file names
        drop.superseded += [
            entry
            for entry in published.files
            if _landed(entry)["sha256"] not in delivered and _replaces(delivery, set(_landed(entry)["paths"]))
        ]


def _replaces(delivery: Delivery, paths: set[str]) -> bool:
    """Whether a delivery leaves out on purpose what was read from `paths`.

    A manifest replaces all it does not list; without one, only a file of the same name is known to be replaced.
    """
    return not paths & set(delivery.absent) if delivery.listed else bool(paths & {file.name for file in delivery.files})


def _add_undated(delivery: Delivery, drops: dict[date, DayDrop], given: GivenDays, first: date, newest: date) -> None:
    files: dict[date, list[LandedFile]] = {}
    for file in delivery.files:
        files.setdefault(given.day_of(file, first, newest), []).append(file)
    for day, some in (files or {first: []}).items():
        if day in drops:
            drops[day].add(some, delivery)


def _keep_earlier(drop: DayDrop, published: Manifest | None) -> None:
    """Files that were read earlier and are not superseded stay, whether or not they are still in the landing zone.

    So do the problems they had: a landing zone that was cleaned up does not make them right.
    """
    if not published:
        return
    delivered = {file.sha256 for file in drop.files}
    returned = [entry for entry in published.superseded if _landed(entry)["sha256"] in delivered]
    gone = {entry.path for entry in drop.superseded}
    drop.superseded += [entry for entry in published.superseded if entry not in returned]
    drop.kept = [*(entry for entry in published.files if entry.path not in gone), *returned]
    paths = {path for entry in drop.kept for path in _landed(entry)["paths"]}
    manifests = {str(Path(path).parent / PRODUCER_MANIFEST) for path in paths}
    unjudged = tuple(f"{path}: " for path in (paths | manifests) - drop.judged)
    drop.problems += [problem for problem in published.details.get("problems", []) if problem.startswith(unjudged)]


def _landed(entry: FileEntry) -> Mapping[str, Any]:
    """Of a bronze entry: where it was read from."""
    return entry.landed or {"sha256": None, "paths": []}


def landed_days(tables: Iterable[SourceTable], landing: Path, start: date) -> set[date]:
    """Ingest days that the folders of the landing zone name."""
    return {day for table in tables for _, _, day in dated_folders(table, landing, start) if day}
