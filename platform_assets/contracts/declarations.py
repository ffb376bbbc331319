"""Declarations: sources and silver models as declared in dbt's YAML, checked and typed.

Here: reading them from the manifest, with one clear message per mistake. Not here: judging rows (dbt/macros) or
frames (schemas.py); gold declares itself to dbt alone.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

SOURCE_TYPES = ("text", "integer", "double", "boolean")
COLUMN_TYPES = re.compile(r"text|integer|bigint|double|boolean|date|timestamp|decimal\(\d+, ?\d+\)")
LINEAGE = {
    "_unreadable": "text",
    "_source_file": "text",
    "_source_row": "bigint",
    "_batch_id": "text",
    "_arrived_dt": "date",
}


class DeclarationError(ValueError):
    """A mistake in the YAML: names file, table and column, and says what to write instead."""

    def __init__(self, file: str, where: str, problem: str, instead: str) -> None:
        super().__init__(f"dbt/{file}: {where}: {problem}. Write {instead}.")


@dataclass(frozen=True)
class Landing:
    """How the folders of a table in the landing zone become ingest days; see models/sources/shop.yml."""

    delivery: str
    folder: str | None
    first_delivery: str
    manifest_required: bool
    empty_days_allowed: bool
    delimiter: str


@dataclass(frozen=True)
class SourceTable:
    """What arrives: one bronze table. `columns` maps name to the type in typed formats."""

    source: str
    name: str
    description: str
    columns: Mapping[str, str]
    landing: Landing


@dataclass(frozen=True)
class Column:
    """One declared column of a silver table."""

    name: str
    data_type: str
    description: str
    nullable: bool


@dataclass(frozen=True)
class ForeignKey:
    """A parent that must be known: another silver table or, for masters, their snapshot (`layer` is dims)."""

    name: str
    column: str
    layer: str
    table: str


@dataclass(frozen=True)
class SilverModel:
    """One silver table: its columns in stored order, its key, its parents, and the limits its gate keeps to."""

    name: str
    source: tuple[str, str]
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    is_master: bool
    max_quarantined: float
    min_known_keys: float
    version: str

    @property
    def quarantine(self) -> str:
        return "quarantine_" + self.name.removeprefix("stg_")

    @property
    def stored_types(self) -> dict[str, str]:
        """Columns and declared types of the published files, lineage included, `ingest_dt` not (it is the folder)."""
        return {column.name: column.data_type for column in self.columns} | LINEAGE


class Contracts:
    """All declarations of one dbt manifest. Raises DeclarationError on the first mistake."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self.manifest = manifest

    @cached_property
    def sources(self) -> dict[str, SourceTable]:
        """Bronze tables by name; names are unique over all sources."""
        nodes = [node for node in self.manifest["sources"].values() if node["schema"] == "bronze"]
        return {node["name"]: _source_table(node) for node in sorted(nodes, key=lambda node: str(node["name"]))}

    @cached_property
    def silver(self) -> dict[str, SilverModel]:
        """Silver tables by model name, parents before children."""
        nodes = [
            node
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "model" and node["schema"] == "silver"
        ]
        models = {node["name"]: _silver_model(node, self.manifest) for node in nodes}
        ordered: dict[str, SilverModel] = {}

        def add(name: str) -> None:
            for key in models[name].foreign_keys:
                if key.layer == "silver" and key.table not in ordered:
                    add(key.table)
            ordered[name] = models[name]

        for name in sorted(models, key=lambda name: (not models[name].is_master, name)):
            if name not in ordered:
                add(name)
        return ordered


def _source_table(node: Mapping[str, Any]) -> SourceTable:
    file, where = node["original_file_path"], f"source {node['source_name']}.{node['name']}"
    for name, column in node["columns"].items():
        if column["data_type"] not in SOURCE_TYPES:
            problem = f"data_type {column['data_type']!r} is not known"
            raise DeclarationError(file, f"{where}.{name}", problem, f"one of {', '.join(SOURCE_TYPES)}")
    return SourceTable(
        source=node["source_name"],
        name=node["name"],
        description=node["description"],
        columns={name: column["data_type"] for name, column in node["columns"].items()},
        landing=_landing(file, where, (node.get("config") or {}).get("meta", {}).get("landing")),
    )


def _landing(file: str, where: str, declared: Mapping[str, Any] | None) -> Landing:
    if not declared:
        raise DeclarationError(file, where, "config.meta.landing is missing", "at least `landing: {delivery: replace}`")
    allowed = {
        "delivery": ("replace", "upsert"),
        "first_delivery": ("folder_date", "start_date"),
        "manifest": ("required", "optional"),
        "empty_days": ("allowed", "refused"),
    }
    for name, value in declared.items():
        if name in ("folder", "delimiter"):
            continue
        if name not in allowed:
            known = ", ".join([*allowed, "folder", "delimiter"])
            raise DeclarationError(file, f"{where}.landing", f"{name!r} is not known", f"one of {known}")
        if value not in allowed[name]:
            instead = " or ".join(allowed[name])
            raise DeclarationError(file, f"{where}.landing.{name}", f"{value!r} is not known", instead)
    if "delivery" not in declared:
        raise DeclarationError(file, f"{where}.landing", "delivery is missing", "replace or upsert")
    return Landing(
        delivery=declared["delivery"],
        folder=declared.get("folder"),
        first_delivery=declared.get("first_delivery", "start_date"),
        manifest_required=declared.get("manifest") == "required",
        empty_days_allowed=declared.get("empty_days") == "allowed",
        delimiter=declared.get("delimiter", ","),
    )


def _silver_model(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> SilverModel:
    file, name = node["original_file_path"], node["name"]
    if node.get("patch_path"):
        file = node["patch_path"].split("://")[1]
    if not name.startswith("stg_"):
        raise DeclarationError(file, name, "a silver model's name starts with stg_", f"stg_{name}")
    bronze = [manifest["sources"][parent] for parent in node["depends_on"]["nodes"] if parent in manifest["sources"]]
    bronze = [source for source in bronze if source["schema"] == "bronze"]
    if len(bronze) != 1:
        raise DeclarationError(file, name, f"reads {len(bronze)} bronze tables", "one {{ cleaned(source, table) }}")
    columns: Mapping[str, Any] = node["columns"]
    keys: list[str] = []
    for constraint in node["constraints"]:
        keys += constraint["columns"] if constraint["type"] == "primary_key" else []
    keys += [key for key, column in columns.items() if _has(column, "primary_key")]
    if not keys or any(key not in columns for key in keys):
        raise DeclarationError(file, name, "the primary key is missing or not a column", "a primary_key constraint")
    for needed in ("ingestion_ts", "event_id"):
        if needed not in columns:
            raise DeclarationError(
                file, name, f"{needed} is missing", f"a column {needed}: it orders versions of a row"
            )
    meta = (node.get("config") or {}).get("meta") or {}
    return SilverModel(
        name=name,
        source=(bronze[0]["source_name"], bronze[0]["name"]),
        description=node["description"],
        columns=tuple(_column(file, name, column, keys) for column in columns.values()),
        key=tuple(keys),
        foreign_keys=tuple(key for column in columns.values() for key in _foreign_keys(file, name, column)),
        is_master="masters" in node["tags"],
        max_quarantined=float(meta.get("max_quarantined", 0.05)),
        min_known_keys=float(meta.get("min_known_keys", 0.99)),
        version=_version(node),
    )


def _version(node: Mapping[str, Any]) -> str:
    """Changes when the SQL, a column or a rule changes."""
    declared = [node["checksum"]["checksum"], node["columns"], node["constraints"]]
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()[:12]


def _has(column: Mapping[str, Any], kind: str) -> bool:
    return any(constraint["type"] == kind for constraint in column["constraints"])


def _column(file: str, model: str, column: Mapping[str, Any], keys: list[str]) -> Column:
    name, where = column["name"], f"{model}.{column['name']}"
    if not COLUMN_TYPES.fullmatch(column.get("data_type") or ""):
        problem = f"data_type {column.get('data_type')!r} is not known"
        instead = "text, integer, bigint, double, boolean, date, timestamp or decimal(18,2)"
        raise DeclarationError(file, where, problem, instead)
    for constraint in column["constraints"]:
        if constraint["type"] == "check" and not (constraint.get("name") and constraint.get("expression")):
            instead = '`{type: check, name: negative_price, expression: "price >= 0"}`'
            raise DeclarationError(file, where, "a check needs a name (its reason) and an expression", instead)
    return Column(
        name=name,
        data_type=column["data_type"].replace(" ", ""),
        description=column["description"],
        nullable=not (_has(column, "not_null") or name in keys),
    )


FOREIGN_KEY = re.compile(r"(ref|source)\(['\"](\w+)['\"](?:, *['\"](\w+)['\"])?\)")


def _foreign_keys(file: str, model: str, column: Mapping[str, Any]) -> list[ForeignKey]:
    keys = []
    for constraint in column["constraints"]:
        if constraint["type"] != "foreign_key":
            continue
        parent = FOREIGN_KEY.fullmatch((constraint.get("to") or "").strip())
        if not parent or len(constraint["to_columns"]) != 1 or not constraint.get("name"):
            instead = "`{type: foreign_key, name: unknown_order, to: ref('stg_orders'), to_columns: [order_id]}`"
            raise DeclarationError(file, f"{model}.{column['name']}", "the foreign key is not complete", instead)
        kind, first, second = parent.groups()
        layer, table = ("silver", first) if kind == "ref" else (first, second)
        keys.append(ForeignKey(constraint["name"], column["name"], layer, table))
    return keys
