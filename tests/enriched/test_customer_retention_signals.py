"""Customer retention signals by hand: both flags on both sides of every boundary.

Here: the pure transform. The day is 2025-10-01.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.thresholds import CustomerRetentionSignals as Thresholds
from platform_assets.enriched.transforms.customer_retention_signals import (
    CustomerRetentionSignals,
    customer_retention_signals,
)
from platform_assets.gates.schemas import failures

DAY = date(2025, 10, 1)
CUSTOMER = {"customer_id": pl.String, "loyalty_tier": pl.String}
ORDER = {"customer_id": pl.String, "order_date": pl.Datetime("us")}


def days_ago(days: int, hour: int = 12) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, hour) - timedelta(days=days)


def table(
    customers: Sequence[tuple[str, str | None]], orders: Sequence[tuple[str, datetime]],
    limits: Thresholds | None = None,
) -> pl.DataFrame:  # fmt: skip
    frame = customer_retention_signals(
        customers=pl.LazyFrame(customers, CUSTOMER, orient="row"),
        orders=pl.LazyFrame(orders, ORDER, orient="row"),
        limits=limits or Thresholds(),
        day=DAY,
    ).collect()
    assert failures(CustomerRetentionSignals.to_schema(), frame) == []
    return frame


def signals(*days: int, tier: str | None = "bronze") -> dict[str, Any]:
    """The row of one customer who bought so many days ago."""
    return table([("A", tier)], [("A", days_ago(number)) for number in days]).row(0, named=True)


def test_dates_orders_and_days_of_one_customer() -> None:
    assert signals(40, 3, 20) == {
        "customer_id": "A",
        "first_purchase_date": days_ago(40),
        "last_purchase_date": days_ago(3),
        "total_orders": 3,
        "days_since_first": 40,
        "days_since_last": 3,
        "is_in_danger_zone": False,
        "needs_bronze_nudge": False,
    }


@pytest.mark.parametrize(("days", "danger"), [(29, False), (30, True), (60, True), (90, True), (91, False)])
def test_the_danger_zone_holds_both_its_ends(days: int, danger: bool) -> None:
    assert signals(days)["is_in_danger_zone"] is danger


def test_a_second_order_leaves_the_danger_zone_whenever_it_was() -> None:
    assert signals(60, 60)["is_in_danger_zone"] is False
    assert signals(60, 1)["is_in_danger_zone"] is False


@pytest.mark.parametrize(("days", "nudge"), [(14, False), (15, True), (500, True)])
def test_the_nudge_comes_after_fourteen_days(days: int, nudge: bool) -> None:
    assert signals(days)["needs_bronze_nudge"] is nudge


def test_the_nudge_counts_from_the_last_purchase_and_not_from_the_first() -> None:
    assert signals(400, 14)["needs_bronze_nudge"] is False
    assert signals(400, 15)["needs_bronze_nudge"] is True


@pytest.mark.parametrize(("tier", "nudge"), [("bronze", True), ("silver", False), (None, False)])
def test_only_the_bronze_tier_of_the_cleaned_vocabulary_is_nudged(tier: str | None, nudge: bool) -> None:
    assert signals(20, tier=tier)["needs_bronze_nudge"] is nudge


@pytest.mark.parametrize("spelling", ["Bronze", "BRONZE"])
def test_the_case_of_a_tier_never_switches_the_nudge_off(spelling: str) -> None:
    limits = Thresholds(nudge_tier=spelling)
    assert table([("A", "bronze")], [("A", days_ago(20))], limits)["needs_bronze_nudge"].to_list() == [True]
    assert signals(20, tier=spelling)["needs_bronze_nudge"] is True


def test_a_customer_without_orders_has_no_dates_and_no_flags() -> None:
    row = signals()
    assert (row["total_orders"], row["is_in_danger_zone"], row["needs_bronze_nudge"]) == (0, False, False)
    dates = ("first_purchase_date", "last_purchase_date", "days_since_first", "days_since_last")
    assert [row[name] for name in dates] == [None] * 4


def test_days_are_calendar_days_whatever_the_hour() -> None:
    for hour in (0, 23):
        assert table([("A", None)], [("A", days_ago(30, hour))])["days_since_first"].to_list() == [30]


def test_an_order_of_the_day_itself_is_zero_days_ago() -> None:
    assert table([("A", None)], [("A", days_ago(0, hour=23))])["days_since_last"].to_list() == [0]


def test_guests_have_no_row_and_everybody_known_has_one_in_order() -> None:
    frame = table([("B", None), ("A", None)], [("GUEST-1", days_ago(40)), ("A", days_ago(40))])
    assert frame.select("customer_id", "total_orders").rows() == [("A", 1), ("B", 0)]


def test_no_customers_give_no_rows_of_the_right_shape() -> None:
    assert table([], [("GUEST-1", days_ago(1))]).is_empty()


def test_limits_can_be_changed_in_one_place() -> None:
    limits = Thresholds(danger_from_days=1, danger_to_days=2, nudge_tier="gold", nudge_after_days=0)
    frame = table([("A", "gold")], [("A", days_ago(1))], limits)
    assert frame.select("is_in_danger_zone", "needs_bronze_nudge").rows() == [(True, True)]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"total_orders": -1}, "greater_than_or_equal_to(0)"),
        ({"days_since_last": -1}, "greater_than_or_equal_to(0)"),
        ({"first_purchase_date": days_ago(0)}, "first_is_not_after_last"),
        ({"days_since_first": None}, "dates_are_known_exactly_with_orders"),
        ({"total_orders": 2, "is_in_danger_zone": True}, "danger_zone_means_exactly_one_order"),
        ({"total_orders": 0, "needs_bronze_nudge": True}, "nudge_means_at_least_one_order"),
        ({"is_in_danger_zone": None}, "not_nullable"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(bad: dict[str, Any], rule: str) -> None:
    frame = table([("A", "gold")], [("A", days_ago(5))])
    bad_frame = frame.with_columns(pl.lit(value, frame.schema[name]).alias(name) for name, value in bad.items())
    assert any(rule in problem for problem in failures(CustomerRetentionSignals.to_schema(), bad_frame))
