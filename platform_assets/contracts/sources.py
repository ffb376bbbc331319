"""Sources: one bronze table as declared in dbt's YAML, checked.

Here: columns, types, `freshness`, `meta.landing` and `meta.volume` of a source table, with one message per mistake.
Not here: what the landing options do (ingest/drops.py), or who judges volume and freshness (bronze/).
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from platform_assets.contracts.declarations import DeclarationError, Freshness, Landing, SourceTable, Volume, meta_of

SOURCE_TYPES = ("text", "integer", "double", "decimal", "boolean", "date", "timestamp")
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
        if not isinstance(optional := meta_of(column).get("optional", False), bool):
            raise DeclarationError(file, f"{where}.{name}.optional", f"{optional!r} is not known", "true or false")
    meta = (node.get("config") or {}).get("meta") or {}
    return SourceTable(
        source=node["source_name"],
        name=node["name"],
        description=node["description"],
        columns={name: column["data_type"] for name, column in node["columns"].items()},
        landing=_landing(file, where, meta.get("landing")),
        file=file,
        owner=meta.get("owner"),
        volume=_volume(file, f"{where}.volume", meta["volume"]) if "volume" in meta else None,
        freshness=_freshness(node.get("freshness") or {}),
        optional=frozenset(name for name, column in node["columns"].items() if meta_of(column).get("optional")),
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


def _volume(file: str, where: str, declared: Any) -> Volume:
    known = {field.name for field in fields(Volume)}
    if not isinstance(declared, Mapping) or not declared or declared.keys() - known:
        raise DeclarationError(file, where, f"{declared!r} is not a volume", f"some of {', '.join(sorted(known))}")
    for name, value in declared.items():
        kinds = (int, float) if name == "zscore" else int
        if isinstance(value, bool) or not isinstance(value, kinds) or value < 0:
            raise DeclarationError(file, f"{where}.{name}", f"{value!r} is not known", "a number from 0")
    volume = Volume(**declared)
    if volume.most is not None and volume.most < volume.least:
        raise DeclarationError(
            file, where, f"most {volume.most} is below least {volume.least}", "the larger one as most"
        )
    return volume


def _freshness(declared: Mapping[str, Any]) -> Freshness | None:
    """dbt's own `freshness`; it has checked the periods."""
    limits = []
    for name in ("warn_after", "error_after"):
        limit = declared.get(name) or {}
        count, period = limit.get("count"), limit.get("period")
        limits.append(timedelta(**{f"{period}s": count}) if count and period else None)
    return Freshness(*limits) if any(limits) else None
