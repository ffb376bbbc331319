"""Bronze assets: one per declared source table, made from the declarations.

Here: the asset factory. Not here: how a day is landed (landing.py).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from platform_assets.bronze.landing import land_days
from platform_assets.contracts import Contracts, SourceTable
from platform_assets.gates import GatedTable, gate_specs, report
from platform_assets.lake import Lake
from platform_assets.partitions import parse_day
from platform_assets.settings import Settings

CHECKS = ("shape", "reconciliation")


def bronze_assets(
    settings: Settings, contracts: Contracts, partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetsDefinition]:
    """One asset `bronze/<table>` per source table: the received rows of an ingest day, all columns as they came."""
    return [_bronze_asset(settings, table, partitions) for table in contracts.sources.values()]


def _bronze_asset(
    settings: Settings, table: SourceTable, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    gated = GatedTable(dg.AssetKey(["bronze", table.name]), CHECKS)

    @dg.multi_asset(
        name=f"bronze_{table.name}",
        specs=[
            dg.AssetSpec(
                gated.key,
                group_name="bronze",
                description=table.description,
                kinds={"parquet"},
                tags={"source": table.source},
                metadata={"dagster/column_schema": _columns(table)},
            )
        ],
        check_specs=gate_specs([gated], settings.strict),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def bronze(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        days = [parse_day(key) for key in context.partition_keys]
        verdicts, ignored = land_days(settings, Lake(settings.lake), table, days, context.run.run_id)
        for folder in ignored:
            context.log.warning(f"ignored landing folder {folder}")
        yield from report(context, {gated: verdicts}, settings.strict)

    return bronze


def _columns(table: SourceTable) -> dg.TableSchema:
    return dg.TableSchema(columns=[dg.TableColumn(name, kind) for name, kind in table.columns.items()])
