"""Sensors: stateless comparisons of what is published with what was built from it.

Here: which days need a run, and the requests for them. Not here: cursors; a sensor that forgets nothing has nothing
to lose in a restart, and sees re-deliveries for old days.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from platform_assets.automation.jobs import REFRESH_DIMS
from platform_assets.contracts import Contracts, SilverModel
from platform_assets.dims import snapshot_inputs, snapshot_table
from platform_assets.lake import Lake, PublishedContent, stale_reason
from platform_assets.lake.manifests import hash_of
from platform_assets.settings import Settings
from platform_assets.silver import silver_inputs


def platform_sensors(settings: Settings, contracts: Contracts) -> list[dg.SensorDefinition]:
    """One sensor: `stale_snapshots`."""

    @dg.sensor(name="stale_snapshots", job_name=REFRESH_DIMS, minimum_interval_seconds=60)
    def stale_snapshots() -> dg.SensorResult | dg.SkipReason:
        """Refresh snapshots that are missing or no longer what their inputs say, old days included."""
        lake = Lake(settings.lake)
        masters = [model for model in contracts.silver.values() if model.is_master]
        published = PublishedContent()
        stale = sorted({day for model in masters for day in stale_days(lake, contracts, model, published)})
        if not stale:
            return dg.SkipReason("all snapshots are fresh")
        return dg.SensorResult([_request(first, last, lake, contracts, published) for first, last in day_ranges(stale)])

    return [stale_snapshots]


def stale_days(lake: Lake, contracts: Contracts, model: SilverModel, published: PublishedContent) -> set[date]:
    """Ingest days of a master whose silver table or snapshot is not what bronze says."""
    silver, snapshots = lake.table("silver", model.name), snapshot_table(lake, model)
    arrived = published.manifests(lake.bronze(*model.source))
    return {
        day
        for day in arrived
        if stale_reason(silver, silver_inputs(lake, contracts, model), day, published, model.version)
        or stale_reason(snapshots, snapshot_inputs(lake, model), day, published, model.version)
    }


def day_ranges(days: Iterable[date]) -> list[tuple[date, date]]:
    """Sorted days as ranges without gaps."""
    ranges: list[tuple[date, date]] = []
    for day in days:
        if ranges and ranges[-1][1] + timedelta(days=1) == day:
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return ranges


def _request(first: date, last: date, lake: Lake, contracts: Contracts, published: PublishedContent) -> dg.RunRequest:
    """The run key names the state that is asked for: the same state is requested once, a new one again."""
    state = [
        f"{model.name} {day} {manifest.content_hash}"
        for model in contracts.silver.values()
        if model.is_master
        for day, manifest in sorted(published.manifests(lake.bronze(*model.source)).items())
        if day <= last
    ]
    return dg.RunRequest(
        run_key=f"{first}:{last}:{hash_of(state)[:16]}",
        tags={ASSET_PARTITION_RANGE_START_TAG: first.isoformat(), ASSET_PARTITION_RANGE_END_TAG: last.isoformat()},
    )
