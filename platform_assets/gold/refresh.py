"""Refreshing gold: one build takes in every lake day that changed, whichever days were asked for.

Here: build, audit, swap, and the verdict per table. Not here: which test belongs to which check (checks.py), the
warehouse file's mechanics (warehouse.py), Dagster.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from platform_assets.dbt_process import run_dbt, write_session
from platform_assets.gates import Check, DayVerdict, share_seconds
from platform_assets.gold.checks import table_checks
from platform_assets.gold.warehouse import Changes, Warehouse
from platform_assets.lake import Input, PublishedContent, Scope


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
        published.check_read([Input(table, Scope.THROUGH) for table in warehouse.inputs], [date.max])
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


def _verdicts(
    warehouse: Warehouse, days: Sequence[date], checks: Mapping[str, Mapping[str, Check]], refuse: bool,
    changes: Changes | None = None,
) -> dict[str, list[DayVerdict]]:  # fmt: skip
    rows = warehouse.row_counts()
    verdicts = {}
    for name in warehouse.models:
        of_table = dict(checks.get(name, {}))  # a table that no test belongs to has none
        failed = sorted(check for check, result in of_table.items() if not result.passed)
        reason = None
        if refuse:
            reason = f"failed {', '.join(failed)}" if failed else "another gold table failed: the old warehouse stays"
        numbers: dict[str, float] = {"changed_days": len(changes.days) if changes else 0}
        verdicts[name] = [DayVerdict(day, rows.get(name, 0), of_table, numbers, reason) for day in days]
    return verdicts
