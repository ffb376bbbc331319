"""The sensor of days behind: one run at a time, oldest days first, each state asked for once; snapshots come first."""

from dataclasses import replace

import dagster as dg
from automation.landing_zone import END, START
from conftest import DAY, Platform, customer, days_from, empty_shop, order

from platform_assets.automation.jobs import range_tags
from platform_assets.definitions import build_definitions

DAYS = days_from(DAY, 4)
SENSOR = "days_behind"


def tick(platform: Platform, instance: dg.DagsterInstance) -> dg.RunRequest | str:
    """One evaluation as Dagster makes it: what it asks for, or why it asks for nothing."""
    definitions = build_definitions(platform.settings)
    sensor = definitions.resolve_sensor_def(SENSOR)
    assert sensor.job_name == "everything"
    found = sensor(dg.build_sensor_context(instance=instance, definitions=definitions))
    if isinstance(found, dg.SkipReason):
        return str(found.skip_message)
    assert isinstance(found, dg.RunRequest)
    return found


def days_of(found: dg.RunRequest | str) -> tuple[str, str]:
    assert isinstance(found, dg.RunRequest), found
    return found.tags[START], found.tags[END]


def launch(
    instance: dg.DagsterInstance, request: dg.RunRequest | str, status: dg.DagsterRunStatus, sensor: str = SENSOR
) -> None:
    """What the daemon does with a request, and what became of the run."""
    assert isinstance(request, dg.RunRequest)
    tags = {**request.tags, "dagster/run_key": str(request.run_key), "dagster/sensor_name": sensor}
    instance.add_run(dg.DagsterRun("everything", tags=tags, status=status))


def per_run(platform: Platform, days: int) -> Platform:
    return Platform(replace(platform.settings, days_per_run=days), platform.contracts)


def test_it_asks_for_nothing_before_anything_has_arrived(platform: Platform, instance: dg.DagsterInstance) -> None:
    assert tick(platform, instance) == "nothing is behind"


def test_it_asks_for_the_oldest_days_that_are_behind_and_at_most_so_many_as_a_run_may_have(
    four_days: Platform, instance: dg.DagsterInstance
) -> None:
    assert days_of(tick(four_days, instance)) == ("2025-10-01", "2025-10-04")
    assert days_of(tick(per_run(four_days, 3), instance)) == ("2025-10-01", "2025-10-03")


def test_it_waits_for_its_own_run_and_leaves_out_the_days_of_other_runs(
    four_days: Platform, instance: dg.DagsterInstance
) -> None:
    other = dg.RunRequest(run_key="by hand", tags=range_tags(DAYS[0], DAYS[1]))
    launch(instance, other, dg.DagsterRunStatus.STARTED, sensor="landed_drops")
    found = tick(four_days, instance)
    assert days_of(found) == ("2025-10-03", "2025-10-04")
    launch(instance, found, dg.DagsterRunStatus.NOT_STARTED)
    assert tick(four_days, instance) == "the run that was asked for last goes on"


def test_days_whose_run_failed_are_passed_over_until_something_changes(
    four_days: Platform, instance: dg.DagsterInstance
) -> None:
    two = per_run(four_days, 2)
    for expected in (("2025-10-01", "2025-10-02"), ("2025-10-03", "2025-10-04")):
        found = tick(two, instance)
        assert days_of(found) == expected
        launch(instance, found, dg.DagsterRunStatus.FAILURE)
    skipped = tick(two, instance)
    assert isinstance(skipped, str)
    assert skipped.startswith("4 days are behind: asked for before and unchanged")

    two.drop("orders", f"ingest_dt={DAYS[2]}", [order(1)])
    two.bronze([DAYS[2]], ["orders"])
    assert days_of(tick(two, instance)) == ("2025-10-03", "2025-10-04")


def test_days_with_a_stale_snapshot_are_left_to_the_sensor_of_snapshots(
    four_days: Platform, instance: dg.DagsterInstance
) -> None:
    four_days.drop("customers", f"ingest_dt={DAYS[1]}", [customer(2)])
    four_days.bronze([DAYS[1]], ["customers"])
    found = tick(four_days, instance)
    assert days_of(found) == ("2025-10-01", "2025-10-01")
    launch(instance, found, dg.DagsterRunStatus.SUCCESS)
    assert days_of(tick(four_days, instance)) == ("2025-10-03", "2025-10-04")


def test_days_that_no_longer_exist_are_not_asked_for(four_days: Platform, instance: dg.DagsterInstance) -> None:
    settings = replace(four_days.settings, start_date=DAYS[1], end_date=DAYS[3])
    found = tick(Platform(settings, four_days.contracts), instance)
    assert days_of(found) == ("2025-10-02", "2025-10-03")


def test_what_is_lost_again_after_it_was_healed_is_asked_for_again(
    platform: Platform, instance: dg.DagsterInstance
) -> None:
    empty_shop(platform, [DAY])
    platform.refresh([DAY])
    assert tick(platform, instance) == "nothing is behind"
    orders = platform.lake.table("silver", "stg_orders").data(DAY)
    keys: set[str | None] = set()
    for number, lost in enumerate((orders, orders, platform.settings.warehouse)):
        lost.unlink()
        found = tick(platform, instance)
        assert days_of(found) == ("2025-10-01", "2025-10-01")
        assert isinstance(found, dg.RunRequest)
        keys.add(found.run_key)
        launch(instance, found, dg.DagsterRunStatus.SUCCESS)
        if lost == orders:
            platform.silver([DAY], masters=False, run_id=f"heals {number}")
    assert len(keys) == 3
