"""Product performance by hand: units, money, rates, and what makes each of them null.

Here: the pure transform. Lines and items are (date, product, …), each in an order, return or cart of its own.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.product_performance import ProductPerformance, product_performance
from platform_assets.gates.schemas import failures

DAY = date(2025, 10, 5)
BEFORE = date(2025, 10, 4)
PRODUCT = {"product_id": pl.String, "product_name": pl.String, "category": pl.String, "unit_price": MONEY,
           "cost_price": MONEY, "inventory_quantity": pl.Int32}  # fmt: skip
LINE = {"order_id": pl.String, "product_id": pl.String, "product_name": pl.String, "quantity": pl.Int32,
        "unit_price": MONEY, "discount_amount": MONEY, "cost_price": MONEY}  # fmt: skip
RETURNED = {"return_id": pl.String, "order_id": pl.String, "product_id": pl.String, "quantity_returned": pl.Int32,
            "unit_price": MONEY, "refunded_amount": MONEY}  # fmt: skip
IN_CART = {"cart_id": pl.String, "product_id": pl.String, "quantity": pl.Int32, "unit_price": MONEY}
Sale = tuple[date, str, int, str, str | None, str | None]
Return = tuple[date, str, int, str | None]
InCart = tuple[date, str, int]


def money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def headers(key: str, column: str, kind: Any, dates: Sequence[date]) -> pl.LazyFrame:
    """One header per line, at the last moment of its date when the column holds times."""
    late = timedelta(days=1) - timedelta(microseconds=1)
    moments = [when if kind == pl.Date else datetime(when.year, when.month, when.day) + late for when in dates]
    return pl.LazyFrame(
        [(str(n), when) for n, when in enumerate(moments)], {key: pl.String, column: kind}, orient="row"
    )


def table(
    sales: Sequence[Sale] = (), returned: Sequence[Return] = (), in_carts: Sequence[InCart] = (),
    touched: Sequence[date] = (DAY,), products: Sequence[str] = ("7", "8"),
) -> pl.DataFrame:  # fmt: skip
    """Sales are (date, product, units, price, discount, cost of a unit), returns (date, product, units, refund)."""
    lines = [(str(n), who, "Old name", u, money(p), money(d), money(c)) for n, (_, who, u, p, d, c) in enumerate(sales)]
    items = [(str(n), "O", who, u, None, money(refund)) for n, (_, who, u, refund) in enumerate(returned)]
    carried = [(str(n), who, units, Decimal(1)) for n, (_, who, units) in enumerate(in_carts)]
    catalogue = [(who, f"Thing {who}", "toys", Decimal("12.00"), Decimal("5.00"), 1) for who in products]
    stamp = pl.Datetime("us")
    frame = product_performance(
        products=pl.LazyFrame(catalogue, PRODUCT, orient="row"),
        orders=headers("order_id", "order_date", stamp, [sale[0] for sale in sales]),
        order_items=pl.LazyFrame(lines, LINE, orient="row"),
        returns=headers("return_id", "return_date", pl.Date, [item[0] for item in returned]),
        return_items=pl.LazyFrame(items, RETURNED, orient="row"),
        carts=headers("cart_id", "created_at", stamp, [item[0] for item in in_carts]),
        cart_items=pl.LazyFrame(carried, IN_CART, orient="row"),
        touched=list(touched),
        day=DAY,
    ).collect()
    assert failures(ProductPerformance.to_schema(), frame) == []
    return frame


def sale(units: int = 1, price: str = "10.00", discount: str | None = None, cost: str | None = "4.00") -> Sale:
    return (DAY, "7", units, price, discount, cost)


def test_all_figures_of_one_product_and_date() -> None:
    sales = [sale(3, "10.00", "2.50", "4.00"), sale(2, "9.00", None, "4.10")]
    # gross 30 + 18 = 48; cost 12 + 8.20 = 20.20; margin 27.80; taken away 2.50 + 9.99 = 12.49
    # 1 of 5 came back; 5 of 8 in carts; 27.80 / 48 = 0.5791666…
    assert table(sales, [(DAY, "7", 1, "9.99")], [(DAY, "7", 6), (DAY, "7", 2)]).to_dicts() == [
        {
            "metric_dt": DAY,
            "product_id": "7",
            "product_name": "Thing 7",
            "category": "toys",
            "unit_price": Decimal("12.00"),
            "cost_price": Decimal("5.00"),
            "units_sold": 5,
            "units_returned": 1,
            "units_in_carts": 8,
            "gross_revenue": Decimal("48.00"),
            "discount_amount": Decimal("2.50"),
            "gross_margin": Decimal("27.80"),
            "refunded_amount": Decimal("9.99"),
            "net_revenue": Decimal("35.51"),
            "net_margin": Decimal("15.31"),
            "return_rate": 0.2,
            "cart_to_order_rate": 0.625,
            "margin_pct": 0.579167,
        }
    ]


def test_lines_returns_and_carts_of_a_product_do_not_multiply_each_other() -> None:
    row = table([sale()] * 3, [(DAY, "7", 1, "1.00")] * 4, [(DAY, "7", 1)] * 5).row(0, named=True)
    assert (row["units_sold"], row["units_returned"], row["units_in_carts"]) == (3, 4, 5)
    assert (row["gross_revenue"], row["refunded_amount"]) == (Decimal("30.00"), Decimal("4.00"))


def test_a_date_with_returns_only_has_a_row_with_zero_sales_and_a_negative_net() -> None:
    row = table(returned=[(DAY, "7", 2, "20.00")]).row(0, named=True)
    assert (row["units_sold"], row["gross_revenue"], row["gross_margin"]) == (0, Decimal("0.00"), Decimal("0.00"))
    assert (row["net_revenue"], row["net_margin"]) == (Decimal("-20.00"), Decimal("-20.00"))
    assert (row["return_rate"], row["cart_to_order_rate"], row["margin_pct"]) == (None, None, None)


def test_a_date_with_carts_only_has_a_row_and_a_rate_of_zero() -> None:
    row = table(in_carts=[(DAY, "7", 2)]).row(0, named=True)
    assert (row["units_in_carts"], row["cart_to_order_rate"], row["return_rate"]) == (2, 0.0, None)
    assert (row["net_revenue"], row["margin_pct"]) == (Decimal("0.00"), None)


def test_sales_without_carts_have_no_cart_rate_and_rates_above_one_are_clipped() -> None:
    assert table([sale()])["cart_to_order_rate"].to_list() == [None]
    row = table([sale(3)], [(DAY, "7", 9, "1.00")], [(DAY, "7", 2)]).row(0, named=True)
    assert (row["return_rate"], row["cart_to_order_rate"]) == (1.0, 1.0)


def test_one_line_without_a_cost_makes_both_margins_unknown_and_leaves_the_revenue() -> None:
    row = table([sale(), sale(cost=None)]).row(0, named=True)
    assert (row["gross_revenue"], row["net_revenue"]) == (Decimal("20.00"), Decimal("20.00"))
    assert (row["gross_margin"], row["net_margin"], row["margin_pct"]) == (None, None, None)


def test_goods_given_away_have_a_margin_and_no_percentage() -> None:
    row = table([sale(2, price="0.00")]).row(0, named=True)
    assert (row["gross_margin"], row["margin_pct"]) == (Decimal("-8.00"), None)


def test_goods_sold_below_cost_have_a_negative_percentage() -> None:
    assert table([sale(price="4.00", cost="5.00")])["margin_pct"].to_list() == [-0.25]


def test_missing_discounts_and_refunds_count_as_none() -> None:
    row = table([sale(), sale(discount="0.01")], [(DAY, "7", 1, None), (DAY, "7", 1, "0.02")]).row(0, named=True)
    assert (row["discount_amount"], row["refunded_amount"]) == (Decimal("0.01"), Decimal("0.02"))


def test_only_touched_dates_are_stated_each_to_its_last_moment() -> None:
    elsewhere = [date(2025, 10, 3), BEFORE, DAY]
    sales: list[Sale] = [(when, "7", 1, "1.00", None, "1.00") for when in elsewhere]
    frame = table(sales, [(when, "7", 1, "1.00") for when in elsewhere], [(when, "7", 1) for when in elsewhere],
                  touched=[DAY, date(2025, 10, 3)])  # fmt: skip
    assert frame.select("metric_dt", "units_sold", "units_returned", "units_in_carts").rows() == [
        (date(2025, 10, 3), 1, 1, 1),
        (DAY, 1, 1, 1),
    ]


def test_rows_are_in_order_of_date_and_product() -> None:
    sales: list[Sale] = [(when, who, 1, "1.00", None, "1.00") for when in (DAY, BEFORE) for who in ("8", "7")]
    frame = table(sales, touched=[DAY, BEFORE])
    assert frame.select("metric_dt", "product_id").rows() == [(BEFORE, "7"), (BEFORE, "8"), (DAY, "7"), (DAY, "8")]


def test_a_product_that_the_snapshot_lacks_keeps_its_money() -> None:
    frame = table([sale()], products=[])
    assert frame.select("product_id", "product_name", "gross_revenue").rows() == [("7", None, Decimal("10.00"))]


def test_a_line_whose_header_is_not_known_has_no_date_and_is_in_no_row() -> None:
    lost = pl.LazyFrame([("9", "7", "x", 1, Decimal(1), None, None)], LINE, orient="row")
    none = pl.LazyFrame([], RETURNED | IN_CART, orient="row")
    frame = product_performance(
        products=pl.LazyFrame([], PRODUCT),
        orders=headers("order_id", "order_date", pl.Datetime("us"), [DAY]),
        order_items=lost,
        returns=headers("return_id", "return_date", pl.Date, []),
        return_items=none,
        carts=headers("cart_id", "created_at", pl.Datetime("us"), []),
        cart_items=none,
        touched=[DAY],
        day=DAY,
    ).collect()
    assert frame.is_empty()


def test_no_activity_gives_no_rows_of_the_right_shape() -> None:
    assert table().is_empty()


def test_sums_beyond_32_bits_and_sums_that_floats_get_wrong_are_exact() -> None:
    row = table([sale(2_000_000_000, "0.10", cost="0.03")] * 2).row(0, named=True)
    assert (row["units_sold"], row["gross_revenue"]) == (4_000_000_000, Decimal("400000000.00"))
    assert row["gross_margin"] == Decimal("280000000.00")


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"units_returned": -1}, "greater_than_or_equal_to(0)"),
        ({"gross_revenue": Decimal("-1")}, "greater_than_or_equal_to(0)"),
        ({"return_rate": 1.5}, "less_than_or_equal_to(1)"),
        ({"units_sold": 0, "units_in_carts": 0}, "something_happened"),
        ({"net_revenue": Decimal("9.00")}, "net_is_gross_less_discounts_and_refunds"),
        ({"net_margin": None}, "net_is_gross_less_discounts_and_refunds"),
        ({"margin_pct": None}, "rates_are_known_exactly_when_defined"),
        ({"return_rate": None}, "rates_are_known_exactly_when_defined"),
        ({"metric_dt": None}, "not_nullable"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(bad: dict[str, Any], rule: str) -> None:
    frame = table([sale()], in_carts=[(DAY, "7", 1)])
    bad_frame = frame.with_columns(pl.lit(value, frame.schema[name]).alias(name) for name, value in bad.items())
    assert any(rule in problem for problem in failures(ProductPerformance.to_schema(), bad_frame))


def test_a_date_and_product_stated_twice_are_refused() -> None:
    frame = table([sale()])
    assert any("unique" in problem for problem in failures(ProductPerformance.to_schema(), pl.concat([frame, frame])))
