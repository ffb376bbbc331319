"""Drops: which files of the landing zone count for which ingest day.

Here: folder dates, producer manifests and their superseding, first deliveries and late ones. Everything found here is
hostile input: paths stay inside their folder, names are never pasted anywhere. Not here: reading the files.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from platform_assets.contracts import SourceTable
from platform_assets.lake import FileEntry, Manifest, file_sha256
from platform_assets.partitions import parse_day

PRODUCER_MANIFEST = "_MANIFEST.json"
FORMATS = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".ndjson": "json", ".jsonl": "json"}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True)
class LandedFile:
    """One file of a drop. `name` is its path below the landing zone; expectations are the producer's, if stated."""

    path: Path
    name: str
    folder_key: str | None = None
    folder_value: str | None = None
    expected_rows: int | None = None
    expected_sha256: str | None = None

    @property
    def compression(self) -> str | None:
        return COMPRESSIONS.get(self.path.suffix)

    @property
    def format(self) -> str | None:
        stem = Path(self.path.stem) if self.compression else self.path
        return FORMATS.get(stem.suffix)


@dataclass
class DayDrop:
    """What counts for one day: files to read, entries of earlier deliveries that stay, what was wrong.

    `stated`: a producer manifest says what belongs to the day, be it nothing.
    """

    files: list[LandedFile] = field(default_factory=list)
    kept: list[FileEntry] = field(default_factory=list)
    superseded: list[FileEntry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    stated: bool = False


@dataclass
class Delivery:
    """One folder as it is now; `listed` when a usable producer manifest says what belongs to it."""

    files: list[LandedFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    listed: bool = False


def find_drops(
    table: SourceTable, landing: Path, start: date, days: Iterable[date], bronze: Mapping[date, Manifest]
) -> tuple[dict[date, DayDrop], list[str]]:
    """For each of `days` what counts for it, and folders that were ignored, in words.

    `bronze` holds the published bronze manifests of the table: a file keeps the day it was once given.
    """
    drops = {day: DayDrop() for day in days}
    given = GivenDays(bronze)
    ignored: list[str] = []
    for folder in _folders(landing / table.name):
        key, _, value = folder.name.partition("=")
        if folder == landing / table.name:
            key, value = "", ""
        day = _folder_day(table, key, value, start)
        if day is None:
            ignored.append(f"{folder.relative_to(landing)}: not ingest_dt=<day> nor {table.landing.folder}=…")
        elif key == "ingest_dt":
            if day in drops:
                _add_dated(table, drops[day], read_delivery(table, landing, folder), bronze.get(day))
        else:
            delivery = read_delivery(table, landing, folder)
            _add_undated(delivery, drops, given, day, newest=max([*drops, *bronze]))
    for day, drop in drops.items():
        _keep_earlier(drop, bronze.get(day))
        if not (drop.files or drop.kept or drop.problems or drop.stated or table.landing.empty_days_allowed):
            drop.problems.append(f"{table.name} has no drop for {day}")
    return drops, ignored


class GivenDays:
    """The days that landed files were given earlier, as recorded in bronze manifests."""

    def __init__(self, bronze: Mapping[date, Manifest]) -> None:
        self.days: dict[tuple[str, str], date] = {}
        self.folders: set[str] = set()
        for day, manifest in bronze.items():
            for entry in (*manifest.files, *manifest.superseded):
                landed = entry.landed or {}
                for copy in landed.get("paths", []):
                    self.folders.add(str(Path(copy).parent))
                    for claim in {landed["sha256"], landed.get("claimed_sha256")} - {None}:
                        self.days[copy, claim] = day

    def day_of(self, file: LandedFile, first: date, newest: date) -> date:
        """A file already landed keeps its day; a folder's first files count for `first`, later ones for `newest`."""
        known = self.days.get((file.name, file.expected_sha256 or file_sha256(file.path)))
        if known:
            return known
        return newest if str(Path(file.name).parent) in self.folders else first


def _folders(root: Path) -> list[Path]:
    """Drop folders of a table in order; the table's own folder counts as one when files lie in it directly."""
    if not root.is_dir():
        return []
    inner = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
    return [root, *inner] if any(_is_data(path) for path in root.iterdir()) else inner


def _is_data(path: Path) -> bool:
    return path.is_file() and not path.name.startswith((".", "_")) and LandedFile(path, "").format is not None


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
    drop.files += delivery.files
    drop.problems += delivery.problems
    drop.stated |= delivery.listed
    emptied = not delivery.files and not delivery.listed  # a cleaned-up landing zone says nothing about the day
    if table.landing.delivery == "replace" and published and not emptied:
        listed = {file_sha256(file.path) for file in delivery.files}  # by content: corrections reuse file names
        drop.superseded += [entry for entry in published.files if (entry.landed or {}).get("sha256") not in listed]


def _add_undated(delivery: Delivery, drops: dict[date, DayDrop], given: GivenDays, first: date, newest: date) -> None:
    days = set()
    for file in delivery.files:
        day = given.day_of(file, first, newest)
        days.add(day)
        if day in drops:
            drops[day].files.append(file)
    for day in days or {first}:
        if day in drops:
            drops[day].problems += delivery.problems


def _keep_earlier(drop: DayDrop, published: Manifest | None) -> None:
    """Files that were read earlier and are not superseded stay, whether or not they are still in the landing zone."""
    if published:
        drop.superseded += published.superseded
        gone = {entry.path for entry in drop.superseded}
        drop.kept = [entry for entry in published.files if entry.path not in gone]


def read_delivery(table: SourceTable, landing: Path, folder: Path) -> Delivery:
    """The files a folder's manifest lists; without a usable manifest, the data files found in it."""
    delivery = Delivery()
    path = folder / PRODUCER_MANIFEST
    if not path.is_file():
        if table.landing.manifest_required:
            delivery.problems.append(f"{path.relative_to(landing)} is missing: counts and hashes cannot be verified")
        return _all_files(landing, folder, delivery)
    try:
        listed = json.loads(path.read_bytes())
        entries = [(str(e["path"]), e.get("rows"), e.get("checksum")) for e in listed["files"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        delivery.problems.append(
            f"{path.relative_to(landing)} is not a producer manifest: all files are read unverified"
        )
        return _all_files(landing, folder, delivery)
    delivery.listed = True
    for name, rows, checksum in entries:
        file = _listed_file(landing, folder, name, rows, checksum)
        if isinstance(file, LandedFile):
            delivery.files.append(file)
        else:
            delivery.problems.append(f"{path.relative_to(landing)}: {file}")
    delivery.problems += [f"{path.relative_to(landing)}: {problem}" for problem in _contradictions(table, listed)]
    return delivery


def _all_files(landing: Path, folder: Path, delivery: Delivery) -> Delivery:
    nested = folder.rglob("*") if "=" in folder.name else folder.iterdir()
    for path in sorted(path for path in nested if _is_data(path)):
        file = _listed_file(landing, folder, str(path.relative_to(landing)), None, None)
        if isinstance(file, LandedFile):
            delivery.files.append(file)
        else:
            delivery.problems.append(file)
    return delivery


def _listed_file(landing: Path, folder: Path, name: str, rows: Any, checksum: Any) -> LandedFile | str:
    """The file of a manifest entry, or what is wrong with it. Symlinks are followed before the path is judged."""
    path = (landing / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        return f"{name!r} is outside its folder: refused"
    if not path.is_file():
        return f"{name!r} is listed but not there"
    key, _, value = folder.name.partition("=")
    file = LandedFile(
        path=path,
        name=str(path.relative_to(landing.resolve())),
        folder_key=key if value else None,
        folder_value=value or None,
        expected_rows=rows if isinstance(rows, int) else None,
        expected_sha256=checksum if isinstance(checksum, str) else None,
    )
    return file if file.format else f"{name!r} has no known format ({', '.join(FORMATS)})"


def _contradictions(table: SourceTable, listed: Mapping[str, Any]) -> list[str]:
    problems = []
    if listed.get("table") not in (None, table.name):
        problems.append(f"it is for the table {listed['table']!r}")
    stated = [entry.get("rows") for entry in listed["files"]]
    total = listed.get("total_rows")
    if isinstance(total, int) and all(isinstance(rows, int) for rows in stated) and total != sum(stated):
        problems.append(f"total_rows is {total}, its files add up to {sum(stated)}")
    return problems


def landed_days(tables: Iterable[SourceTable], landing: Path, start: date) -> set[date]:
    """Ingest days that the folders of the landing zone name."""
    days = set()
    for table in tables:
        for folder in _folders(landing / table.name):
            key, _, value = folder.name.partition("=") if folder != landing / table.name else ("", "", "")
            day = _folder_day(table, key, value, start)
            days |= {day} if day else set()
    return days
