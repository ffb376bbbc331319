"""Tables of the lake: where each day partition lives and how it is published.

Here: the folder layout and the order of steps of a publish. Not here: who computes a partition, or why.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from platform_assets.lake.files import failpoint, file_sha256, locked, remove_durably, replace_file, write_atomically
from platform_assets.lake.manifests import FileEntry, Manifest
from platform_assets.partitions import parse_day

DATA_FILE = "data.parquet"
MANIFEST_FILE = "_MANIFEST.json"


@dataclass(frozen=True)
class LakeTable:
    """One table: `<root>/<layer>/<name>/<partition column>=<day>/`, one data file a day (bronze: one a landed file)."""

    root: Path
    layer: str
    name: str

    @property
    def folder(self) -> Path:
        return self.root / self.layer / self.name

    @property
    def partition_column(self) -> str:
        return "snapshot_dt" if self.layer == "dims" else "ingest_dt"

    @property
    def key(self) -> str:
        return f"{self.layer}/{self.name}"

    def day_folder(self, day: date) -> Path:
        return Path(self._place(day))

    def _place(self, day: date) -> str:
        """The day's folder as text: steps look at every day of history, and joining paths cost more than looking."""
        return f"{self.root}/{self.layer}/{self.name}/{self.partition_column}={day.isoformat()}"

    def data(self, day: date) -> Path:
        return self.day_folder(day) / DATA_FILE

    def manifest(self, day: date) -> Manifest | None:
        """The published manifest, or None. A data file whose size differs from it means a crash in mid-publish."""
        manifest = self.recorded(day)
        if manifest is None or any(not self._is_whole(day, entry) for entry in manifest.files):
            return None
        return manifest

    def recorded(self, day: date) -> Manifest | None:
        """What was published for the day, whatever became of its files."""
        return Manifest.load(f"{self._place(day)}/{MANIFEST_FILE}")

    def recorded_days(self) -> dict[date, Manifest]:
        """What was published for each day, in order."""
        return {day: manifest for day in self.days() if (manifest := self.recorded(day))}

    def _is_whole(self, day: date, entry: FileEntry) -> bool:
        try:
            return os.stat(f"{self._place(day)}/{entry.path}").st_size == entry.bytes
        except (FileNotFoundError, NotADirectoryError):
            return False

    def days(self) -> list[date]:
        """Published days in order: those with a manifest."""
        prefix = f"{self.partition_column}="
        folder = str(self.folder)
        found = os.listdir(folder) if os.path.isdir(folder) else []
        with_manifest = (name for name in found if os.path.exists(f"{folder}/{name}/{MANIFEST_FILE}"))
        return sorted(parse_day(name.removeprefix(prefix)) for name in with_manifest if name.startswith(prefix))

    def corrupt_files(self, day: date) -> list[str]:
        """Files of the day whose bytes are not what the manifest says."""
        manifest = self.recorded(day)
        if manifest is None:
            return [MANIFEST_FILE]
        folder = self.day_folder(day)
        return [
            entry.path
            for entry in manifest.files
            if not self._is_whole(day, entry) or file_sha256(folder / entry.path) != entry.sha256
        ]


@dataclass(frozen=True)
class Lake:
    """The root folder and the tables below it."""

    root: Path

    def table(self, layer: str, name: str) -> LakeTable:
        return LakeTable(self.root, layer, name)

    def bronze(self, source: str, name: str) -> LakeTable:
        return LakeTable(self.root, f"bronze/{source}", name)

    @property
    def staging(self) -> Path:
        """Where runs prepare files before publishing: on the lake's own file system, outside every table's glob."""
        return self.root / "_staging"

    @contextmanager
    def staged(self, run_id: str, layer: str, name: str) -> Iterator[Path]:
        """A folder below `staging` for one step of a run, made when something is written to it. It is gone afterwards,
        also when the step fails, and so are the folders above it that are empty then."""
        staged = self.staging / run_id / layer / name
        try:
            yield staged
        finally:
            shutil.rmtree(staged, ignore_errors=True)
            with suppress(OSError):  # not empty: other steps of the run, or other runs, are at work
                for folder in (staged.parent, staged.parent.parent):
                    folder.rmdir()

    def publish(
        self, day: date, parts: Sequence[tuple[LakeTable, Path | None, Manifest]], run_id: str
    ) -> list[Manifest]:
        """Publish one day of the tables of one computation; the manifests that now stand.

        Old manifests go first and new ones come last, so that a crash at any line leaves whole files and a day that
        is visibly unfinished (no manifest): the next run of the day mends it. What is already published stays
        untouched, as long as its bytes are what its manifest says. A staged path of None: the data files are in place
        already (bronze, whose files are immutable).
        """
        with locked(self.root / "_locks" / parts[0][0].layer / parts[0][0].name):
            current = [table.manifest(day) for table, _, _ in parts]
            same = all(old and old.says_the_same_as(new) for old, (_, _, new) in zip(current, parts, strict=True))
            if same and not any(path and table.corrupt_files(day) for table, path, _ in parts):
                return [old for old in current if old]
            for table, path, _ in parts:
                if path is not None:
                    remove_durably(table.day_folder(day) / MANIFEST_FILE)
            for table, path, _ in parts:
                if path is not None:
                    failpoint(f"{table.key}:before-data")
                    replace_file(path, table.data(day))
                    failpoint(f"{table.key}:after-data")
            stamped = [manifest.stamped(run_id) for _, _, manifest in parts]
            for (table, _, _), manifest in zip(parts, stamped, strict=True):
                failpoint(f"{table.key}:before-manifest")
                write_atomically(table.day_folder(day) / MANIFEST_FILE, manifest.to_json())
                failpoint(f"{table.key}:after-manifest")
            return stamped
