"""Schedules: what runs by the clock.

Here: the nightly run of the day before, and the hourly look at whether data still arrives. Not here: what runs
because something arrived (sensors.py).
"""

from collections.abc import Sequence
from datetime import timedelta, timezone

import dagster as dg

from platform_assets.automation.jobs import EVERYTHING, FRESHNESS
from platform_assets.partitions import ingest_days
from platform_assets.settings import Settings


def platform_schedules(settings: Settings, clocked: Sequence[dg.AssetChecksDefinition]) -> list[dg.ScheduleDefinition]:
    """`daily_everything` at 02:00 UTC, and `hourly_freshness` when there are checks by the clock."""
    known = ingest_days(settings)
    running = dg.DefaultScheduleStatus.RUNNING if settings.unattended else dg.DefaultScheduleStatus.STOPPED

    @dg.schedule(
        name="daily_everything",
        job_name=EVERYTHING,
        cron_schedule="0 2 * * *",
        execution_timezone="UTC",
        default_status=running,
        description="All layers for the day before, at 02:00 UTC. Stopped by default on a laptop (PLATFORM_ENV=local): "
        "start it in the UI. Running by default in dev, qa and prod.",
    )
    def daily_everything(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        # Not the newest partition, which is the day that has only begun.
        day = (context.scheduled_execution_time.astimezone(timezone.utc) - timedelta(days=1)).date().isoformat()
        if not known.has_partition_key(day):
            return dg.SkipReason(
                f"{day} is not an ingest day: set PLATFORM_START_DATE and PLATFORM_END_DATE around it."
            )
        return dg.RunRequest(run_key=day, partition_key=day)

    hourly_freshness = dg.ScheduleDefinition(
        name="hourly_freshness",
        job_name=FRESHNESS,
        cron_schedule="0 * * * *",
        execution_timezone="UTC",
        default_status=running,
        description="Does data still arrive? Stopped by default on a laptop (PLATFORM_ENV=local).",
    )
    return [daily_everything, hourly_freshness] if clocked else [daily_everything]
