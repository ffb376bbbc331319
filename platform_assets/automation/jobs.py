"""Jobs: the selections people and sensors launch.

Here: names and selections. Not here: when they run (sensors.py).
"""

from typing import Any

import dagster as dg

EVERYTHING = "everything"
REFRESH_DIMS = "refresh_dims"


def platform_jobs() -> list[Any]:
    """`everything`: all layers for the chosen days. `refresh_dims`: masters in silver and their snapshots."""
    masters = dg.AssetSelection.groups("dims").required_multi_asset_neighbors()
    return [
        dg.define_asset_job(
            EVERYTHING,
            dg.AssetSelection.all(),
            description="All layers for the chosen days.",
        ),
        dg.define_asset_job(
            REFRESH_DIMS,
            masters | masters.upstream(depth=1),
            description="Masters in silver and their snapshots for the chosen days.",
        ),
    ]
