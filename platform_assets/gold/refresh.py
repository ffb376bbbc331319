"""Refreshing gold: one build takes in every lake day that changed, whichever days were asked for.

Here: build, audit, swap, and the verdict per table. Not here: the warehouse file's mechanics (warehouse.py), Dagster.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from platform_assets.dbt_process import NodeResult, run_dbt, write_session
from platform_assets.gates import Check, DayVerdict, share_seconds
from platform_assets.gold.warehouse import Changes, Warehouse
from platform_assets.lake import PublishedContent

CHECKS = ("rules", "keys", "reconciliation")  # shape is enforced by dbt's contracts: a build that breaks it fails
KEY_TESTS = ("unique", "not_null", "relationships", "one_current_row", "no_overlap", "unique_together")


def refresh_gold(warehouse: Warehouse, days: Sequence[date]) -> dict[str, list[DayVerdict]]:
    """Bring the warehouse up to date with the lake; the verdict of each gold table for each of `days`.

    Nothing is done when nothing changed. Strict: a failed test keeps the old file.
    """
    published = PublishedContent()
    with warehouse.building() as folder:
        changes = warehouse.changes(published)
        if not changes:
            return _verdicts(warehouse, days, warehouse.last_checks(), refuse=False)
        copied = warehouse.private_copy(folder, changes)
        session = folder / "session.sql"
        write_session(session, warehouse.picture(copied, changes, published))
        results = run_dbt(warehouse.settings.dbt_project, "build", _selection(), session)
        checks = table_checks(warehouse, results)
        failed = any(not check.passed for of_table in checks.values() for check in of_table.values())
        refuse = warehouse.settings.strict and failed
        if not refuse:
            warehouse.swap_in(copied, published, checks)
    verdicts = _verdicts(warehouse, days, checks, refuse, changes)
    for result in results:
        share_seconds(verdicts.get(result.name, []), result.seconds)
    return verdicts


def _selection() -> list[str]:
    return ["config.schema:gold", "config.schema:seeds", "config.schema:run"]


def table_checks(warehouse: Warehouse, results: Sequence[NodeResult]) -> dict[str, dict[str, Check]]:
    """dbt's test results, added up to our checks per table."""
    failed: dict[tuple[str, str], list[str]] = {}
    counted: dict[tuple[str, str], int] = {}
    for result in results:
        node = warehouse.contracts.manifest["nodes"].get(result.unique_id)
        if node is None or node["resource_type"] != "test":
            continue
        place = (_tested_table(node), _check_of(node))
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
            for name in CHECKS
        }
        for table in warehouse.models
    }


def _tested_table(node: Mapping[str, Any]) -> str:
    meta = node["config"]["meta"]
    attached = str(node.get("attached_node") or "").rsplit(".", 1)[-1]
    return str(meta.get("table") or attached)


def _check_of(node: Mapping[str, Any]) -> str:
    meta = node["config"]["meta"]
    kind = (node.get("test_metadata") or {}).get("name")
    return str(meta.get("check") or ("keys" if kind in KEY_TESTS else "rules"))


def _verdicts(
    warehouse: Warehouse, days: Sequence[date], checks: Mapping[str, Mapping[str, Check]], refuse: bool,
    changes: Changes | None = None,
) -> dict[str, list[DayVerdict]]:  # fmt: skip
    rows = warehouse.row_counts()
    verdicts = {}
    for name in warehouse.models:
        of_table = dict(checks[name])
        failed = sorted(check for check, result in of_table.items() if not result.passed)
        reason = None
        if refuse:
            reason = f"failed {', '.join(failed)}" if failed else "another gold table failed: the old warehouse stays"
        numbers: dict[str, float] = {"changed_days": len(changes.days) if changes else 0}
        verdicts[name] = [DayVerdict(day, rows.get(name, 0), of_table, numbers, reason) for day in days]
    return verdicts
