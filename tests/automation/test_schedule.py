"""The nightly schedule: the day before, at 02:00 UTC, and nothing that does not exist."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import dagster as dg
import pytest
from conftest import Platform

from platform_assets.automation import platform_jobs, platform_schedules
from platform_assets.definitions import build_definitions
from platform_assets.settings import Settings

AUTOMATIC = ("daily_everything", "hourly_freshness", "landed_drops", "stale_snapshots", "days_behind")


def night(platform: Platform, moment: datetime) -> dg.RunRequest | dg.SkipReason:
    definitions = build_definitions(platform.settings)
    schedule = definitions.resolve_schedule_def("daily_everything")
    assert schedule.job_name == "everything"
    with dg.build_schedule_context(
        scheduled_execution_time=moment, repository_def=definitions.get_repository_def()
    ) as context:
        data = schedule.evaluate_tick(context)
    return data.run_requests[0] if data.run_requests else dg.SkipReason(data.skip_message)


def test_it_runs_at_two_in_the_morning_utc(platform: Platform) -> None:
    schedule = build_definitions(platform.settings).resolve_schedule_def("daily_everything")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "UTC")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2025, 10, 3, 2, tzinfo=timezone.utc), "2025-10-02"),
        (datetime(2026, 3, 1, 2, tzinfo=timezone.utc), "2026-02-28"),
        # 22:00 of 30 October in New York is 02:00 of the 31st in UTC: the day before that is the 30th.
        (datetime(2025, 10, 30, 22, tzinfo=timezone(timedelta(hours=-4))), "2025-10-30"),
    ],
)
def test_it_runs_all_layers_for_the_day_before(platform: Platform, moment: datetime, day: str) -> None:
    found = night(platform, moment)
    assert isinstance(found, dg.RunRequest)
    assert found.partition_key == day
    assert found.run_key == day


@pytest.mark.parametrize("moment", [datetime(2025, 10, 1, 2), datetime(2025, 10, 9, 2)])
def test_a_day_that_does_not_exist_is_skipped_with_words_on_what_to_set(platform: Platform, moment: datetime) -> None:
    bounded = Platform(replace(platform.settings, end_date=date(2025, 10, 4)), platform.contracts)
    found = night(bounded, moment.replace(tzinfo=timezone.utc))
    assert isinstance(found, dg.SkipReason)
    assert found.skip_message == (
        f"{moment.date() - timedelta(days=1)} is not an ingest day: "
        "set PLATFORM_START_DATE and PLATFORM_END_DATE around it."
    )


@pytest.mark.parametrize(("environment", "running"), [("local", False), ("dev", True), ("qa", True), ("prod", True)])
def test_schedule_and_sensors_wait_for_somebody_on_a_laptop_and_run_by_themselves_elsewhere(
    platform: Platform, environment: str, running: bool
) -> None:
    settings = replace(platform.settings, environment=environment)
    repository = build_definitions(settings).get_repository_def()
    found = {each.name: each.default_status.value for each in (*repository.schedule_defs, *repository.sensor_defs)}
    assert found == dict.fromkeys(AUTOMATIC, "RUNNING" if running else "STOPPED")


@pytest.mark.parametrize(
    ("environment", "waits"),
    [
        # minutes before each retry: 1, 3, 7 … times the delay, as Dagster counts, and never more than the longest
        ("local", [1]),
        ("dev", [2, 6]),
        ("qa", [2, 6]),
        ("prod", [5, 15, 30]),
    ],
)
def test_each_environment_has_its_own_retries(environment: str, waits: list[float]) -> None:
    retries = Settings.from_env({"PLATFORM_ENV": environment}).retries
    assert [retries.wait(attempt) / 60 for attempt in range(1, retries.count + 1)] == waits


def test_freshness_is_looked_at_every_hour_and_is_no_part_of_a_day(platform: Platform) -> None:
    definitions = build_definitions(platform.settings)
    schedule = definitions.resolve_schedule_def("hourly_freshness")
    assert (schedule.cron_schedule, schedule.job_name) == ("0 * * * *", "check_freshness")
    steps = {name: set(definitions.resolve_job_def(name).graph.node_dict) for name in ("check_freshness", "everything")}
    assert steps["check_freshness"] == {"freshness"} and "freshness" not in steps["everything"]
    assert "freshness" not in definitions.resolve_job_def("bronze_layer").graph.node_dict


def test_a_platform_that_declares_no_freshness_has_no_such_schedule(platform: Platform) -> None:
    assert [schedule.name for schedule in platform_schedules(platform.settings, [])] == ["daily_everything"]
    assert "check_freshness" not in {job.name for job in platform_jobs([])}
