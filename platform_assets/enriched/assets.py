"""Enriched assets: one per table of tables.py.

Here: the asset factory. Not here: the computation (refresh.py) or its logic (transforms/).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from platform_assets.enriched.refresh import refresh_enriched
from platform_assets.enriched.tables import EnrichedTable, enriched_tables
from platform_assets.gates import GatedTable, gate_specs, report
from platform_assets.lake import Lake
from platform_assets.partitions import parse_day
from platform_assets.settings import Settings

CHECKS = ("rules", "keys")


def enriched_assets(settings: Settings, partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """One asset `enriched/<table>` per enriched table."""
    return [_enriched_asset(settings, table, partitions) for table in enriched_tables()]


def _enriched_asset(
    settings: Settings, table: EnrichedTable, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    gated = GatedTable(dg.AssetKey(["enriched", table.name]), CHECKS)
    spec = dg.AssetSpec(
        gated.key,
        deps=[dg.AssetKey([layer, name]) for layer, name, _ in table.inputs.values()],
        group_name="enriched",
        kinds={"polars"},
        description=table.description,
    )

    @dg.multi_asset(
        name=f"enriched_{table.name}",
        specs=[spec],
        check_specs=gate_specs([gated], settings.strict),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def enriched(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        days = [parse_day(key) for key in context.partition_keys]
        verdicts = refresh_enriched(settings, Lake(settings.lake), table, days, context.run.run_id)
        yield from report(context, {gated: verdicts}, settings.strict)

    return enriched
