"""Manifests: what a published day partition holds, what it was made from, and whether its gates passed.

Here: the record, its JSON form, and reading each only once in a process. Not here: when a manifest is written
(`tables.py`).
Clocks and run ids live in manifests only, so that data files are the same bytes on every run.
"""

import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from platform_assets.lake.files import file_sha256

# A file is remembered when its last change is this old (ns): another within one tick of the clock may look the same.
SETTLED = 2_000_000_000


@dataclass(frozen=True)
class FileEntry:
    """One data file of a partition. `landed` describes the file it was read from (bronze only)."""

    path: str
    rows: int
    bytes: int
    sha256: str
    landed: dict[str, Any] | None = None


@dataclass(frozen=True)
class Manifest:
    """One published day of one table.

    `content_hash` identifies what readers see; `batch_hash` is shared by the tables that one computation published
    together (a silver table and its quarantine); `inputs` maps an input to the content it was computed from.
    """

    table: str
    partition: str
    rows: int
    files: tuple[FileEntry, ...]
    content_hash: str
    batch_hash: str
    inputs: dict[str, str]
    schema: dict[str, str] = field(default_factory=dict)
    contract_version: str = ""
    failed_checks: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    superseded: tuple[FileEntry, ...] = ()
    run_id: str = ""
    created_at: str = ""

    @property
    def publication(self) -> tuple[str, ...]:
        """Tells two publications of a day apart, also when the later one brought the same content back."""
        return self.content_hash, self.run_id, self.created_at

    @property
    def declared(self) -> tuple[object, ...]:
        """What its files' columns follow from: days of one table that say the same here have the same columns."""
        return self.contract_version, *self.schema.items()

    def to_json(self) -> bytes:
        """Readable JSON, keys in a fixed order."""
        return (json.dumps(asdict(self), indent=1, sort_keys=True, default=str) + "\n").encode()

    @classmethod
    def of_file(
        cls, table: str, day: date, staged: Path, rows: int, inputs: dict[str, str], **facts: Any
    ) -> "Manifest":
        """The manifest of a partition that is one file, from its staged copy."""
        content = file_sha256(staged)
        file = FileEntry("data.parquet", rows, staged.stat().st_size, content)
        facts.setdefault("batch_hash", content)
        return cls(table, day.isoformat(), rows, (file,), content, inputs=inputs, **facts)

    def says_the_same_as(self, other: "Manifest") -> bool:
        """Equal but for who published it when."""
        return replace(self, run_id="", created_at="") == replace(other, run_id="", created_at="")

    def stamped(self, run_id: str) -> "Manifest":
        """The manifest with its run and the time of publishing."""
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        return replace(self, run_id=run_id, created_at=now)

    @classmethod
    def load(cls, path: str) -> "Manifest | None":
        """The manifest at `path`, or None when there is none or it is not one: such a partition counts as missing.

        A file is read once in the life of the process, unless it was replaced since.
        """
        try:
            found = os.stat(path)
            identity = (found.st_ino, found.st_size, found.st_ctime_ns)
            if path in _LOADED and _LOADED[path][0] == identity:
                return _LOADED[path][1]
            manifest = cls._read(path)
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return None
        if time.time_ns() - found.st_ctime_ns > SETTLED:
            _LOADED[path] = identity, manifest
        return manifest

    @classmethod
    def _read(cls, path: str) -> "Manifest":
        with open(path, "rb") as file:
            record = json.loads(file.read())
        for name in ("files", "superseded"):
            record[name] = tuple(FileEntry(**entry) for entry in record[name])
        record["failed_checks"] = tuple(record["failed_checks"])
        return cls(**{name: record[name] for name in _FIELDS if name in record})  # other versions may write more


_FIELDS = [field.name for field in fields(Manifest)]
_LOADED: dict[str, tuple[tuple[int, int, int], Manifest]] = {}


def hash_of(parts: list[str]) -> str:
    """One hash for a list of texts, in order."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
