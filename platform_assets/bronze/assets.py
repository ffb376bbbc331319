"""Bronze assets: one per declared source table, made from the declarations.

Here: the asset factory. Not here: how a day is landed (landing.py).
"""

from datetime import date

import dagster as dg

from platform_assets.bronze.landing import land_days
from platform_assets.contracts import Contracts, SourceTable
from platform_assets.gates import DayVerdict, table_step
from platform_assets.lake import Lake
from platform_assets.settings import Settings


def checks_of(table: SourceTable) -> tuple[str, ...]:
    """`rules` only where a volume is declared."""
    return ("shape", "rules", "reconciliation") if table.volume else ("shape", "reconciliation")


def bronze_assets(
    settings: Settings, contracts: Contracts, partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetsDefinition]:
    """One asset `bronze/<table>` per source table: the received rows of an ingest day, all columns as they came."""
    return [_bronze_asset(settings, table, partitions) for table in contracts.sources.values()]


def _bronze_asset(
    settings: Settings, table: SourceTable, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    columns = [dg.TableColumn(name, kind) for name, kind in table.columns.items()]
    spec = dg.AssetSpec(
        dg.AssetKey(["bronze", table.name]),
        group_name="bronze",
        description=table.description,
        kinds={"parquet"},
        tags={"source": table.source},
        owners=[table.owner] if table.owner else [],
        metadata={"dagster/column_schema": dg.TableSchema(columns=columns)},
    )

    def refresh(context: dg.AssetExecutionContext, days: list[date]) -> list[DayVerdict]:
        verdicts, ignored = land_days(settings, Lake(settings.lake), table, days, context.run.run_id)
        for folder in ignored:
            context.log.warning(f"ignored landing folder {folder}")
        return verdicts

    return table_step(spec, checks_of(table), refresh, settings, partitions)
