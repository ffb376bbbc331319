"""Daily business metrics by hand: counts and rates of a date, trailing windows at their edges, and the anomaly flag.

Here: the pure transform. Numbers are worked out beside each test. Not here: which dates a day restates
(test_restated_dates.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.thresholds import DailyBusinessMetrics as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.daily_business_metrics import DailyBusinessMetrics, daily_business_metrics
from platform_assets.gates.schemas import failures

DAY = date(2025, 10, 10)
NOON = datetime(2025, 10, 10, 12)
ORDER = {"order_id": pl.String, "customer_id": pl.String, "order_date": pl.Datetime("us"), "gross_total": MONEY,
         "net_total": MONEY}  # fmt: skip
CART = {"cart_id": pl.String, "customer_id": pl.String, "created_at": pl.Datetime("us"), "cart_total": MONEY,
        "status": pl.String}  # fmt: skip
RETURN = {"return_id": pl.String, "return_date": pl.Date, "refunded_amount": MONEY}


def days_ago(days: int, hours: float = 0) -> datetime:
    return NOON - timedelta(days=days, hours=hours)


def order(placed: datetime, net: str, gross: str | None = None, who: str = "A") -> tuple[Any, ...]:
    return ("O", who, placed, Decimal(gross or net), Decimal(net))


def cart(name: str, created: datetime, who: str = "A") -> tuple[Any, ...]:
    return (name, who, created, None, "open")


def given_back(when: date, amount: str | None) -> tuple[Any, ...]:
    return ("R", when, None if amount is None else Decimal(amount))


def table(
    orders: Sequence[Any] = (), carts: Sequence[Any] = (), returns: Sequence[Any] = (),
    touched: Sequence[date] = (DAY,), limits: Thresholds | None = None,
) -> pl.DataFrame:  # fmt: skip
    frame = daily_business_metrics(
        orders=pl.LazyFrame(list(orders), ORDER, orient="row"),
        carts=pl.LazyFrame(list(carts), CART, orient="row"),
        returns=pl.LazyFrame(list(returns), RETURN, orient="row"),
        touched=list(touched),
        limits=limits or Thresholds(),
        day=DAY,
    ).collect()
    assert failures(DailyBusinessMetrics.to_schema(), frame) == []
    return frame


def day_row(*given: Sequence[Any], when: date = DAY, **other: Any) -> dict[str, Any]:
    found = table(*given, **other).filter(pl.col("metric_dt") == when)
    assert found.height == 1
    return found.row(0, named=True)


def after(revenue: Mapping[int, str], today: str | None = None, limits: Thresholds | None = None) -> dict[str, Any]:
    """The day's row after days of revenue, {days ago: net}, one order each."""
    placed = revenue if today is None else {**revenue, 0: today}
    return day_row([order(days_ago(ago), net) for ago, net in placed.items()], limits=limits)


def test_a_date_counts_its_own_orders_carts_and_returns() -> None:
    orders = [order(days_ago(0), "10.00", "12.00"), order(days_ago(0), "5.01", "5.01", "B"), order(days_ago(1), "99")]
    carts = [cart("C1", days_ago(0, 1)), cart("C2", days_ago(0), "C"), cart("C3", days_ago(0), "D")]
    returns = [given_back(DAY, "3.00"), given_back(DAY - timedelta(days=1), "8.00")]
    # 15.01 / 2 = 7.505, half a cent up; one cart of three converts; one return on two orders
    assert day_row(orders, carts, returns) == {
        "metric_dt": DAY,
        "orders_count": 2,
        "gross_revenue": Decimal("17.01"),
        "net_revenue": Decimal("15.01"),
        "avg_order_value": Decimal("7.51"),
        "carts_created": 3,
        "converted_carts": 1,
        "cart_conversion_rate": 0.333333,
        "returns_count": 1,
        "return_rate": 0.5,
        "refund_total": Decimal("3.00"),
        "orders_mean_7d": None,
        "revenue_mean_7d": None,
        "revenue_mean_30d": None,
        "revenue_stddev_30d": None,
        "orders_zscore": None,
        "order_value_zscore": None,
        "return_rate_zscore": None,
        "anomaly_flag": "UNKNOWN",
    }


def test_a_date_without_anything_is_zero_and_its_rates_are_null() -> None:
    for found in (table(), table(touched=[])):
        row = found.filter(pl.col("metric_dt") == DAY).row(0, named=True)
        zeros = ("orders_count", "gross_revenue", "net_revenue", "carts_created", "converted_carts", "returns_count",
                 "refund_total")  # fmt: skip
        assert [row[name] for name in zeros] == [0] * 7
        assert {row[name] for name in row.keys() - {"metric_dt", "anomaly_flag", *zeros}} == {None}
        assert row["anomaly_flag"] == "UNKNOWN"


def test_a_cart_converts_on_its_own_date_once_and_only_by_the_orders_that_claim_it() -> None:
    carts = [cart("C1", days_ago(1, -1)), cart("C2", days_ago(1, -2)), cart("C3", days_ago(2, -12)),
             cart("C4", days_ago(2, 1), "B"), cart("C5", days_ago(1), "GUEST-1")]  # fmt: skip
    orders = [order(days_ago(0), "1"), order(days_ago(0), "1"), order(days_ago(0), "1", who="B"),
              order(days_ago(0), "1", who="GUEST-1")]  # fmt: skip
    # Both orders of A claim its latest cart, C2; C4 is 49 hours old; the guest's order claims C5.
    found = table(orders, carts).select("metric_dt", "carts_created", "converted_carts", "cart_conversion_rate")
    two, one = DAY - timedelta(days=2), DAY - timedelta(days=1)
    assert found.rows() == [(two, 1, 0, 0.0), (one, 4, 2, 0.5), (DAY, 0, 0, None)]


def test_carts_of_the_same_instant_convert_each_on_its_own() -> None:
    carts, orders = (
        [cart("C1", days_ago(0)), cart("C2", days_ago(0), "B")],
        [order(days_ago(0), "1"), order(days_ago(0), "1", who="B")],
    )
    assert day_row(orders, carts)["converted_carts"] == 2


def test_the_last_date_of_an_old_stretch_counts_orders_and_rival_carts_of_the_two_days_after_it() -> None:
    # 40 days ago is touched, so 10 days ago is the last date stated but for those just before the day.
    late = DAY - timedelta(days=40)
    carts = [cart("C1", days_ago(10)), cart("C2", days_ago(10), "B"), cart("C3", days_ago(9, 1), "B")]
    orders = [order(days_ago(41), "1"), order(days_ago(9), "1"), order(days_ago(9), "1", who="B")]
    row = day_row(orders, carts, touched=[late, DAY], when=DAY - timedelta(days=10))
    assert (row["carts_created"], row["converted_carts"]) == (2, 1)  # B's order claims C3


def test_more_returns_than_orders_are_a_rate_of_one_and_unknown_refunds_count_as_returns() -> None:
    returns = [given_back(DAY, "3.00"), given_back(DAY, None), given_back(DAY, "0.50")]
    row = day_row([order(days_ago(0), "1")], (), returns)
    assert (row["returns_count"], row["return_rate"], row["refund_total"]) == (3, 1.0, Decimal("3.50"))
    assert day_row((), (), returns)["return_rate"] is None


def test_averages_are_over_calendar_days_and_not_rows() -> None:
    # Two days with orders in the last seven: 3 orders, 70.00 + 0.05, over 7 days; rows would give 1.5 and 35.03.
    orders = [
        order(days_ago(7), "70.00"),
        order(days_ago(1), "0.03"),
        order(days_ago(1), "0.02"),
        order(days_ago(8), "9"),
    ]
    row = day_row(orders)
    assert (row["orders_mean_7d"], row["revenue_mean_7d"]) == (0.428571, Decimal("10.01"))  # 3 / 7, 70.05 / 7


def test_the_day_itself_and_the_eighth_day_before_are_outside_the_week() -> None:
    row = after({8: "700", 7: "7"}, today="7000")
    assert (row["orders_mean_7d"], row["revenue_mean_7d"]) == (0.142857, Decimal("1.00"))


def test_means_need_seven_days_of_history_and_the_first_order_begins_it() -> None:
    assert after({6: "7"})["orders_mean_7d"] is None
    assert after({6: "7"})["revenue_mean_7d"] is None
    assert after({7: "7"})["revenue_mean_7d"] == Decimal("1.00")
    assert after({2: "7"}, limits=Thresholds(mean_min_history=2))["revenue_mean_7d"] == Decimal("3.50")


def test_the_spread_needs_fourteen_days_of_history() -> None:
    short, enough = after({13: "14"}), after({14: "14"})
    assert (short["revenue_mean_30d"], short["revenue_stddev_30d"], short["anomaly_flag"]) == (None, None, "UNKNOWN")
    # 14 days, one of 14 and 13 of 0: mean 1, squares 13² + 13 × 1² = 182, sample variance 182 / 13 = 14
    assert (enough["revenue_mean_30d"], enough["revenue_stddev_30d"]) == (Decimal("1.00"), 3.741657)
    assert enough["anomaly_flag"] == "NORMAL"


def test_the_thirty_days_include_the_thirtieth_before_and_not_the_thirty_first() -> None:
    # 30 days, one of 30: mean 1, squares 29² + 29 × 1² = 870, sample variance 870 / 29 = 30
    row = after({31: "9999", 30: "30"})
    assert (row["revenue_mean_30d"], row["revenue_stddev_30d"]) == (Decimal("1.00"), 5.477226)


@pytest.mark.parametrize(
    ("today", "flag"), [("120.75", "NORMAL"), ("120.76", "HIGH"), ("79.25", "NORMAL"), ("79.24", "LOW"), (None, "LOW")]
)
def test_revenue_beyond_two_deviations_of_the_mean_is_an_anomaly(today: str | None, flag: str) -> None:
    # 14 days of 90 and 110 in turn: mean 100, sample variance 14 × 10² / 13, 2 σ = 20.75498
    assert after({ago: "90" if ago % 2 else "110" for ago in range(1, 15)}, today)["anomaly_flag"] == flag


@pytest.mark.parametrize(("today", "flag"), [("120", "NORMAL"), ("120.01", "HIGH"), ("80", "NORMAL"), ("79.99", "LOW")])
def test_exactly_two_deviations_is_normal(today: str, flag: str) -> None:
    # 90, 100, 110: mean 100, σ = √(200 / 2) = 10
    three = Thresholds(spread_days=3, spread_min_history=3)
    assert after({1: "90", 2: "100", 3: "110"}, today, three)["anomaly_flag"] == flag


@pytest.mark.parametrize(
    ("today", "flag"), [("0.10", "NORMAL"), ("0.11", "HIGH"), ("0.09", "LOW"), (None, "LOW")]
)  # fmt: skip
def test_without_any_spread_every_deviation_is_an_anomaly(today: str | None, flag: str) -> None:
    row = after(dict.fromkeys(range(1, 31), "0.10"), today)
    assert (row["revenue_stddev_30d"], row["anomaly_flag"]) == (0.0, flag)


def test_one_day_of_history_has_a_mean_but_no_spread_and_so_no_flag() -> None:
    row = after({1: "5"}, "500", Thresholds(spread_min_history=1))
    assert (row["revenue_mean_30d"], row["revenue_stddev_30d"], row["anomaly_flag"]) == (Decimal("5"), None, "UNKNOWN")


COUNTS = ("orders_count", "carts_created", "returns_count", "converted_carts")
MONEY_COLUMNS = ("gross_revenue", "net_revenue", "avg_order_value", "refund_total", "revenue_mean_7d",
                 "revenue_mean_30d")  # fmt: skip
RATES = ("cart_conversion_rate", "return_rate", "orders_mean_7d", "revenue_stddev_30d")
BAD: list[tuple[dict[str, Any], str]] = [
    ({"metric_dt": None}, "metric_dt: not_nullable"),
    ({"metric_dt": DAY}, "metric_dt: field_uniqueness"),
    *(({name: -1}, f"{name}: greater_than_or_equal_to(0)") for name in COUNTS),
    *(({name: Decimal("-0.01")}, f"{name}: greater_than_or_equal_to(0)") for name in MONEY_COLUMNS),
    *(({name: -0.1}, f"{name}: greater_than_or_equal_to(0)") for name in RATES),
    *(({name: 1.1}, f"{name}: less_than_or_equal_to(1)") for name in ("cart_conversion_rate", "return_rate")),
    ({"anomaly_flag": "high"}, "anomaly_flag: isin"),
    ({"net_revenue": Decimal("10.01")}, "net_within_gross"),
    ({"converted_carts": 2}, "converted_within_created"),
    ({"avg_order_value": None}, "null_only_without_a_denominator"),
    ({"return_rate": None}, "null_only_without_a_denominator"),
    ({"cart_conversion_rate": None}, "null_only_without_a_denominator"),
    ({"orders_count": 0}, "null_only_without_a_denominator"),
    ({"revenue_stddev_30d": None}, "unknown_only_without_a_spread"),
    ({"anomaly_flag": "UNKNOWN"}, "unknown_only_without_a_spread"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "named"), BAD)
def test_rules_refuse_and_name_what_is_wrong(change: dict[str, Any], named: str) -> None:
    orders = [order(days_ago(0), "10"), order(days_ago(1), "10"), order(days_ago(20), "10")]
    found = table(orders, [cart("C1", days_ago(0)), cart("C2", days_ago(1))])
    good = found.filter(pl.col("metric_dt").is_in([DAY, DAY - timedelta(days=1)])).to_dicts()
    bad = pl.DataFrame([good[0] | change, good[1]], schema=found.schema)
    assert named in "\n".join(failures(DailyBusinessMetrics.to_schema(), bad))
