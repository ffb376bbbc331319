"""A step that refreshes one gated table: the same for every table that is computed on its own.

Here: the Dagster side of bronze, dims and enriched assets. Not here: what a refresh does; silver and gold, whose tables
are computed together.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import dagster as dg

from platform_assets.gates.retries import attempted
from platform_assets.gates.verdicts import DayVerdict, GatedTable, gate_specs, report
from platform_assets.partitions import parse_day
from platform_assets.settings import Settings

Refresh = Callable[[dg.AssetExecutionContext, list[date]], list[DayVerdict]]


def table_step(
    spec: dg.AssetSpec,
    checks: tuple[str, ...],
    refresh: Refresh,
    settings: Settings,
    partitions: dg.PartitionsDefinition[str],
) -> dg.AssetsDefinition:
    """An asset whose run calls `refresh` with its days, oldest first, and reports the verdicts."""
    gated = GatedTable(spec.key, checks)

    @dg.multi_asset(
        name="_".join(spec.key.path),
        specs=[spec],
        check_specs=gate_specs([gated], settings.strict),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def step(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        days = [parse_day(key) for key in context.partition_keys]
        verdicts = attempted(context, settings.retries, lambda: refresh(context, days))
        yield from report(context, {gated: verdicts}, settings.strict)

    return step
