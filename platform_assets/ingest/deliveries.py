"""Deliveries: what one folder of the landing zone holds now, as its producer manifest states it.

Here: producer manifests, and which files belong to a folder. Everything found here is hostile input: paths stay inside
their folder, no statement is believed before it is understood. Not here: days (drops.py) and reading files (readers.py).
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from platform_assets.contracts import SourceTable
from platform_assets.lake import file_sha256

PRODUCER_MANIFEST = "_MANIFEST.json"
FORMATS = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".ndjson": "json", ".jsonl": "json"}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
LONGEST_QUOTE = 200  # of hostile text in a message


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
        return COMPRESSIONS.get(self.path.suffix.lower())

    @property
    def format(self) -> str | None:
        stem = Path(self.path.stem) if self.compression else self.path
        return FORMATS.get(stem.suffix.lower())

    @cached_property
    def sha256(self) -> str | None:
        """Of the landed bytes; None when they cannot be read."""
        try:
            return file_sha256(self.path)
        except OSError:
            return None


@dataclass
class Delivery:
    """One folder as it is now; `listed` when a usable producer manifest says what belongs to it.

    `absent` are the listed files that are not there, with their stated hashes: read earlier, or a problem.
    """

    manifest: str
    files: list[LandedFile] = field(default_factory=list)
    absent: dict[str, str | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    listed: bool = False

    @property
    def is_nothing(self) -> bool:
        """An emptied folder says nothing about its day."""
        return not (self.files or self.problems or self.listed)

    def add_problem(self, problem: str) -> None:
        self.problems.append(f"{self.manifest}: {problem}")


def name_below(landing: Path, path: Path) -> str:
    """A path as text that can be stored anywhere: bytes that are not UTF-8 are written as \\xNN."""
    return os.fsencode(path.relative_to(landing)).decode(errors="backslashreplace")


def is_data(path: Path) -> bool:
    return _is_visible_file(path) and LandedFile(path, "").format is not None


def _is_visible_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith((".", "_"))


def read_delivery(table: SourceTable, landing: Path, folder: Path) -> Delivery:
    """The files a folder's manifest lists; without a usable manifest, the data files found in it."""
    path = folder / PRODUCER_MANIFEST
    delivery = Delivery(name_below(landing, path))
    if not path.is_file():
        _add_all(landing, folder, delivery)
        if table.landing.manifest_required and not delivery.is_nothing:
            delivery.add_problem("is missing, counts and hashes cannot be verified")
        return delivery
    listed = _manifest_at(path)
    if listed is None:
        delivery.add_problem("is not a producer manifest, all files are read unverified")
        _add_all(landing, folder, delivery)
        return delivery
    delivery.listed = True
    for entry in listed["files"]:
        _add_listed(table, landing, folder, entry, delivery)
    for problem in _contradictions(table, folder, listed):
        delivery.add_problem(problem)
    return delivery


def _manifest_at(path: Path) -> dict[str, Any] | None:
    """The manifest if it has the shape of one: an object whose `files` are objects with a path."""
    try:
        listed = json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError):
        return None
    files = listed.get("files") if isinstance(listed, dict) else None
    if not isinstance(files, list):
        return None
    usable = all(isinstance(entry, dict) and isinstance(entry.get("path"), str) for entry in files)
    return listed if usable else None


def _add_all(landing: Path, folder: Path, delivery: Delivery) -> None:
    for path in sorted(_found(folder)):
        file = _file_at(landing, folder, path)
        if isinstance(file, LandedFile):
            delivery.files.append(file)
        else:
            delivery.problems.append(f"{name_below(landing, path)}: {file}")


def _found(folder: Path) -> Iterator[Path]:
    """Files of a drop folder with its sub-folders, of the table's own folder without them; hidden ones are not ready."""
    for path in folder.rglob("*") if "=" in folder.name else folder.iterdir():
        hidden = any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        if not hidden and _is_visible_file(path):
            yield path


def _add_listed(table: SourceTable, landing: Path, folder: Path, entry: dict[str, Any], delivery: Delivery) -> None:
    name, rows, checksum = entry["path"], entry.get("rows"), entry.get("checksum")
    required = table.landing.manifest_required
    if not is_count(rows) and (required or rows is not None):
        delivery.add_problem(f"the rows of {_quote(name)} are {_quote(rows)}, not a count")
    if not isinstance(checksum, str) and (required or checksum is not None):
        delivery.add_problem(f"the checksum of {_quote(name)} is {_quote(checksum)}, not a sha256")
    stated = checksum.lower() if isinstance(checksum, str) else None
    file = _file_at(landing, folder, landing / name, rows if is_count(rows) else None, stated)
    if isinstance(file, str):
        delivery.add_problem(f"{_quote(name)} {file}")
    elif not file.path.is_file():
        delivery.absent[file.name] = stated
    elif file.name in {other.name for other in delivery.files}:
        delivery.add_problem(f"{_quote(name)} is listed twice")
    else:
        delivery.files.append(file)


def _file_at(
    landing: Path, folder: Path, path: Path, rows: int | None = None, checksum: str | None = None
) -> LandedFile | str:
    """The file, there or not, or why it is refused. Symlinks are followed before the path is judged."""
    try:
        target, root = path.resolve(), landing.resolve()
        if not target.is_relative_to(folder.resolve()) or not target.is_relative_to(root):
            return "is outside its folder: refused"
        target.is_file()
    except (OSError, ValueError, RuntimeError):  # NUL bytes, endless names, loops of links
        return "is not a usable path"
    key, _, value = folder.name.partition("=")
    file = LandedFile(target, name_below(root, target), key if value else None, _folder_value(value), rows, checksum)
    return file if file.format else f"has no known format ({', '.join(FORMATS)})"


def _folder_value(text: str) -> str | None:
    """The value in a folder's name, written as Hive writes it: percent-encoded, and with a word for no value."""
    if text in ("", NO_VALUE):
        return None
    return unquote(os.fsencode(text).decode(errors="backslashreplace"))


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _contradictions(table: SourceTable, folder: Path, listed: dict[str, Any]) -> Iterable[str]:
    if listed.get("table") not in (None, table.name):
        yield f"it is for the table {_quote(listed['table'])}"
    if "=" in folder.name and listed.get("partition") not in (None, folder.name):
        yield f"it is for the partition {_quote(listed['partition'])}"
    stated, total = [entry.get("rows") for entry in listed["files"]], listed.get("total_rows")
    if total is not None and not is_count(total):
        yield f"total_rows is {_quote(total)}, not a count"
    elif total is not None and all(is_count(rows) for rows in stated) and total != sum(stated):
        yield f"total_rows is {total}, its files add up to {sum(stated)}"


def _quote(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"
