"""Sources: one bronze table as declared in dbt's YAML, checked.

Here: columns, types and `meta.landing` of a source table, with one clear message per mistake. Not here: what the
landing options do (ingest/drops.py).
"""

from collections.abc import Mapping
from typing import Any

from platform_assets.contracts.declarations import DeclarationError, Landing, SourceTable

SOURCE_TYPES = ("text", "integer", "double", "boolean")
LANDING_OPTIONS = {
    "delivery": ("replace", "upsert"),
    "first_delivery": ("folder_date", "start_date"),
    "manifest": ("required", "optional"),
    "empty_days": ("allowed", "refused"),
}


def source_table(node: Mapping[str, Any]) -> SourceTable:
    """The bronze table of a source node. Raises DeclarationError."""
    file, where = node["original_file_path"], f"source {node['source_name']}.{node['name']}"
    for name, column in node["columns"].items():
        if column.get("data_type") not in SOURCE_TYPES:
            problem = f"data_type {column.get('data_type')!r} is not known"
            raise DeclarationError(file, f"{where}.{name}", problem, f"one of {', '.join(SOURCE_TYPES)}")
    return SourceTable(
        source=node["source_name"],
        name=node["name"],
        description=node["description"],
        columns={name: column["data_type"] for name, column in node["columns"].items()},
        landing=_landing(file, where, ((node.get("config") or {}).get("meta") or {}).get("landing")),
        file=file,
    )


def _landing(file: str, where: str, declared: Any) -> Landing:
    if not declared or not isinstance(declared, Mapping):
        raise DeclarationError(file, where, "config.meta.landing is missing", "at least `landing: {delivery: replace}`")
    for name, value in declared.items():
        _check_option(file, where, name, value)
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


def _check_option(file: str, where: str, name: str, value: Any) -> None:
    if name == "folder":
        known, instead = isinstance(value, str) and value != "", "the key of its folders, like signup_date"
    elif name == "delimiter":
        known, instead = isinstance(value, str) and len(value) == 1, 'one character, like ";"'
    elif name in LANDING_OPTIONS:
        known, instead = value in LANDING_OPTIONS[name], " or ".join(LANDING_OPTIONS[name])
    else:
        options = ", ".join([*LANDING_OPTIONS, "folder", "delimiter"])
        raise DeclarationError(file, f"{where}.landing", f"{name!r} is not known", f"one of {options}")
    if not known:
        raise DeclarationError(file, f"{where}.landing.{name}", f"{value!r} is not known", instead)
