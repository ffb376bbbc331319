"""Snapshot assets: one per master.

Here: the asset factory. Not here: how a snapshot is built (snapshots.py).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from platform_assets.contracts import Contracts, SilverModel
from platform_assets.dims.snapshots import CHECKS, refresh_snapshots
from platform_assets.gates import GatedTable, gate_specs, report
from platform_assets.lake import Lake
from platform_assets.partitions import parse_day
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
    gated = GatedTable(dg.AssetKey(["dims", name]), CHECKS)
    spec = dg.AssetSpec(
        gated.key,
        deps=[dg.AssetKey(["silver", model.name])],
        group_name="dims",
        kinds={"parquet"},
        description=f"Every row of {name} known by the end of the day, newest version of each key.",
    )

    @dg.multi_asset(
        name=f"dims_{name}",
        specs=[spec],
        check_specs=gate_specs([gated], settings.strict),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def snapshots(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        days = [parse_day(key) for key in context.partition_keys]
        verdicts = refresh_snapshots(settings, Lake(settings.lake), model, days, context.run.run_id)
        yield from report(context, {gated: verdicts}, settings.strict)

    return snapshots
