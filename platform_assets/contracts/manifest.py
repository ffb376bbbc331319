"""The dbt manifest: prepared when missing or older than the project, loaded once per process.

Here: when to run `dbt parse`, and where its result is. Not here: what the manifest says (declarations.py).
"""

import json
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from platform_assets.lake.files import replace_file


class DbtProjectError(RuntimeError):
    """dbt could not parse the project; the message is dbt's own."""


def current_manifest(project: Path) -> dict[str, Any]:
    """The manifest of the project as it is on disk now, as JSON. Raises DbtProjectError if dbt cannot parse it."""
    path = project / "target" / "manifest.json"
    newest = max(file.stat().st_mtime_ns for file in _project_files(project))
    if not path.exists() or path.stat().st_mtime_ns < newest:
        parse_project(project, path)
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load(path: Path, _modified: int) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(path.read_bytes())
    return manifest


def _project_files(project: Path) -> list[Path]:
    folders = ("models", "macros", "tests", "seeds")
    nested = [file for folder in folders for file in (project / folder).rglob("*") if file.is_file()]
    return [project / "dbt_project.yml", project / "profiles.yml", *nested]


def parse_project(project: Path, target: Path) -> None:
    """Run `dbt parse` in this process and publish the manifest and the parse cache next to it atomically."""
    from dbt.cli.main import dbtRunner  # a second of imports, needed only when the project has changed

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        arguments = [
            *("parse", "--quiet", "--no-partial-parse", "--log-level-file", "none"),
            *("--project-dir", str(project), "--profiles-dir", str(project)),
            *("--target-path", scratch, "--log-path", scratch),
        ]
        result = dbtRunner().invoke(arguments)
        if not result.success:
            raise DbtProjectError(f"dbt cannot parse {project}: {result.exception}")
        for name in ("partial_parse.msgpack", "manifest.json"):
            if os.path.exists(os.path.join(scratch, name)):
                replace_file(Path(scratch, name), target.parent / name)
