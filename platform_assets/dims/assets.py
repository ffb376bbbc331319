"""Snapshot assets: one per master.

Here: the asset factory. Not here: how a snapshot is built (snapshots.py).
"""

from datetime import date

import dagster as dg

from platform_assets.contracts import Contracts, SilverModel
from platform_assets.dims.snapshots import CHECKS, SNAPSHOT_COLUMNS, refresh_snapshots
from platform_assets.gates import DayVerdict, table_step
from platform_assets.lake import Lake
from platform_assets.settings import Settings


def dims_assets(
    settings: Settings, contracts: Contracts, partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetsDefinition]:
    """One asset `dims/<master>` per master: every row known by the end of the snapshot day."""
    return [_snapshot_asset(settings, model, partitions) for model in contracts.silver.values() if model.is_master]


def _snapshot_asset(
    settings: Settings, model: SilverModel, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    name = model.name.removeprefix("stg_")
    columns = [dg.TableColumn(column.name, column.data_type, column.description) for column in model.columns]
    columns += [dg.TableColumn(name, "date", description) for name, description in SNAPSHOT_COLUMNS.items()]
    spec = dg.AssetSpec(
        dg.AssetKey(["dims", name]),
        deps=[dg.AssetKey(["silver", model.name])],
        group_name="dims",
        kinds={"parquet"},
        metadata={"dagster/column_schema": dg.TableSchema(columns=columns)},
        description=f"Every row of {name} known by the end of the day, newest version of each key.",
    )

    def refresh(context: dg.AssetExecutionContext, days: list[date]) -> list[DayVerdict]:
        return refresh_snapshots(settings, Lake(settings.lake), model, days, context.run.run_id)

    return table_step(spec, CHECKS, refresh, settings, partitions)
