"""dbt 1.11 and dbt-duckdb 1.11: private behaviour that dbt_process.py and duckdb_session.py are built around.

A failure here says which of their lines to look at again after an upgrade.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from platform_assets.contracts import current_manifest
from platform_assets.dbt_process import DbtError, close_session, dbt_arguments, run_dbt
from platform_assets.duckdb_session import SESSION_VARIABLE, Plugin

CHILD = """
version: 2
models:
  - name: child
    config: {contract: {enforced: true}}
    columns:
      - name: id
        data_type: integer
        constraints: [{type: foreign_key, to: "ref('parent')", to_columns: [id], warn_unenforced: false}]
"""
PROFILE = """
tiny:
  target: local
  outputs:
    local: {type: duckdb, path: ":memory:", threads: 1, plugins: [{module: platform_assets.duckdb_session}]}
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A parent, a child with a foreign key to it, and a model that reads the session."""
    root = tmp_path_factory.mktemp("parsed") / "dbt"
    (root / "models").mkdir(parents=True)
    flags = "flags: {send_anonymous_usage_stats: false}\n"
    (root / "dbt_project.yml").write_text(f"name: tiny\nversion: '1.0'\nprofile: tiny\n{flags}")
    (root / "profiles.yml").write_text(PROFILE)
    (root / "models" / "parent.sql").write_text("{{ config(materialized='table') }} select 1 as id")
    (root / "models" / "child.sql").write_text("{{ config(materialized='table') }} select id from {{ ref('parent') }}")
    (root / "models" / "child.yml").write_text(CHILD)
    (root / "models" / "reader.sql").write_text("select note from run.notes")
    current_manifest(root)
    return root


@pytest.fixture
def project(parsed: Path, tmp_path: Path) -> Iterator[Path]:
    """The test's own copy of it."""
    yield shutil.copytree(parsed, tmp_path / "dbt")
    close_session()


def load(project: Path) -> Manifest:
    manifest = Manifest.from_msgpack((project / "target" / "partial_parse.msgpack").read_bytes())
    manifest.build_flat_graph()
    return manifest


def invoke(project: Path, manifest: Manifest, *arguments: str) -> Any:
    places = ("--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(project / "scratch"))
    logs = ("--log-path", str(project / "scratch"), "--log-level", "none", "--log-level-file", "none")
    return dbtRunner(manifest=manifest).invoke([*arguments, *places, *logs])


def session(project: Path, note: str) -> Path:
    path = project / f"{note}.sql"
    path.write_text(f"create schema if not exists run; create or replace table run.notes as select '{note}' as note;")
    return path


def parent_of(manifest: Manifest) -> str | None:
    constraint = manifest.nodes["model.tiny.child"].columns["id"].constraints[0]
    return constraint.to


def test_dbt_runner_takes_a_manifest_from_the_parse_cache_and_does_not_parse_again(project: Path) -> None:
    (project / "models" / "parent.sql").write_text("this is not {{ what was parsed")
    assert invoke(project, load(project), "run", "--select", "parent").success


def test_dbt_renders_foreign_keys_into_the_manifest_it_is_given_so_every_call_needs_a_fresh_one(project: Path) -> None:
    manifest = load(project)
    assert parent_of(manifest) == "ref('parent')"
    invoke(project, manifest, "run")
    assert parent_of(manifest) != "ref('parent')"
    assert "parent" in str(parent_of(manifest))
    assert parent_of(load(project)) == "ref('parent')"


def test_duckdb_connection_manager_env_keeps_the_memory_database_alive_between_invocations(
    project: Path,
) -> None:
    invoke(project, load(project), "run", "--select", "parent")
    assert DuckDBConnectionManager._ENV is not None
    kept = DuckDBConnectionManager.env().handle().cursor().execute("select count(*) from main.parent").fetchone()
    assert kept == (1,)


def test_closing_the_session_ends_that_database_so_the_next_call_starts_from_its_own_picture(project: Path) -> None:
    first = run_dbt(project, "run", ["reader"], session(project, "first"))
    assert [(result.name, result.status) for result in first] == [("reader", "success")]
    assert DuckDBConnectionManager._ENV is None
    assert SESSION_VARIABLE not in os.environ

    empty = project / "empty.sql"
    empty.write_text("create schema if not exists run;")
    with pytest.raises(DbtError, match="notes"):
        run_dbt(project, "run", ["reader"], empty)


def test_a_call_of_dbt_writes_nothing_into_the_project(project: Path) -> None:
    given = session(project, "first")
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    run_dbt(project, "build", ["reader"], given)
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before
    arguments = dbt_arguments(project, "build", ["parent", "config.schema:gold"], Path("/scratch"))
    assert arguments[0] == "build"
    assert arguments[arguments.index("--select") + 1 :][:2] == ["parent", "config.schema:gold"]
    assert arguments[arguments.index("--target-path") + 1] == arguments[arguments.index("--log-path") + 1] == "/scratch"


def test_the_plugins_configure_connection_is_called_once_for_each_new_database(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    original = Plugin.configure_connection

    def counted(self: Plugin, conn: Any) -> None:
        calls.append(os.environ[SESSION_VARIABLE])
        original(self, conn)

    monkeypatch.setattr(Plugin, "configure_connection", counted)
    for note in ("first", "second"):
        run_dbt(project, "run", ["parent", "reader"], session(project, note))
    assert [Path(name).stem for name in calls] == ["first", "second"]


def test_a_plugin_is_the_class_called_plugin_in_the_module_that_the_profile_names() -> None:
    assert issubclass(Plugin, BasePlugin)
    assert Plugin.__name__ == "Plugin"
    assert hasattr(BasePlugin, "configure_connection")
