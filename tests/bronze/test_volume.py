"""Volume: days that are too small, too large or unlike the days before are marked, and never refused for it."""

from datetime import date, timedelta

import pytest
from conftest import DAY, Platform, customer, days_from, empty_shop, order

from platform_assets.bronze.volume import volume_check
from platform_assets.contracts import Volume

# 100, 102, 98, 100, 100, 101, 99: mean 100; squared distances 0 4 4 0 0 1 1 add up to 10; 10 / 6 = 1.667, so ± 1.291
WEEK = {DAY - timedelta(days=7 - number): rows for number, rows in enumerate((100, 102, 98, 100, 100, 101, 99))}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (99, "99 rows, expected at least 100"),
        (100, "none"),
        (500, "none"),
        (501, "501 rows, expected at most 500"),
        (0, "0 rows, expected at least 100"),
    ],
)
def test_a_day_outside_its_declared_bounds_is_marked_and_the_bounds_belong_to_them(rows: int, said: str) -> None:
    check = volume_check(Volume(least=100, most=500), DAY, rows, {})
    assert (check.passed, check.notes["problems"], check.advisory) == (said == "none", said, True)


@pytest.mark.parametrize(("rows", "usual"), [(103, True), (104, False), (97, True), (96, False)])
def test_a_day_three_standard_deviations_from_the_days_before_is_unusual(rows: int, usual: bool) -> None:
    """3 × 1.291 = 3.873: 103 is 3 away from the mean, 104 is 4 away."""
    check = volume_check(Volume(zscore=3), DAY, rows, WEEK)
    assert check.passed is usual
    assert check.numbers["zscore"] == pytest.approx((rows - 100) / 1.2910, abs=0.001)


def test_too_few_days_before_say_nothing_about_the_day() -> None:
    six = dict(sorted(WEEK.items())[1:])
    assert volume_check(Volume(zscore=3), DAY, 5000, six).passed
    assert not volume_check(Volume(zscore=3, min_days=6), DAY, 5000, six).passed


def test_only_calendar_days_of_the_window_count_and_never_the_day_itself_or_later_ones() -> None:
    far = {day - timedelta(days=28): rows for day, rows in WEEK.items()}  # 29 to 35 days before
    later = {DAY + timedelta(days=number): 5000 for number in range(20)}
    assert volume_check(Volume(zscore=3), DAY, 5000, far | later).numbers["trailing_days"] == 0
    assert volume_check(Volume(zscore=3), DAY, 100, WEEK | later).passed


def test_after_days_that_were_all_alike_any_other_number_is_unusual() -> None:
    alike = dict.fromkeys(WEEK, 100)
    assert volume_check(Volume(zscore=3), DAY, 100, alike).passed
    assert not volume_check(Volume(zscore=3), DAY, 101, alike).passed


def test_a_small_day_is_marked_but_published_by_strict_gates_and_its_manifest_is_not_marked(platform: Platform) -> None:
    """One order, where at least 100 are declared."""
    strict = platform.strict()
    empty_shop(strict, days_from(DAY, 1))
    strict.drop("customers", f"ingest_dt={DAY}", [customer(1)])
    strict.drop("orders", f"ingest_dt={DAY}", [order(1)])
    verdict = strict.bronze([DAY], ["orders"])["orders"][DAY]

    assert not verdict.checks["rules"].passed and verdict.refused is None
    manifest = strict.lake.bronze("shop", "orders").manifest(DAY)
    assert manifest is not None and (manifest.rows, manifest.failed_checks) == (1, ())


def test_days_landed_earlier_in_the_same_run_count_as_days_before(platform: Platform) -> None:
    days = days_from(DAY, 8)
    for number, day in enumerate(days):
        platform.drop("orders", f"ingest_dt={day}", [order(100 * number + i) for i in range(1, 4)])
    found = platform.bronze(days, ["orders"])["orders"]

    assert [found[day].checks["rules"].numbers["trailing_days"] for day in days] == list(range(8))
    assert found[days[-1]].checks["rules"].numbers["trailing_mean"] == 3


def test_a_table_without_a_declared_volume_has_no_such_check(platform: Platform) -> None:
    platform.drop("returns", f"ingest_dt={DAY}", [])
    assert "rules" not in platform.bronze([date(2025, 10, 1)], ["returns"])["returns"][DAY].checks
