"""The landing sensor: it asks for exactly the days whose bronze must take something in, and once for each state."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from automation.landing_zone import below, opened_files, ranges, tick, tick_now, words
from conftest import DAY, TABLES, Platform, customer, days_from, empty_shop, order, product

from platform_assets.automation import landing_sensor
from platform_assets.automation.arrivals import read_cursor, write_cursor

DAYS = days_from(DAY, 4)
ALL = [("2025-10-01", "2025-10-04")]


@pytest.fixture
def landed(platform: Platform) -> Platform:
    """Four days of drops with an order each, not taken in yet."""
    empty_shop(platform, DAYS)
    for number, day in enumerate(DAYS):
        platform.drop("orders", f"ingest_dt={day}", [order(number, day)])
    return platform


@pytest.fixture
def taken(landed: Platform) -> Platform:
    """The same, and bronze holds all of it."""
    landed.bronze(DAYS)
    return landed


def redeliver(platform: Platform, day: date, *numbers: int) -> None:
    platform.drop("orders", f"ingest_dt={day}", [order(number, day) for number in numbers])


def test_what_has_landed_is_asked_for_in_one_run_per_range_of_days(
    platform: Platform, instance: dg.DagsterInstance
) -> None:
    empty_shop(platform, [*DAYS[:2], DAYS[3]])
    assert ranges(tick(platform, instance)) == [("2025-10-01", "2025-10-02"), ("2025-10-04", "2025-10-04")]


def test_an_empty_landing_zone_asks_for_nothing(platform: Platform, instance: dg.DagsterInstance) -> None:
    assert words(tick(platform, instance)) == "nothing to take in"


def test_an_unchanged_landing_zone_asks_for_nothing_and_no_file_in_it_is_opened(
    landed: Platform, instance: dg.DagsterInstance
) -> None:
    first = tick(landed, instance)
    assert ranges(first) == ALL
    with opened_files() as opened:
        again = tick(landed, instance, first.cursor)
    assert words(again) == "nothing to take in"
    assert again.cursor == first.cursor
    assert below(landed.landing, opened) == []
    assert below(landed.settings.lake, opened) == []


def test_the_files_it_opens_are_heard_when_something_changed(taken: Platform, instance: dg.DagsterInstance) -> None:
    cursor = tick(taken, instance).cursor
    redeliver(taken, DAYS[1], 7)
    with opened_files() as opened:
        tick(taken, instance, cursor)
    folders = {Path(path).parent.name for path in below(taken.landing, opened)}
    assert folders == {"ingest_dt=2025-10-02"}  # and nothing of the days that did not change


@pytest.mark.parametrize("cursor", [None, "", "garbage", "Z2FyYmFnZQ==", "{}", "\x00é", "eJxLBAAAYgBi"])
def test_without_a_usable_cursor_it_asks_for_what_bronze_has_not_taken_in_and_for_nothing_else(
    taken: Platform, instance: dg.DagsterInstance, cursor: str | None
) -> None:
    assert words(tick(taken, instance, cursor)) == "nothing to take in"
    redeliver(taken, DAYS[2], 2, 9)
    found = tick(taken, instance, cursor)
    assert ranges(found) == [("2025-10-03", "2025-10-03")]
    assert words(tick(taken, instance, found.cursor)) == "nothing to take in"


def test_a_redelivered_file_for_an_old_day_asks_for_that_day_alone(
    taken: Platform, instance: dg.DagsterInstance
) -> None:
    cursor = tick(taken, instance).cursor
    redeliver(taken, DAYS[1], 1, 8)
    assert ranges(tick(taken, instance, cursor)) == [("2025-10-02", "2025-10-02")]


def test_a_file_that_was_only_touched_asks_for_nothing(taken: Platform, instance: dg.DagsterInstance) -> None:
    cursor = tick(taken, instance).cursor
    os.utime(taken.landing / "orders" / "ingest_dt=2025-10-02" / "part-0000.parquet", (5, 5))
    found = tick(taken, instance, cursor)
    assert words(found) == "nothing to take in"
    assert found.cursor != cursor  # it was looked at, and is known now


def test_a_folder_that_is_cleaned_up_asks_for_nothing(taken: Platform, instance: dg.DagsterInstance) -> None:
    cursor = tick(taken, instance).cursor
    folder = taken.landing / "orders" / "ingest_dt=2025-10-02"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert words(tick(taken, instance, cursor)) == "nothing to take in"


def test_a_day_waits_for_a_producer_manifest_where_one_is_required(
    landed: Platform, instance: dg.DagsterInstance
) -> None:
    manifest = landed.landing / "returns" / "ingest_dt=2025-10-02" / "_MANIFEST.json"
    written = manifest.read_bytes()
    manifest.unlink()
    (manifest.parent / "part-0000.parquet").write_bytes(b"half of it")
    found = tick(landed, instance)
    assert ranges(found) == [("2025-10-01", "2025-10-01"), ("2025-10-03", "2025-10-04")]
    waiting = tick(landed, instance, found.cursor)
    assert words(waiting).splitlines() == [
        "nothing to take in",
        "waiting: returns/'ingest_dt=2025-10-02' has no _MANIFEST.json yet",
    ]
    manifest.write_bytes(written)
    assert ranges(tick(landed, instance, waiting.cursor)) == [("2025-10-02", "2025-10-02")]


def test_a_day_waits_while_one_of_its_files_is_younger_than_a_minute(
    landed: Platform, instance: dg.DagsterInstance
) -> None:
    cursor = tick(landed, instance).cursor
    redeliver(landed, DAYS[3], 3, 4)
    young = tick_now(landed, instance, cursor)
    message = "waiting: orders/'ingest_dt=2025-10-04' changed within the last 60 s"
    assert words(young).splitlines() == ["nothing to take in", message]
    assert ranges(tick(landed, instance, young.cursor)) == [("2025-10-04", "2025-10-04")]


def test_a_file_dated_far_in_the_future_does_not_wait_for_ever(landed: Platform, instance: dg.DagsterInstance) -> None:
    tick(landed, instance)
    os.utime(landed.landing / "orders" / "ingest_dt=2025-10-04" / "part-0000.parquet", (4e9, 4e9))
    assert ranges(tick_now(landed, instance)) == ALL


def test_a_run_that_failed_is_asked_for_again_only_when_something_changed(
    landed: Platform, instance: dg.DagsterInstance
) -> None:
    first = tick(landed, instance)  # and nothing is published: the run failed
    assert words(tick(landed, instance, first.cursor)) == "nothing to take in"
    redeliver(landed, DAYS[0], 5)
    again = tick(landed, instance, first.cursor)
    assert ranges(again) == [("2025-10-01", "2025-10-01")]


def test_the_run_key_names_what_landed_so_a_lost_cursor_does_not_repeat_a_request(
    landed: Platform, instance: dg.DagsterInstance
) -> None:
    keys = [[request.run_key for request in tick(landed, instance).run_requests or []] for _ in range(2)]
    assert keys[0] == keys[1]
    assert len(keys[0]) == 1
    redeliver(landed, DAYS[3], 3, 4)
    assert [request.run_key for request in tick(landed, instance).run_requests or []] != keys[0]


def test_days_that_do_not_exist_are_left_out_with_words_on_what_to_set_and_are_asked_for_once_they_exist(
    landed: Platform, instance: dg.DagsterInstance
) -> None:
    until = Platform(replace(landed.settings, end_date=date(2025, 10, 3)), landed.contracts)
    found = tick(until, instance)
    assert ranges(found) == [("2025-10-01", "2025-10-02")]
    assert words(tick(until, instance, found.cursor)).splitlines()[1:] == [
        "2 landed days are not ingest days (2025-10-03 to 2025-10-04): "
        "set PLATFORM_START_DATE and PLATFORM_END_DATE around them"
    ]
    assert ranges(tick(landed, instance, found.cursor)) == [("2025-10-03", "2025-10-04")]


def test_another_lake_has_taken_in_nothing_whatever_the_cursor_says(
    taken: Platform, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    cursor = tick(taken, instance).cursor
    elsewhere = Platform(replace(taken.settings, lake=tmp_path / "other"), taken.contracts)
    assert ranges(tick(elsewhere, instance, cursor)) == ALL


def test_a_tick_hashes_a_bounded_amount_and_the_next_ticks_do_the_rest(
    taken: Platform, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, day in enumerate(DAYS[:3]):
        redeliver(taken, day, number, 10)
    monkeypatch.setattr(landing_sensor, "EXAMINED_BYTES", 1)
    cursor, found = None, []
    for _ in range(4):
        result = tick(taken, instance, cursor)
        cursor = result.cursor
        found += ranges(result)
    assert found == [(str(day), str(day)) for day in DAYS[:3]]


def test_the_cursor_of_thousands_of_folders_is_small_and_comes_back_as_it_was(platform: Platform) -> None:
    # Three years of eight tables. Eight hex digits are 4 bytes, 5.3 as base64: 46 kB; the names add a little.
    states = (f"{number * 2654435761 % 2**32:08x}" for number in range(10**9))
    days = days_from(DAY, 3 * 365)
    seen = {table: {f"ingest_dt={day}": next(states) for day in days} for table in TABLES}
    cursor = write_cursor(platform.settings, seen)
    assert len(cursor) < 100_000
    assert read_cursor(platform.settings, cursor) == seen


Change = Callable[[Platform], object]


def late_customer_file(platform: Platform) -> None:
    path = platform.drop("customers", "signup_date=2025-09-01", [customer(2)], file="late.parquet", manifest=False)
    first = path.with_name("part-0000.parquet")
    platform.producer_manifest("customers", "signup_date=2025-09-01", [(first, 1), (path, 1)])


def emptied_by_its_manifest(platform: Platform) -> None:
    platform.producer_manifest("orders", f"ingest_dt={DAYS[1]}", [])


def broken_manifest(platform: Platform) -> None:
    (platform.landing / "orders" / f"ingest_dt={DAYS[1]}" / "_MANIFEST.json").write_text("not json")


def wrong_count_in_the_manifest(platform: Platform) -> None:
    path = platform.landing / "orders" / f"ingest_dt={DAYS[1]}" / "part-0000.parquet"
    platform.producer_manifest("orders", path.parent.name, [(path, 1)], rows=2)


def renamed_file(platform: Platform) -> None:
    path = platform.landing / "orders" / f"ingest_dt={DAYS[1]}" / "part-0000.parquet"
    platform.producer_manifest("orders", path.parent.name, [(path.rename(path.with_name("other.parquet")), 1)])


CHANGES: list[tuple[Change, date]] = [
    (lambda platform: redeliver(platform, DAYS[1], 1, 8), DAYS[1]),
    (lambda platform: platform.drop("product_catalog", f"ingest_dt={DAYS[2]}", [product(2)]), DAYS[2]),
    (lambda platform: platform.drop("product_catalog", "category=Books", [product(3)]), DAY),  # counts for the start
    (lambda platform: platform.drop("customers", "signup_date=2025-10-03", [customer(3)]), DAYS[2]),
    (late_customer_file, DAYS[3]),  # a later file of a folder already landed counts for the newest day
    (emptied_by_its_manifest, DAYS[1]),
    (broken_manifest, DAYS[1]),
    (wrong_count_in_the_manifest, DAYS[1]),
    (renamed_file, DAYS[1]),
]


@pytest.mark.parametrize(("change", "day"), CHANGES)
def test_it_asks_for_the_day_that_bronze_gives_the_files_to_and_for_no_day_on_which_bronze_takes_in_nothing(
    taken: Platform, instance: dg.DagsterInstance, change: Change, day: date
) -> None:
    cursor = tick(taken, instance).cursor
    before = states(taken)
    change(taken)
    assert ranges(tick(taken, instance, cursor)) == [(str(day), str(day))]
    taken.bronze(DAYS)  # the judge: which days of bronze another run of all days would change
    after = states(taken)
    assert {place[1] for place in after if after[place] != before[place]} == {day}


def states(platform: Platform) -> dict[tuple[str, date], str]:
    """What bronze holds, by whom and when left out."""
    tables = [platform.lake.bronze("shop", name) for name in TABLES]
    found = {(table.name, day): table.manifest(day) for table in tables for day in DAYS}
    return {place: repr(replace(held, run_id="", created_at="")) for place, held in found.items() if held}
