"""Dimension snapshots: every master row known by a day, one file per day.

Here: the snapshot assets, their checks, and the pointer to the newest good day. Not here: history with valid
from and to (gold), or the sensor that asks for refreshes (automation).
"""

from platform_assets.dims.assets import dims_assets
from platform_assets.dims.snapshots import snapshot_inputs, snapshot_table, snapshot_version

__all__ = ["dims_assets", "snapshot_inputs", "snapshot_table", "snapshot_version"]
