"""Jobs: the selections people, the schedule and sensors launch, and the days of a run as Dagster's tags.

Here: names and selections. Not here: when they run (schedules.py, sensors.py); long backfills in runs of so many days,
which no job can express (`python -m platform_assets backfill`).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from platform_assets.partitions import parse_day

EVERYTHING = "everything"
FRESHNESS = "check_freshness"  # not like the step: Dagster refuses a job and a step of one name
REFRESH_DIMS = "refresh_dims"
LAYERS = {
    "bronze_layer": (("bronze",), "Received files become bronze days."),
    "silver_layer": (
        ("silver", "quarantine"),
        "Clean tables and what they refuse; needs bronze, and the days' snapshots: run refresh_dims first.",
    ),
    "dims_layer": (("dims",), "Snapshots of the masters; needs the masters in silver."),
    "enriched_layer": (("enriched",), "Enriched tables; needs silver and snapshots."),
    "gold_layer": (("gold",), "The warehouse; takes in every lake day that changed, whichever days are chosen."),
}


def platform_jobs(clocked: Sequence[dg.AssetChecksDefinition]) -> list[Any]:
    """`everything`, a job per layer, `refresh_dims` (masters in silver, their quarantine and their snapshots), and
    `check_freshness`: the checks that are judged by the clock and belong to no day, when there are any.
    """
    by_clock = [dg.AssetSelection.checks(*clocked)] if clocked else []

    def of_days(selection: dg.AssetSelection) -> dg.AssetSelection:
        return selection - by_clock[0] if by_clock else selection

    snapshots = dg.AssetSelection.groups("dims")
    masters = snapshots.upstream(depth=1) - snapshots
    held_back = masters.downstream(depth=1) & dg.AssetSelection.groups("quarantine")
    layers = [
        dg.define_asset_job(
            name, of_days(dg.AssetSelection.groups(*groups)), description=f"{description} For the chosen days."
        )
        for name, (groups, description) in LAYERS.items()
    ]
    fresh = [
        dg.define_asset_job(FRESHNESS, selection, description="Does data still arrive? Judged by the clock.")
        for selection in by_clock
    ]
    return [
        dg.define_asset_job(
            EVERYTHING,
            of_days(dg.AssetSelection.all()),
            description="All layers for the chosen days.",
        ),
        *layers,
        *fresh,
        dg.define_asset_job(
            REFRESH_DIMS,
            masters | held_back | snapshots,
            description="Masters in silver, their quarantine and their snapshots for the chosen days.",
        ),
    ]


def range_tags(first: date, last: date) -> dict[str, str]:
    """The tags that make one run of all days from `first` to `last`."""
    return {ASSET_PARTITION_RANGE_START_TAG: first.isoformat(), ASSET_PARTITION_RANGE_END_TAG: last.isoformat()}


def days_of_run(run: dg.DagsterRun) -> Iterator[date]:
    """The days a run was launched for, as its tags say; none for a run of something else."""
    first = run.tags.get(ASSET_PARTITION_RANGE_START_TAG) or run.tags.get(PARTITION_NAME_TAG, "")
    last = run.tags.get(ASSET_PARTITION_RANGE_END_TAG) or first
    with suppress(ValueError):  # other code locations name their partitions as they like
        day, end = parse_day(first), parse_day(last)
        while day <= end:
            yield day
            day += timedelta(days=1)


def day_ranges(days: Iterable[date], apart: int = 1) -> list[tuple[date, date]]:
    """Sorted days as ranges whose days are at most so many days apart: without gaps, by default."""
    ranges: list[tuple[date, date]] = []
    for day in days:
        if ranges and (day - ranges[-1][1]).days <= apart:
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return ranges


def in_parts(first: date, last: date, days: int) -> list[tuple[date, date]]:
    """A range of days as ranges of at most `days` days, oldest first."""
    starts = [first + timedelta(days=number) for number in range(0, (last - first).days + 1, days)]
    return [(start, min(last, start + timedelta(days=min(days, (last - start).days + 1) - 1))) for start in starts]
