"""Jobs: the selections people and sensors launch.

Here: names and selections. Not here: when they run (sensors.py).
"""

from typing import Any

import dagster as dg

EVERYTHING = "everything"
REFRESH_DIMS = "refresh_dims"


def platform_jobs() -> list[Any]:
    """`everything`: all layers for the chosen days. `refresh_dims`: masters in silver, their quarantine and their snapshots."""
    snapshots = dg.AssetSelection.groups("dims")
    masters = snapshots.upstream(depth=1) - snapshots
    held_back = masters.downstream(depth=1) & dg.AssetSelection.groups("quarantine")
    return [
        dg.define_asset_job(
            EVERYTHING,
            dg.AssetSelection.all(),
            description="All layers for the chosen days.",
        ),
        dg.define_asset_job(
            REFRESH_DIMS,
            masters | held_back | snapshots,
            description="Masters in silver, their quarantine and their snapshots for the chosen days.",
        ),
    ]
