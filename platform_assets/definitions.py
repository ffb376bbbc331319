"""The code location: everything Dagster knows about the platform, as a table of contents.

Here: which assets, jobs, schedules and sensors exist. Not here: how any of them works. Importing must stay cheap: no work, no
network, and heavy libraries are imported where they are used.
"""

from typing import Any

import dagster as dg

from platform_assets.automation import platform_jobs, platform_schedules, platform_sensors
from platform_assets.bronze import bronze_assets, freshness_checks
from platform_assets.contracts import Contracts, current_manifest
from platform_assets.dims import dims_assets
from platform_assets.enriched import enriched_assets
from platform_assets.gold import gold_assets
from platform_assets.partitions import ingest_days
from platform_assets.settings import Settings
from platform_assets.silver import silver_assets

OWNER = "team:data-platform"


def build_definitions(settings: Settings, **overrides: Any) -> dg.Definitions:
    """All definitions of a deployment; `overrides` replace arguments of dg.Definitions."""
    contracts = Contracts(current_manifest(settings.dbt_project))
    days, clocked = ingest_days(settings), freshness_checks(settings, contracts)
    assets = [
        *bronze_assets(settings, contracts, days),
        *silver_assets(settings, contracts, days),
        *dims_assets(settings, contracts, days),
        *enriched_assets(settings, days),
        gold_assets(settings, contracts, days),
    ]
    arguments: dict[str, Any] = {
        "assets": dg.map_asset_specs(_policies, assets),
        "asset_checks": clocked,
        "jobs": platform_jobs(clocked),
        "schedules": platform_schedules(settings, clocked),
        "sensors": platform_sensors(settings, contracts),
        "executor": dg.in_process_executor,  # Polars and DuckDB use every core already: scale out by runs
    }
    return dg.Definitions(**(arguments | overrides))


def _policies(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Every table has an owner, the declared one (`config.meta.owner`) or the platform's team, and all but bronze a name
    under which the warehouse file shows it."""
    owned = spec if spec.owners else spec.replace_attributes(owners=[OWNER])
    layer, table = spec.key.path
    return owned if layer == "bronze" else owned.merge_attributes(metadata={"dagster/table_name": f"{layer}.{table}"})


def defs() -> dg.Definitions:
    """What `dagster` loads: the deployment described by the environment."""
    return build_definitions(Settings.from_env())
