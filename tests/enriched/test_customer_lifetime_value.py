"""Customer lifetime value by hand: every segment, bucket and label, each on both sides of its boundary.

Here: the pure transform. The day is 2025-10-01; `orders_of` makes orders a given number of days before it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.thresholds import CustomerLifetimeValue as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.customer_lifetime_value import (
    CustomerLifetimeValue,
    customer_lifetime_value,
)
from platform_assets.gates.schemas import failures

DAY = date(2025, 10, 1)
CUSTOMER = {"customer_id": pl.String, "clv_bucket": pl.String}
ORDER = {"customer_id": pl.String, "net_total": MONEY, "order_date": pl.Datetime("us")}
RETURN = {"customer_id": pl.String, "refunded_amount": MONEY}


def days_ago(days: int, hour: int = 12) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, hour) - timedelta(days=days)


def value_of(
    orders: Sequence[tuple[str, int]] = (), refunds: Sequence[str | None] = (), bucket: str | None = "low"
) -> dict[str, Any]:
    """The row of one customer with orders of (net total, days ago) and refunds."""
    return table(
        [("A", bucket)],
        [("A", net, days_ago(days)) for net, days in orders],
        [("A", amount) for amount in refunds],
    ).row(0, named=True)


def table(
    customers: Sequence[tuple[str, str | None]],
    orders: Sequence[tuple[str, str, datetime]],
    refunds: Sequence[tuple[str, str | None]] = (),
) -> pl.DataFrame:
    exact = [(who, Decimal(net), when) for who, net, when in orders]
    given = [(who, None if amount is None else Decimal(amount)) for who, amount in refunds]
    frame = customer_lifetime_value(
        pl.LazyFrame(customers, CUSTOMER, orient="row"),
        pl.LazyFrame(exact, ORDER, orient="row"),
        pl.LazyFrame(given, RETURN, orient="row"),
        DAY,
        Thresholds(),
    ).collect()
    assert failures(CustomerLifetimeValue.to_schema(), frame) == []
    return frame


def spread(count: int, total: str, days: int = 10) -> list[tuple[str, int]]:
    """`count` orders that add up to `total`, the newest `days` ago."""
    return [(total, days), *[("0", days + number) for number in range(1, count)]]


def test_sums_counts_and_dates_of_one_customer() -> None:
    row = value_of([("100.10", 40), ("50.05", 10), ("0.00", 20)], ["20.15", None, "5.00"], bucket="medium")
    assert row == {
        "customer_id": "A",
        "order_count": 3,
        "return_count": 3,
        "total_spent": Decimal("150.15"),
        "total_refunded": Decimal("25.15"),
        "net_clv": Decimal("125.00"),
        "avg_order_value": Decimal("50.05"),
        "first_order_date": days_ago(40),
        "last_order_date": days_ago(10),
        "days_since_last_order": 10,
        "segment": "regular",
        "predicted_bucket": "medium",
        "actual_bucket": "low",
        "value_segment": "Low",
        "recency_segment": "Active",
        "frequency_segment": "2-4",
    }


def test_a_customer_without_orders_is_a_prospect_and_has_no_dates_average_recency_or_frequency() -> None:
    row = value_of()
    assert (row["segment"], row["order_count"], row["total_spent"]) == ("prospect", 0, Decimal("0.00"))
    assert (row["actual_bucket"], row["value_segment"]) == ("low", "At Risk")
    empty = ("avg_order_value", "first_order_date", "last_order_date", "days_since_last_order", "recency_segment",
             "frequency_segment")  # fmt: skip
    assert [row[name] for name in empty] == [None] * 6


def test_returns_without_orders_count_and_make_the_prospects_value_negative() -> None:
    row = value_of(refunds=["30.00"])
    assert (row["segment"], row["return_count"], row["net_clv"]) == ("prospect", 1, Decimal("-30.00"))


def test_a_refund_larger_than_what_was_spent_makes_the_net_value_negative_and_the_bucket_low() -> None:
    row = value_of([("600.00", 1)], ["700.01"])
    assert (row["total_spent"], row["net_clv"], row["actual_bucket"]) == (Decimal("600.00"), Decimal("-100.01"), "low")


def test_guests_and_unknown_customers_have_no_row_and_everybody_known_has_one() -> None:
    frame = table([("B", None), ("A", None)], [("GUEST-1", "10", days_ago(1)), ("A", "10", days_ago(1))])
    assert frame.select("customer_id", "order_count", "predicted_bucket").rows() == [("A", 1, None), ("B", 0, None)]


def test_orders_and_returns_of_one_customer_do_not_multiply_each_other() -> None:
    row = value_of([("10.00", 1), ("20.00", 2)], ["1.00", "2.00", "3.00"])
    assert (row["order_count"], row["return_count"]) == (2, 3)
    assert (row["total_spent"], row["total_refunded"]) == (Decimal("30.00"), Decimal("6.00"))


@pytest.mark.parametrize(
    ("orders", "segment"),
    [
        ([("10", 90)], "churned"),
        ([("10", 89)], "one-timer"),
        (spread(6, "900", days=90), "churned"),
        (spread(6, "900", days=89), "whale"),
        ([("500", 1)], "one-timer"),
        (spread(2, "500"), "whale"),
        (spread(2, "499.99"), "regular"),
        (spread(5, "10"), "whale"),
        (spread(4, "10"), "regular"),
    ],
)
def test_segments_in_order_of_precedence(orders: list[tuple[str, int]], segment: str) -> None:
    assert value_of(orders)["segment"] == segment


def test_a_whale_is_measured_after_refunds() -> None:
    assert value_of(spread(2, "520"), ["20.00"])["segment"] == "whale"
    assert value_of(spread(2, "520"), ["20.01"])["segment"] == "regular"


@pytest.mark.parametrize(
    ("net", "bucket"), [("500", "high"), ("499.99", "medium"), ("200", "medium"), ("199.99", "low"), ("0", "low")]
)
def test_actual_buckets(net: str, bucket: str) -> None:
    assert value_of([(net, 1)])["actual_bucket"] == bucket


@pytest.mark.parametrize(
    ("count", "net", "segment"),
    [
        (10, "1000", "VIP"),
        (9, "1000", "High"),
        (10, "999.99", "High"),
        (5, "500", "High"),
        (4, "5000", "Medium"),
        (5, "499.99", "Medium"),
        (3, "200", "Medium"),
        (2, "200", "Low"),
        (3, "199.99", "Low"),
        (1, "50", "Low"),
        (1, "49.99", "At Risk"),
        (12, "49.99", "At Risk"),
    ],
)
def test_value_segments_need_orders_and_money(count: int, net: str, segment: str) -> None:
    assert value_of(spread(count, net))["value_segment"] == segment


@pytest.mark.parametrize(
    ("days", "segment"),
    [(0, "Active"), (30, "Active"), (31, "At Risk"), (90, "At Risk"), (91, "Churning"), (180, "Churning"),
     (181, "Churned"), (2000, "Churned")],
)  # fmt: skip
def test_recency_segments(days: int, segment: str) -> None:
    row = value_of([("10", days)])
    assert (row["days_since_last_order"], row["recency_segment"]) == (days, segment)


@pytest.mark.parametrize(
    ("count", "segment"), [(1, "1"), (2, "2-4"), (4, "2-4"), (5, "5-9"), (9, "5-9"), (10, "10+"), (25, "10+")]
)
def test_frequency_segments(count: int, segment: str) -> None:
    assert value_of(spread(count, "10"))["frequency_segment"] == segment


def test_days_are_calendar_days_whatever_the_hour() -> None:
    late = table([("A", None)], [("A", "1", days_ago(1, hour=23))])
    early = table([("A", None)], [("A", "1", days_ago(1, hour=0))])
    assert late["days_since_last_order"].to_list() == early["days_since_last_order"].to_list() == [1]


def test_predicted_and_actual_buckets_are_the_same_words() -> None:
    checks = {name: column.checks for name, column in CustomerLifetimeValue.to_schema().columns.items()}
    allowed = [
        next(check.statistics["allowed_values"] for check in checks[name] if check.name == "isin")
        for name in ("predicted_bucket", "actual_bucket")
    ]
    assert set(allowed[0]) == set(allowed[1]) == {"high", "medium", "low"}
    assert value_of([("500", 1)], bucket="high")["predicted_bucket"] == value_of([("500", 1)])["actual_bucket"]


def test_an_average_is_rounded_to_the_cent_and_money_stays_decimal() -> None:
    frame = table([("A", None)], [("A", "10.00", days_ago(1)), ("A", "10.00", days_ago(1)), ("A", "0.01", days_ago(1))])
    assert frame["avg_order_value"].to_list() == [Decimal("6.67")]
    money = ("total_spent", "total_refunded", "net_clv", "avg_order_value")
    assert {frame.schema[name] for name in money} == {pl.Decimal(18, 2)}


@pytest.mark.parametrize(
    ("total", "average"), [("0.05", "0.03"), ("10.01", "5.01"), ("0.03", "0.02"), ("0.04", "0.02")]
)
def test_half_a_cent_is_rounded_up_as_sql_does(total: str, average: str) -> None:
    assert value_of(spread(2, total))["avg_order_value"] == Decimal(average)


def test_a_sum_that_floats_get_wrong_is_exact() -> None:
    row = value_of([("0.10", 1), ("0.20", 1), ("99999999999999.99", 1)], ["0.30"])
    assert row["net_clv"] == Decimal("99999999999999.99")


def test_limits_can_be_changed_in_one_place() -> None:
    frames = [
        pl.LazyFrame([("A", None)], CUSTOMER, orient="row"),
        pl.LazyFrame([("A", Decimal("10"), days_ago(7))], ORDER, orient="row"),
        pl.LazyFrame([], RETURN, orient="row"),
    ]
    row = customer_lifetime_value(*frames, DAY, Thresholds(churned_days=7)).collect().row(0, named=True)
    assert row["segment"] == "churned"
