"""Gold assets: dbt models as Dagster assets, built together into the warehouse file.

Here: the asset factory. Not here: how the warehouse is built (refresh.py, warehouse.py).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt.asset_specs import build_dbt_asset_specs

from platform_assets.contracts import Contracts
from platform_assets.contracts.translator import PlatformTranslator
from platform_assets.gates import GatedTable, attempted, gate_specs, report
from platform_assets.gold.checks import declared_checks
from platform_assets.gold.refresh import refresh_gold
from platform_assets.gold.warehouse import Warehouse
from platform_assets.partitions import parse_day
from platform_assets.settings import Settings

NOT_ASSETS = ("seeds", "run")  # constants, and what a build finds out for itself


def gold_assets(
    settings: Settings, contracts: Contracts, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    """One step for all gold tables: they are swapped in together, so readers never see two states at once. Whichever are
    asked for, all are built; those asked for are reported."""
    specs = [
        spec.replace_attributes(deps=[dep for dep in spec.deps if dep.asset_key.path[0] not in NOT_ASSETS])
        for spec in build_dbt_asset_specs(
            manifest=contracts.manifest,
            dagster_dbt_translator=PlatformTranslator(),
            select="config.schema:gold",
            exclude="resource_type:test",
        )
    ]
    checks = declared_checks(contracts.manifest)
    gated = {spec.key: GatedTable(spec.key, checks[spec.key.path[-1]], judged_by_day=False) for spec in specs}

    @dg.multi_asset(
        name="gold",
        specs=specs,
        check_specs=gate_specs(gated.values(), settings.strict),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,  # built whole all the same: without it Dagster 1.13 refuses backfills (see tests/upstream)
    )
    def gold(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        days = [parse_day(key) for key in context.partition_keys]
        verdicts = attempted(context, settings.retries, lambda: refresh_gold(Warehouse(settings, contracts), days))
        asked = context.selected_asset_keys | {check.asset_key for check in context.selected_asset_check_keys}
        in_order = {dg.AssetKey(["gold", name]): of_table for name, of_table in verdicts.items()}  # parents first
        tables = {gated[key]: of_table for key, of_table in in_order.items() if key in asked}
        yield from report(context, tables, settings.strict)

    return gold
