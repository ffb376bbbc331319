"""The ledger: per table, what came in, what went out, what was held back, read from the manifests.

Here: counting, and the table that people read. Not here: when it is shown (`__main__.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from platform_assets import bronze, dims, enriched, silver
from platform_assets.contracts import Contracts
from platform_assets.enriched import enriched_tables
from platform_assets.gold import Warehouse
from platform_assets.lake import Lake, LakeTable, PublishedContent
from platform_assets.settings import Settings

# Checks that each computed table of a layer has per day.
CHECKS = {
    "silver": len(silver.assets.CHECKS),
    "dims": len(dims.snapshots.CHECKS),
    "enriched": len(enriched.assets.CHECKS),
}


@dataclass(frozen=True)
class TableRecord:
    """One table over all its published days. `rows_in` counts bronze rows and rows released from quarantine."""

    layer: str
    table: str
    days: int
    rows_in: int | None
    rows_out: int
    quarantined: int | None
    checks: int
    failed_checks: int


def ledger(settings: Settings, contracts: Contracts) -> list[TableRecord]:
    """One record per table, in the order data flows."""
    lake, published = Lake(settings.lake), PublishedContent()
    records = [
        _record(lake.bronze(source.source, source.name), published, "bronze", len(bronze.assets.checks_of(source)))
        for source in contracts.sources.values()
    ]
    for model in contracts.silver.values():
        table = lake.table("silver", model.name)
        manifests = published.manifests(table).values()
        details = [manifest.details for manifest in manifests]
        rows_in = int(sum(detail["received"] + detail["released"] for detail in details))
        quarantined = int(sum(detail["quarantine_rows"] for detail in details))
        records.append(_record(table, published, "silver", CHECKS["silver"], rows_in, quarantined))
    computed = [dims.snapshot_table(lake, model) for model in contracts.silver.values() if model.is_master]
    computed += [lake.table("enriched", table.name) for table in enriched_tables(settings.thresholds)]
    records += [_record(table, published, table.layer, CHECKS[table.layer]) for table in computed]
    warehouse = Warehouse(settings, contracts)
    checks = warehouse.last_checks() if warehouse.path.exists() else {}
    for name, rows in warehouse.row_counts().items():
        of_table = checks.get(name, {}).values()
        failed = sum(not check.passed for check in of_table)
        records.append(TableRecord("gold", name, 0, None, rows, None, len(of_table), failed))
    return records


def _record(
    table: LakeTable,
    published: PublishedContent,
    layer: str,
    checks: int,
    rows_in: int | None = None,
    quarantined: int | None = None,
) -> TableRecord:
    manifests = list(published.manifests(table).values())
    failed = sum(len(manifest.failed_checks) for manifest in manifests)
    rows = sum(manifest.rows for manifest in manifests)
    return TableRecord(layer, table.name, len(manifests), rows_in, rows, quarantined, checks * len(manifests), failed)


def print_ledger(records: Sequence[TableRecord], seconds: Mapping[str, float] | None = None) -> None:
    """One line per table; `seconds` by `layer/table` when a run has just measured them."""
    header = ("layer", "table", "days", "rows in", "rows out", "quarantined", "checks", "failed")
    rows = []
    for r in records:
        counts = (r.days or None, r.rows_in, r.rows_out, r.quarantined, r.checks, r.failed_checks)
        took = [f"{seconds.get(f'{r.layer}/{r.table}', 0):.1f}"] if seconds is not None else []
        rows.append((r.layer, r.table, *("" if count is None else f"{count:,}" for count in counts), *took))
    titles = (*header, "seconds") if seconds is not None else header
    widths = [max(len(row[i]) for row in (titles, *rows)) for i in range(len(titles))]
    print()
    for row in (titles, tuple("-" * width for width in widths), *rows):
        names = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        counts_text = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        print("  ".join([*names, *counts_text]))
    failed = sum(r.failed_checks for r in records)
    if failed:
        print(f"\n{failed} checks failed and were published, marked, because the gates warn (PLATFORM_GATES=strict")
        print("would refuse those days). Which and why: the checks of the table in `make ui`, or its manifests.")
