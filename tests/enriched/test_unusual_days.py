"""Unusual days: how far orders, their value and the return rate are from the thirty days before, and what follows."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.refresh import _judge
from platform_assets.enriched.tables import EnrichedTable, enriched_tables
from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.daily_business_metrics import DailyBusinessMetrics, daily_business_metrics

DAY = date(2025, 10, 20)
ORDER = {"order_id": pl.String, "customer_id": pl.String, "order_date": pl.Datetime("us"), "gross_total": MONEY,
         "net_total": MONEY}  # fmt: skip
CART = {"cart_id": pl.String, "customer_id": pl.String, "created_at": pl.Datetime("us"), "cart_total": MONEY,
        "status": pl.String}  # fmt: skip
RETURN = {"return_id": pl.String, "return_date": pl.Date, "refunded_amount": MONEY}
TABLE = next(table for table in enriched_tables({}) if table.name == "daily_business_metrics")


def metrics(days: dict[int, tuple[int, str, int]]) -> pl.DataFrame:
    """{days ago: (orders, net of each, returns)}"""
    orders, returns = [], []
    for ago, (count, net, returned) in days.items():
        noon = datetime(DAY.year, DAY.month, DAY.day, 12) - timedelta(days=ago)
        orders += [(f"{ago}-{i}", "A", noon, Decimal(net), Decimal(net)) for i in range(count)]
        returns += [(f"{ago}-{i}", noon.date(), Decimal(1)) for i in range(returned)]
    return daily_business_metrics(
        orders=pl.LazyFrame(orders, ORDER, orient="row"),
        carts=pl.LazyFrame([], CART, orient="row"),
        returns=pl.LazyFrame(returns, RETURN, orient="row"),
        touched=[DAY],
        limits=TABLE.limits,
        day=DAY,
    ).collect()


def scores(frame: pl.DataFrame) -> dict[str, Any]:
    return frame.filter(pl.col("metric_dt") == DAY).select(TABLE.zscores).row(0, named=True)


def test_scores_are_distances_from_the_mean_of_the_days_before_in_sample_standard_deviations() -> None:
    """Fourteen days of 2 and 4 orders in turn, of 10 and 20, with a return on every other day's first order:
    orders 3 ± sqrt(14 / 13) = 1.037749; values 15 ± 5.188745; rates 0.5 and 0 in turn, 0.25 ± 0.259437."""
    before = {ago: (2, "10", 1) if ago % 2 else (4, "20", 0) for ago in range(1, 15)}
    found = scores(metrics({**before, 0: (7, "5", 7)}))
    assert found["orders_zscore"] == pytest.approx((7 - 3) / 1.037749, abs=1e-5)  # 3.854
    assert found["order_value_zscore"] == pytest.approx((5 - 15) / 5.188745, abs=1e-5)  # -1.927
    assert found["return_rate_zscore"] == pytest.approx((1 - 0.25) / 0.259437, abs=1e-5)  # 2.891


def test_days_without_orders_count_for_their_number_and_not_for_their_value() -> None:
    """Seven days of 2 orders of 10 or 20, seven without: numbers 1 ± 1.037749, values 10, 20, 10, … (4 and 3 of them):
    mean 100 / 7, squared distances 4 × 18.367 + 3 × 32.653 = 171.43, / 6 = 28.571, so ± 5.345."""
    before = {ago: (2, "10" if ago % 4 == 0 else "20", 0) for ago in range(2, 15, 2)}  # 4, 8, 12: 10
    found = scores(metrics({**before, 14: (2, "10", 0), 0: (1, "20", 0)}))
    assert found["orders_zscore"] == pytest.approx(0)
    assert found["order_value_zscore"] == pytest.approx((20 - 100 / 7) / 5.345225, abs=1e-5)


def test_without_fourteen_days_of_history_or_without_any_spread_there_is_no_score() -> None:
    short = {ago: (ago, "10", 0) for ago in range(1, 14)}
    alike = dict.fromkeys(range(1, 15), (2, "10", 0))
    assert set(scores(metrics({**short, 0: (50, "10", 0)})).values()) == {None}
    assert set(scores(metrics({**alike, 0: (50, "10", 0)})).values()) == {None}
    tenths = dict.fromkeys(range(1, 31), (10, "10", 1))  # a rate of 0.1, which no float is
    assert scores(metrics({**tenths, 0: (10, "10", 5)}))["return_rate_zscore"] is None


@pytest.mark.parametrize(("orders", "unusual"), [(6, False), (7, True), (0, False)])
def test_a_day_beyond_three_standard_deviations_is_to_be_looked_at_and_is_not_refused(
    orders: int, unusual: bool
) -> None:
    """3 ± 1.0377: 6 is 2.89 away, 7 is 3.85 away, none at all 2.89."""
    before = {ago: (2 if ago % 2 else 4, "10", 0) for ago in range(1, 15)}
    verdict = judge(TABLE, metrics({**before, 0: (orders, "10", 0)}))
    rules = verdict.checks["rules"]
    assert (rules.passed, rules.advisory, verdict.failed) == (not unusual, True, [])
    assert rules.notes["unusual"].startswith("orders_zscore is 3.85" if unusual else "none")


def test_a_day_that_is_unusual_and_breaks_a_rule_is_refused() -> None:
    before = {ago: (2 if ago % 2 else 4, "10", 0) for ago in range(1, 15)}
    broken = metrics({**before, 0: (9, "10", 0)}).with_columns(pl.lit("WRONG").alias("anomaly_flag"))
    verdict = judge(TABLE, broken)
    assert verdict.failed == ["rules"]


def judge(table: EnrichedTable, frame: pl.DataFrame) -> Any:
    return _judge(table, DailyBusinessMetrics, DAY, frame)
