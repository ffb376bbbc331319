"""The declarations of a whole dbt project: what every other room asks.

Here: all sources and silver models, in order, and what takes several of them to judge. Not here: reading one of them
(sources.py, models.py).
"""

from collections.abc import Mapping
from typing import Any

from platform_assets.contracts.declarations import DeclarationError, ForeignKey, SilverModel, SourceTable
from platform_assets.contracts.models import silver_model
from platform_assets.contracts.sources import source_table


class Contracts:
    """All declarations of one dbt manifest. Raises DeclarationError on the first mistake.

    `sources` are bronze tables by name, `silver` silver tables by model name, parents before children.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self.manifest = manifest
        self.sources = _sources(manifest)
        self.silver = _parents_first(_silver_models(manifest))


def _sources(manifest: Mapping[str, Any]) -> dict[str, SourceTable]:
    found: dict[str, SourceTable] = {}
    nodes = [node for node in manifest["sources"].values() if node["schema"] == "bronze"]
    for node in sorted(nodes, key=lambda node: (str(node["name"]), str(node["source_name"]))):
        table = source_table(node)
        if table.name in found:
            where = f"source {table.source}.{table.name}"
            problem = f"the source {found[table.name].source} has a table of that name too"
            raise DeclarationError(table.file, where, problem, f"a name of its own, like {table.source}_{table.name}")
        found[table.name] = table
    return found


def _silver_models(manifest: Mapping[str, Any]) -> dict[str, SilverModel]:
    models = {
        node["name"]: silver_model(node, manifest)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "silver"
    }
    for model in models.values():
        for key in model.foreign_keys:
            _check_parent(model, key, models)
    return models


def _check_parent(model: SilverModel, key: ForeignKey, models: Mapping[str, SilverModel]) -> None:
    """The parent exists, is known before the child is judged, and has the column."""
    where = f"{model.name}.{key.column}"
    snapshots = {name.removeprefix("stg_"): parent for name, parent in models.items() if parent.is_master}
    parents = dict(models) if key.layer == "silver" else snapshots if key.layer == "dims" else {}
    if key.table not in parents:
        instead = [f"ref('{name}')" for name in sorted(models) if name != model.name]
        instead += [f"source('dims', '{name}')" for name in sorted(snapshots)]
        problem = f"the parent {key.layer}.{key.table} of {key.name} is not a silver table or a snapshot"
        raise DeclarationError(model.file, where, problem, f"one of {', '.join(instead)}")
    columns = [column.name for column in parents[key.table].columns]
    if key.parent_column not in columns:
        problem = f"{key.table} has no column {key.parent_column}"
        raise DeclarationError(model.file, where, problem, f"to_columns: [{', '.join(parents[key.table].key)}]")


def _parents_first(models: Mapping[str, SilverModel]) -> dict[str, SilverModel]:
    ordered: dict[str, SilverModel] = {}

    def add(name: str, children: tuple[str, ...]) -> None:
        for key in models[name].foreign_keys:
            if key.layer == "silver" and key.table in (*children, name):
                problem = f"{key.table} is its parent and its child"
                raise DeclarationError(models[name].file, f"{name}.{key.column}", problem, "one of the two directions")
            if key.layer == "silver" and key.table not in ordered:
                add(key.table, (*children, name))
        ordered[name] = models[name]

    for name in sorted(models, key=lambda name: (not models[name].is_master, name)):
        if name not in ordered:
            add(name, ())
    return ordered
