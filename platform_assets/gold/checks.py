"""The checks of gold tables: dbt's tests, added up.

Here: which test belongs to which table and check, and what its result says. Not here: running them (refresh.py). There is
no `shape`: dbt's contracts enforce columns, types and required values, and a build that breaks one fails.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from platform_assets.dbt_process import NodeResult
from platform_assets.gates import Check
from platform_assets.gold.warehouse import Warehouse, gold_models

CHECKS = ("rules", "keys", "reconciliation")
KEY_TESTS = ("unique", "not_null", "relationships", "one_current_row", "no_overlap", "unique_together")


def declared_checks(manifest: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The checks of each gold table: those that some test belongs to. One without a test could only ever pass."""
    tested = {place for _, place in _tests(manifest)}
    return {table: tuple(name for name in CHECKS if (table, name) in tested) for table in gold_models(manifest)}


def table_checks(warehouse: Warehouse, results: Sequence[NodeResult]) -> dict[str, dict[str, Check]]:
    """The declared checks of each table, judged by the tests that ran."""
    places = dict(_tests(warehouse.contracts.manifest))
    failed: dict[tuple[str, str], list[str]] = {}
    counted: dict[tuple[str, str], int] = {}
    for result in results:
        if place := places.get(result.unique_id):
            counted[place] = counted.get(place, 0) + 1
            if result.status not in ("pass", "success"):
                failed.setdefault(place, []).append(f"{result.name}: {result.failures} rows")
    return {
        table: {
            name: Check(
                passed=(table, name) not in failed,
                numbers={"tests": counted.get((table, name), 0)},
                notes={"failed": "\n".join(failed.get((table, name), [])) or "none"},
            )
            for name in names
        }
        for table, names in declared_checks(warehouse.contracts.manifest).items()
    }


def _tests(manifest: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """(unique id, (table, check)) of every test."""
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "test":
            meta, kind = node["config"]["meta"], (node.get("test_metadata") or {}).get("name")
            attached = str(node.get("attached_node") or "").rsplit(".", 1)[-1]
            check = meta.get("check") or ("keys" if kind in KEY_TESTS else "rules")
            yield unique_id, (str(meta.get("table") or attached), str(check))
