"""Silver assets: dbt models as Dagster assets, published by us.

Here: the asset factories for masters and the rest of silver, and the quarantine tables they report to. Not here:
computing a day (refresh.py).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt.asset_specs import build_dbt_asset_specs

from platform_assets.contracts import Contracts, SilverModel
from platform_assets.contracts.translator import PlatformTranslator
from platform_assets.gates import GatedTable, gate_specs, report
from platform_assets.lake import Lake
from platform_assets.partitions import parse_day
from platform_assets.settings import Settings
from platform_assets.silver.refresh import SilverRefresh

CHECKS = ("shape", "rules", "keys", "reconciliation")


def silver_assets(
    settings: Settings, contracts: Contracts, partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetsDefinition]:
    """Two steps: the masters, whose snapshots are parents of the rest, and the rest."""
    return [
        _silver_step("silver_masters", "tag:masters", "", settings, contracts, partitions),
        _silver_step("silver", "config.schema:silver", "tag:masters", settings, contracts, partitions),
    ]


def quarantine_specs(contracts: Contracts, partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetSpec]:
    """The quarantine tables, shown beside the silver tables whose step writes them."""
    return [
        dg.AssetSpec(
            _quarantine_key(model),
            deps=[dg.AssetKey(["silver", model.name])],
            group_name="quarantine",
            kinds={"parquet"},
            description=f"Rows refused by {model.name}: as they came, with their reasons and lineage.",
            partitions_def=partitions,
        )
        for model in contracts.silver.values()
    ]


def _quarantine_key(model: SilverModel) -> dg.AssetKey:
    return dg.AssetKey(["quarantine", model.quarantine])


def _silver_step(
    name: str, select: str, exclude: str, settings: Settings, contracts: Contracts,
    partitions: dg.PartitionsDefinition[str],
) -> dg.AssetsDefinition:  # fmt: skip
    specs = build_dbt_asset_specs(
        manifest=contracts.manifest, dagster_dbt_translator=PlatformTranslator(), select=select, exclude=exclude
    )
    gated = {spec.key: GatedTable(spec.key, CHECKS) for spec in specs}

    @dg.multi_asset(
        name=name,
        specs=specs,
        check_specs=gate_specs(gated.values(), settings.strict),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def silver(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        days = [parse_day(key) for key in context.partition_keys]
        models = tuple(
            model
            for model in contracts.silver.values()
            if dg.AssetKey(["silver", model.name]) in context.selected_asset_keys
        )
        refresh = SilverRefresh(settings, Lake(settings.lake), contracts, models, context.run.run_id)
        verdicts = refresh.run(days)
        for model in models:
            for verdict in verdicts[model.name]:
                if not verdict.refused:
                    context.log_event(_quarantined(model, verdict.day.isoformat(), verdict.numbers))
        yield from report(
            context, {gated[dg.AssetKey(["silver", name])]: days for name, days in verdicts.items()}, settings.strict
        )

    return silver


def _quarantined(model: SilverModel, day: str, numbers: dict[str, float]) -> dg.AssetMaterialization:
    rows = {"dagster/partition_row_count": int(numbers["quarantine_rows"]), "share": numbers["quarantined_share"]}
    return dg.AssetMaterialization(_quarantine_key(model), partition=day, metadata=rows)
