"""The dbt manifest: prepared when it is missing or was made from other files, loaded once per process.

Here: when to run `dbt parse`, and where its result is. Not here: what the manifest says (project.py).
Files are compared by content, not by time: a deleted file, one moved in with its old time and an image built from a
checkout are all seen for what they are.
"""

import hashlib
import json
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from platform_assets.lake.files import locked, replace_file, write_atomically

FOLDERS = ("models", "macros", "tests", "seeds")
PARSED_FROM = "parsed_from"


class DbtProjectError(RuntimeError):
    """The project could not be parsed, or its manifest not be written; the message is dbt's or the system's own."""


def current_manifest(project: Path) -> dict[str, Any]:
    """The manifest of the project as it is on disk now, as JSON. Raises DbtProjectError if dbt cannot parse it."""
    path = project / "target" / "manifest.json"
    try:
        if not _is_current(project):
            with locked(project / "target" / ".lock"):
                if not _is_current(project):  # another process may have been first
                    parse_project(project, path)
        return _load(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise DbtProjectError(f"cannot prepare the dbt project {project}: {error}") from error


def _is_current(project: Path) -> bool:
    """Whether the manifest was made from these files. What it was made from is written last."""
    target = project / "target"
    there = all((target / name).is_file() for name in ("manifest.json", "partial_parse.msgpack", PARSED_FROM))
    return there and (target / PARSED_FROM).read_text() == project_fingerprint(project)


def project_fingerprint(project: Path) -> str:
    """One hash of dbt's version and of the names and contents of all files that dbt reads."""
    found = hashlib.sha256(f"dbt-core {version('dbt-core')} dbt-duckdb {version('dbt-duckdb')}".encode())
    nested = [file for folder in FOLDERS for file in (project / folder).rglob("*") if file.is_file()]
    for file in (project / "dbt_project.yml", project / "profiles.yml", *sorted(nested)):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        found.update(f"\n{file.relative_to(project)} {content}".encode())
    return found.hexdigest()


@lru_cache(maxsize=4)
def _load(path: Path, _modified: int) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(path.read_bytes())
    return manifest


def parse_project(project: Path, target: Path) -> None:
    """Run `dbt parse` in this process and publish the manifest and the parse cache next to it atomically."""
    from dbt.cli.main import dbtRunner  # a second of imports, needed only when the project has changed

    fingerprint = project_fingerprint(project)  # taken first: a file saved meanwhile makes the result outdated
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        arguments = [
            *("parse", "--quiet", "--no-partial-parse", "--log-level", "none", "--log-level-file", "none"),
            *("--project-dir", str(project), "--profiles-dir", str(project)),
            *("--target-path", scratch, "--log-path", scratch),
        ]
        result = dbtRunner().invoke(arguments)
        if not result.success:
            raise DbtProjectError(f"dbt cannot parse {project}: {result.exception}")
        for name in ("partial_parse.msgpack", "manifest.json"):
            replace_file(Path(scratch, name), target.parent / name)
    write_atomically(target.parent / PARSED_FROM, fingerprint.encode())
