"""The warehouse file: built in private from what changed since the last build, audited, then swapped in by rename.

Here: what the file was built from, the picture dbt builds on, the swap. Not here: SQL models, Dagster.
The file is never written in place: a reader keeps the file it opened, and a killed build leaves the old one.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_assets.contracts import Contracts
from platform_assets.gates import Check
from platform_assets.lake import Lake, LakeTable, PublishedContent, failpoint, locked, replace_file
from platform_assets.lake.sql import insert_rows, published_now, published_rows, quoted, session_settings, union_by_name
from platform_assets.settings import Settings

if TYPE_CHECKING:
    import duckdb


def gold_models(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The gold models of a manifest by name, parents before children."""
    nodes = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] == "gold"
    }
    order = TopologicalSorter({unique_id: node["depends_on"]["nodes"] for unique_id, node in nodes.items()})
    return {nodes[unique_id]["name"]: nodes[unique_id] for unique_id in order.static_order() if unique_id in nodes}


@dataclass(frozen=True)
class Changes:
    """Lake days (`<layer>/<table>`, day) whose content is not what the warehouse was built from; `rebuild` when its
    models changed."""

    days: tuple[tuple[str, date], ...]
    rebuild: bool

    def __bool__(self) -> bool:
        return bool(self.days) or self.rebuild


class Warehouse:
    """The warehouse file of a deployment and the lake tables it is built from."""

    def __init__(self, settings: Settings, contracts: Contracts) -> None:
        self.settings = settings
        self.contracts = contracts
        self.lake = Lake(settings.lake)
        self.path = settings.warehouse
        self.models = gold_models(contracts.manifest)
        self.inputs = self._inputs()

    def _inputs(self) -> dict[LakeTable, dict[str, str]]:
        """The lake tables that gold reads, with their columns: a view needs them before the first day is published."""
        parents = {parent for node in self.models.values() for parent in node["depends_on"]["nodes"]}
        silver = {
            self.lake.table("silver", model.name): model.stored_types
            for model in self.contracts.silver.values()
            if f"model.platform_assets.{model.name}" in parents
        }
        others = {
            self.lake.table(source["schema"], source["name"]): {
                name: column["data_type"] for name, column in source["columns"].items()
            }
            for unique_id, source in self.contracts.manifest["sources"].items()
            if unique_id in parents
        }
        return silver | others

    @property
    def version(self) -> str:
        """Changes when a gold model, a seed, a macro or a variable changes: then the warehouse is built from scratch."""
        manifest = self.contracts.manifest
        seeds = [node["checksum"] for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
        macros = [macro["macro_sql"] for name, macro in manifest["macros"].items() if "platform_assets" in name]
        models = [[node["checksum"], node["columns"], node["config"]] for node in self.models.values()]
        project = (self.settings.dbt_project / "dbt_project.yml").read_text()  # its vars are in no node
        built_by = [models, seeds, sorted(macros), project]
        return hashlib.sha256(json.dumps(built_by, sort_keys=True).encode()).hexdigest()[:16]

    def changes(self, published: PublishedContent) -> Changes:
        """What a build has to take in."""
        version, loaded = self._built_from()
        if version != self.version:
            loaded = {}
        current = {
            (table.key, day): manifest.content_hash
            for table in self.inputs
            for day, manifest in published.manifests(table).items()
        }
        changed = {place for place in current.keys() | loaded.keys() if current.get(place) != loaded.get(place)}
        return Changes(tuple(sorted(changed)), rebuild=version != self.version)

    def _built_from(self) -> tuple[str | None, dict[tuple[str, date], str]]:
        import duckdb

        if not self.path.exists():
            return None, {}
        with duckdb.connect(str(self.path), read_only=True) as connection:
            version = connection.execute("select version from meta.build").fetchone()
            loaded = connection.execute("select table_name, day, content_hash from meta.loaded").fetchall()
        return (version[0] if version else None), {(name, day): content for name, day, content in loaded}

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A private folder to build in, under the lock that makes builds take turns; gone afterwards."""
        folder = self.path.with_name(".building")
        with locked(self.path.with_name(".lock")):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def private_copy(self, folder: Path, changes: Changes) -> Path:
        """Where the new file is built: on a copy of the present one, or from nothing for a rebuild."""
        private = folder / self.path.name
        if self.path.exists() and not changes.rebuild:
            shutil.copyfile(self.path, private)
        return private

    def picture(self, private: Path, changes: Changes, published: PublishedContent) -> list[str]:
        """The statements of the session that builds: the private copy, all published days, what changed."""
        statements = session_settings(self.settings.memory_limit, private.parent / "spill")
        statements.append(f"attach {quoted(str(private))} as warehouse")
        statements += [f"create schema if not exists {schema}" for schema in ("run", "silver", "enriched", "seeds")]
        statements.append("create table run.changed_days (table_name varchar, day date)")
        statements += insert_rows("run.changed_days", changes.days)
        return statements + [self._view_of_days(table, types, published) for table, types in self.inputs.items()]

    def _view_of_days(self, table: LakeTable, types: Mapping[str, str], published: PublishedContent) -> str:
        columns = {**types, table.partition_column: "date"}
        rows = union_by_name(columns, published_rows(table, published.manifests(table)))
        return f"create view {table.layer}.{table.name} as {rows}"

    def swap_in(self, private: Path, published: PublishedContent, checks: Mapping[str, Mapping[str, Check]]) -> None:
        """Record what the private copy was built from and what its checks said, add views over the lake for readers,
        and make it the file."""
        import duckdb

        loaded = [
            (table.key, day, manifest.content_hash)
            for table in self.inputs
            for day, manifest in published.manifests(table).items()
        ]
        judged = [
            (table, name, check.passed, check.notes["failed"])
            for table, of_table in checks.items()
            for name, check in of_table.items()
        ]
        statements = [
            "create schema if not exists meta",
            f"create or replace table meta.build as select {quoted(self.version)} as version",
            "create or replace table meta.loaded (table_name varchar, day date, content_hash varchar)",
            *insert_rows("meta.loaded", loaded),
            "create or replace table meta.checks (table_name varchar, check_name varchar, passed boolean, failed varchar)",
            *insert_rows("meta.checks", judged),
        ]
        with duckdb.connect(str(private)) as connection:
            for statement in statements:
                connection.execute(statement)
            self._show_lake(connection, published)
            connection.execute("checkpoint")
        failpoint("warehouse:before-swap")
        replace_file(private, self.path)
        failpoint("warehouse:after-swap")

    def _show_lake(self, connection: "duckdb.DuckDBPyConnection", published: PublishedContent) -> None:
        """Views of lake tables, for readers: of days with a manifest, because one without is being replaced, or was left
        so by a crash. Making a view opens every file of the table, so it stays until there are days of other
        declarations: only they change the columns, which the catalog keeps. Its comment says what it was made for."""
        views = connection.execute("select schema_name || '/' || view_name, comment from duckdb_views()").fetchall()
        made_for = dict(views)
        for table in self._lake_tables():
            versions = {manifest.contract_version for manifest in published.manifests(table).values()}
            shown = f"{table.folder}: finished days of the declarations {', '.join(sorted(versions))}"
            if not versions or made_for.get(table.key) == shown:
                continue
            view = f"{table.layer}.{table.name}"
            connection.execute(f"create schema if not exists {table.layer}")
            connection.execute(f"create or replace view {view} as {published_now(table)}")
            connection.execute(f"comment on view {view} is {quoted(shown)}")

    def _lake_tables(self) -> Iterator[LakeTable]:
        for layer in ("silver", "quarantine", "dims", "enriched"):
            folders = sorted(self.lake.root.glob(f"{layer}/*/"))
            yield from (self.lake.table(layer, folder.name) for folder in folders)

    def last_checks(self) -> dict[str, dict[str, Check]]:
        """What the checks said when the file was built: a failed one stays failed until the next build."""
        import duckdb

        with duckdb.connect(str(self.path), read_only=True) as connection:
            rows = connection.execute("select table_name, check_name, passed, failed from meta.checks").fetchall()
        checks: dict[str, dict[str, Check]] = {}
        for table, name, passed, failed in rows:
            checks.setdefault(table, {})[name] = Check(passed, notes={"failed": failed, "unchanged": "as last built"})
        return checks

    def row_counts(self) -> Mapping[str, int]:
        """Rows of each gold table as published; empty before the first build."""
        import duckdb

        if not self.path.exists():
            return {}
        with duckdb.connect(str(self.path), read_only=True) as connection:
            counted = {}
            for name in self.models:
                found = connection.execute(f'select count(*) from gold."{name}"').fetchone()
                counted[name] = int(found[0]) if found else 0
        return counted
