"""The sensor of snapshots: stateless, asks for exactly the days that are behind, and once for each state."""

import shutil
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import date, timedelta

import dagster as dg
import pytest
from conftest import DAY, Platform, customer, days_from, empty_shop

from platform_assets.automation.jobs import REFRESH_DIMS, day_ranges, range_tags
from platform_assets.automation.sensors import stale_masters
from platform_assets.definitions import build_definitions

DAYS = days_from(DAY, 4)
MASTERS = ("customers", "product_catalog")


def tick(platform: Platform, instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    """One evaluation of the sensor as Dagster makes it."""
    definitions = build_definitions(platform.settings)
    sensor = definitions.resolve_sensor_def("stale_snapshots")
    assert sensor.job_name == REFRESH_DIMS
    found = sensor(dg.build_sensor_context(instance=instance, definitions=definitions))
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def requests(platform: Platform, instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    found = tick(platform, instance)
    assert isinstance(found, dg.SensorResult)
    return list(found.run_requests or [])


def ranges(found: Sequence[dg.RunRequest]) -> list[tuple[str, str]]:
    start, end = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
    return [(request.tags[start], request.tags[end]) for request in found]


def redeliver(platform: Platform, day: date, number: int) -> None:
    platform.drop("customers", f"ingest_dt={day}", [customer(number)])
    platform.bronze([day], MASTERS)


def test_it_skips_while_nothing_has_arrived_and_while_all_snapshots_are_fresh(
    platform: Platform, instance: dg.DagsterInstance
) -> None:
    nothing = tick(platform, instance)
    assert isinstance(nothing, dg.SkipReason)
    assert nothing.skip_message == "all snapshots are fresh"


def test_it_asks_for_all_days_that_follow_a_redelivery_of_an_old_day_and_only_for_those(
    four_days: Platform, instance: dg.DagsterInstance
) -> None:
    assert isinstance(tick(four_days, instance), dg.SkipReason)
    redeliver(four_days, DAYS[1], 5)
    # the silver day itself and every later snapshot: which days follow is known once silver has been refreshed
    assert ranges(requests(four_days, instance)) == [("2025-10-02", "2025-10-02")]
    four_days.silver(DAYS[1:2], masters=True)
    assert ranges(requests(four_days, instance)) == [("2025-10-02", "2025-10-04")]


def test_days_apart_are_asked_for_apart(four_days: Platform, instance: dg.DagsterInstance) -> None:
    redeliver(four_days, DAYS[0], 5)
    redeliver(four_days, DAYS[2], 6)
    assert ranges(requests(four_days, instance)) == [("2025-10-01", "2025-10-01"), ("2025-10-03", "2025-10-03")]


def test_the_same_state_is_asked_for_under_the_same_run_key_and_a_new_state_under_a_new_one(
    four_days: Platform, instance: dg.DagsterInstance
) -> None:
    redeliver(four_days, DAYS[3], 5)
    first, again = (requests(four_days, instance)[0].run_key for _ in range(2))
    redeliver(four_days, DAYS[3], 6)
    changed = requests(four_days, instance)[0].run_key
    assert first is not None
    assert first == again
    assert changed != first


def test_a_lost_snapshot_is_asked_for(four_days: Platform, instance: dg.DagsterInstance) -> None:
    four_days.lake.table("dims", "customers").data(DAYS[2]).unlink()
    assert ranges(requests(four_days, instance)) == [("2025-10-03", "2025-10-03")]


def key_of(platform: Platform, instance: dg.DagsterInstance) -> str | None:
    (request,) = requests(platform, instance)
    return request.run_key


def test_a_snapshot_that_is_lost_healed_and_lost_again_is_asked_for_under_a_new_run_key(
    four_days: Platform, instance: dg.DagsterInstance
) -> None:
    snapshot = four_days.lake.table("dims", "customers").data(DAYS[2])
    keys = []
    for run_id in ("one", "two"):
        snapshot.unlink()
        keys += [key_of(four_days, instance), key_of(four_days, instance)]
        four_days.dims([DAYS[2]], run_id)
    assert keys[0] == keys[1]
    assert keys[2] == keys[3]
    assert keys[0] != keys[2]


def test_a_snapshot_whose_whole_day_is_lost_is_asked_for_under_another_run_key_than_at_first(
    platform: Platform, instance: dg.DagsterInstance
) -> None:
    empty_shop(platform, DAYS[:1])
    platform.bronze(DAYS[:1])
    at_first = key_of(platform, instance)
    platform.silver(DAYS[:1], masters=True)
    platform.dims(DAYS[:1])
    shutil.rmtree(platform.lake.table("dims", "customers").day_folder(DAYS[0]))
    assert key_of(platform, instance) != at_first


def test_a_changed_declaration_is_asked_for_under_a_new_run_key_although_bronze_is_the_same(
    platform: Platform, instance: dg.DagsterInstance
) -> None:
    empty_shop(platform, DAYS[:1])
    platform.bronze(DAYS[:1])
    models = platform.contracts.silver
    changed = copy(platform.contracts)
    changed.silver = {name: replace(model, version=f"{model.version} changed") for name, model in models.items()}
    stale = [stale_masters(platform.settings, contracts)[DAYS[0]] for contracts in (platform.contracts, changed)]
    assert stale[0] != stale[1]


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED])
def test_days_of_a_run_that_goes_on_are_left_to_it(
    four_days: Platform, instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    redeliver(four_days, DAYS[0], 5)
    redeliver(four_days, DAYS[2], 6)
    instance.add_run(dg.DagsterRun("everything", tags=range_tags(DAYS[0], DAYS[1]), status=status))
    assert ranges(requests(four_days, instance)) == [("2025-10-03", "2025-10-03")]
    instance.add_run(dg.DagsterRun("everything", tags={"dagster/partition": str(DAYS[2])}, status=status))
    skipped = tick(four_days, instance)
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == "2 stale days are in runs that go on"


def test_running_what_it_asks_for_until_it_skips_leaves_every_snapshot_with_the_new_row(
    four_days: Platform, instance: dg.DagsterInstance
) -> None:
    redeliver(four_days, DAYS[1], 5)
    passes = 0
    while isinstance(found := tick(four_days, instance), dg.SensorResult):
        for first, last in ranges(found.run_requests or []):
            days = [day for day in DAYS if first <= day.isoformat() <= last]
            assert four_days.materialize(days, instance, job=REFRESH_DIMS).success
        passes += 1
        assert passes <= 2
    rows = [four_days.rows("dims", "customers", day)["customer_id"].to_list() for day in DAYS]
    assert rows == [["CUST-1"], ["CUST-1", "CUST-5"], ["CUST-1", "CUST-5"], ["CUST-1", "CUST-5"]]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([], []),
        ([3], [(3, 3)]),
        ([1, 2, 3], [(1, 3)]),
        ([1, 3, 4, 9], [(1, 1), (3, 4), (9, 9)]),
        ([29, 30, 31, 32], [(29, 32)]),
    ],
)
def test_days_become_ranges_without_gaps_across_the_end_of_a_month(
    numbers: list[int], expected: list[tuple[int, int]]
) -> None:
    def day(number: int) -> date:
        return date(2025, 9, 30) + timedelta(days=number)

    found = day_ranges([day(number) for number in numbers])
    assert found == [(day(first), day(last)) for first, last in expected]


def test_days_a_little_apart_may_be_one_range_and_days_far_apart_are_not() -> None:
    first, third, ninth = (date(2025, 10, number) for number in (1, 3, 9))

    assert day_ranges([first, third, ninth], apart=2) == [(first, third), (ninth, ninth)]
    assert day_ranges([first, third, ninth], apart=6) == [(first, ninth)]


def test_stale_snapshots_of_days_that_no_longer_exist_are_not_asked_for(
    four_days: Platform, instance: dg.DagsterInstance
) -> None:
    redeliver(four_days, DAYS[0], 2)
    redeliver(four_days, DAYS[1], 3)
    assert ranges(requests(four_days, instance)) == [("2025-10-01", "2025-10-02")]

    later = Platform(replace(four_days.settings, start_date=DAYS[1], end_date=DAYS[3]), four_days.contracts)

    assert ranges(requests(later, instance)) == [("2025-10-02", "2025-10-02")]
