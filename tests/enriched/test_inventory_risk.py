"""Inventory risk by hand: window, ratios, score and tiers, each on both sides of its boundary.

Here: the pure transform. The day is 2025-10-28, so that the 28 days that end with it begin on 2025-10-01.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.thresholds import InventoryRisk as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.inventory_risk import InventoryRisk, inventory_risk
from platform_assets.gates.schemas import failures

DAY = date(2025, 10, 28)
NOON = datetime(2025, 10, 28, 12)
PRODUCT = {"product_id": pl.String, "product_name": pl.String, "category": pl.String, "unit_price": MONEY,
           "cost_price": MONEY, "inventory_quantity": pl.Int32}  # fmt: skip
ORDER = {"order_id": pl.String, "order_date": pl.Datetime("us")}
LINE = {"order_id": pl.String, "product_id": pl.String, "quantity": pl.Int32}
RETURN = {"return_id": pl.String, "return_date": pl.Date}
ITEM = {"return_id": pl.String, "product_id": pl.String, "quantity_returned": pl.Int32}
Sales = Sequence[tuple[str, int, datetime]]
Returns = Sequence[tuple[str, int, date]]


def table(
    products: Sequence[tuple[str, int | None, str | None]], sales: Sales = (), returns: Returns = (),
    limits: Thresholds | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Products of (id, stock, cost); every sale of (product, units, when) is an order of its own, like every return."""
    catalogue = [(who, "Thing", None, Decimal(20), cost and Decimal(cost), stock) for who, stock, cost in products]
    frame = inventory_risk(
        products=pl.LazyFrame(catalogue, PRODUCT, orient="row"),
        orders=pl.LazyFrame([(f"O{n}", when) for n, (_, _, when) in enumerate(sales)], ORDER, orient="row"),
        order_items=pl.LazyFrame([(f"O{n}", who, u) for n, (who, u, _) in enumerate(sales)], LINE, orient="row"),
        returns=pl.LazyFrame([(f"R{n}", when) for n, (_, _, when) in enumerate(returns)], RETURN, orient="row"),
        return_items=pl.LazyFrame([(f"R{n}", who, u) for n, (who, u, _) in enumerate(returns)], ITEM, orient="row"),
        limits=limits or Thresholds(),
        day=DAY,
    ).collect()
    assert failures(InventoryRisk.to_schema(), frame) == []
    return frame


def risk(stock: int | None, sold: int = 0, returned: int = 0, cost: str | None = "2.50") -> dict[str, Any]:
    """The row of one product with sales and returns on the day."""
    frame = table([("7", stock, cost)], [("7", sold, NOON)] if sold else (), [("7", returned, DAY)] if returned else ())
    return frame.row(0, named=True)


def test_volumes_ratios_capital_and_score_of_one_product() -> None:
    sales = [("7", 3, NOON), ("7", 2, datetime(2025, 10, 9)), ("8", 90, NOON)]
    # 5 sold of a stock of 8 = 0.625; 2 of 5 came back = 0.4; together 1.025, so 1; 8 x 2.50 = 20.00
    assert table([("7", 8, "2.50"), ("8", 0, None)], sales, [("7", 1, DAY), ("7", 1, DAY)]).row(0, named=True) == {
        "product_id": "7",
        "product_name": "Thing",
        "category": None,
        "inventory_quantity": 8,
        "sales_volume": 5,
        "return_volume": 2,
        "utilization_ratio": 0.625,
        "return_signal": 0.4,
        "locked_capital": Decimal("20.00"),
        "attention_score": 1.0,
        "risk_tier": "HIGH",
    }


@pytest.mark.parametrize(
    ("when", "counted"),
    [
        (datetime(2025, 9, 30, 23, 59, 59, 999999), 0),
        (datetime(2025, 10, 1), 1),
        (datetime(2025, 10, 28, 23, 59, 59, 999999), 1),
        (datetime(2025, 10, 29), 0),
    ],
)
def test_the_window_is_the_28_days_that_end_with_the_day(when: datetime, counted: int) -> None:
    row = table([("7", 10, "1")], [("7", 1, when)], [("7", 1, when.date())]).row(0, named=True)
    assert (row["sales_volume"], row["return_volume"]) == (counted, counted)


def test_a_return_counts_on_its_own_date_whenever_the_goods_were_sold() -> None:
    row = table([("7", 10, "1")], [("7", 4, datetime(2025, 8, 1))], [("7", 4, DAY)]).row(0, named=True)
    assert (row["sales_volume"], row["return_volume"], row["return_signal"]) == (0, 4, 0.0)


@pytest.mark.parametrize("stock", [0, None])
def test_without_stock_nothing_is_used_and_unstated_stock_counts_as_none(stock: int | None) -> None:
    row = risk(stock, sold=9)
    assert (row["inventory_quantity"], row["sales_volume"], row["utilization_ratio"]) == (0, 9, 0.0)
    assert (row["locked_capital"], row["risk_tier"]) == (Decimal("0.00"), "HEALTHY")


def test_capital_of_unknown_cost_is_unknown() -> None:
    assert risk(10, cost=None)["locked_capital"] is None


def test_utilization_may_exceed_one_and_is_rounded_while_signal_and_score_stay_rates() -> None:
    row = risk(3, sold=7, returned=8)
    assert (row["utilization_ratio"], row["return_signal"], row["attention_score"]) == (2.333333, 1.0, 1.0)


@pytest.mark.parametrize(
    ("stock", "sold", "returned", "score", "tier"),
    [
        (10, 8, 0, 0.8, "HIGH"),
        (10_000, 7_999, 0, 0.7999, "MODERATE"),
        (10, 7, 0, 0.7, "MODERATE"),
        (100, 60, 12, 0.8, "HIGH"),  # 0.6 + 0.2
        (10, 5, 0, 0.5, "MODERATE"),
        (10_000, 4_999, 0, 0.4999, "HEALTHY"),
        (10, 0, 0, 0.0, "HEALTHY"),
        (10, 7, 7, 1.0, "HIGH"),
    ],
)
def test_tiers_begin_at_their_limits(stock: int, sold: int, returned: int, score: float, tier: str) -> None:
    row = risk(stock, sold, returned)
    assert (row["attention_score"], row["risk_tier"]) == (score, tier)


def test_a_sum_that_floats_get_wrong_reaches_its_tier() -> None:
    assert 0.1 + 0.7 < 0.8
    row = risk(stock=1000, sold=100, returned=70)  # 100 of 1000 used, 70 of 100 returned
    assert (row["attention_score"], row["risk_tier"]) == (0.8, "HIGH")


def test_every_product_of_the_snapshot_has_one_row_in_order_however_many_lines_it_has() -> None:
    frame = table([("9", 5, "1"), ("10", 5, "1")], [("9", 1, NOON), ("9", 1, NOON)], [("9", 1, DAY), ("9", 1, DAY)])
    assert frame.select("product_id", "sales_volume", "return_volume").rows() == [("10", 0, 0), ("9", 2, 2)]


def test_volumes_beyond_32_bits_are_exact() -> None:
    assert table([("7", 1, "1")], [("7", 2_000_000_000, NOON)] * 2)["sales_volume"].to_list() == [4_000_000_000]


def test_no_products_give_no_rows_of_the_right_shape() -> None:
    assert table([]).is_empty()


def test_limits_can_be_changed_in_one_place() -> None:
    limits = Thresholds(trailing_days=1, high=0.2, moderate=0.1)
    frame = table([("7", 10, "1")], [("7", 2, NOON), ("7", 5, datetime(2025, 10, 27))], limits=limits)
    assert frame.select("sales_volume", "risk_tier").rows() == [(2, "HIGH")]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"inventory_quantity": -1}, "greater_than_or_equal_to(0)"),
        ({"utilization_ratio": -0.1}, "greater_than_or_equal_to(0)"),
        ({"return_signal": 1.1}, "less_than_or_equal_to(1)"),
        ({"locked_capital": Decimal("-0.01")}, "greater_than_or_equal_to(0)"),
        ({"attention_score": 0.4}, "score_is_the_clipped_sum_of_its_parts"),
        ({"inventory_quantity": 0}, "nothing_is_used_without_stock"),
        ({"risk_tier": "high"}, "isin"),
        ({"product_name": None}, "not_nullable"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(bad: dict[str, Any], rule: str) -> None:
    frame = table([("7", 10, "1")], [("7", 5, NOON)])
    bad_frame = frame.with_columns(pl.lit(value, frame.schema[name]).alias(name) for name, value in bad.items())
    assert any(rule in problem for problem in failures(InventoryRisk.to_schema(), bad_frame))


def test_a_product_stated_twice_is_refused() -> None:
    frame = table([("7", 10, "1")])
    assert any("unique" in problem for problem in failures(InventoryRisk.to_schema(), pl.concat([frame, frame])))
