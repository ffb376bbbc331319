"""Shipping economics by hand. Here: the pure transform; orders are (charged, actual)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.shipping_economics import ShippingEconomics, shipping_economics
from platform_assets.gates.schemas import failures

DAY = date(2025, 10, 1)
ORDER = {"order_id": pl.String, "order_date": pl.Datetime("us"), "order_channel": pl.String,
         "shipping_speed": pl.String, "is_expedited": pl.Boolean, "shipping_cost": MONEY,
         "actual_shipping_cost": MONEY, "net_total": MONEY}  # fmt: skip


def table(*costs: tuple[str | None, str | None], words: Sequence[Any] = ("web", "two-day", True)) -> pl.DataFrame:
    rows = [
        (
            f"O{n}",
            datetime(2025, 10, 1, 9),
            *words,
            charged and Decimal(charged),
            actual and Decimal(actual),
            Decimal(1),
        )
        for n, (charged, actual) in enumerate(costs)
    ]
    frame = shipping_economics(orders=pl.LazyFrame(rows, ORDER, orient="row"), day=DAY).collect()
    assert failures(ShippingEconomics.to_schema(), frame) == []
    return frame


def test_margin_of_one_order() -> None:
    assert table(("45.00", "36.00")).row(0, named=True) == {
        "order_id": "O0",
        "order_date": datetime(2025, 10, 1, 9),
        "order_channel": "web",
        "shipping_speed": "two-day",
        "is_expedited": True,
        "shipping_charged": Decimal("45.00"),
        "shipping_actual": Decimal("36.00"),
        "shipping_margin": Decimal("9.00"),
        "margin_pct": 0.2,
    }


def test_shipping_at_a_loss_has_a_negative_margin() -> None:
    row = table(("5.00", "7.50")).row(0, named=True)
    assert (row["shipping_margin"], row["margin_pct"]) == (Decimal("-2.50"), -0.5)


def test_the_percentage_keeps_full_precision_and_is_not_clipped() -> None:
    assert table(("3.00", "2.00"), ("0.01", "9.00"))["margin_pct"].to_list() == [1 / 3, -899.0]


@pytest.mark.parametrize(
    ("charged", "actual", "margin"),
    [("0.00", "4.00", "-4.00"), ("0.00", "0.00", "0.00"), (None, "4.00", None), ("5.00", None, None),
     (None, None, None), ("-1.00", "4.00", "-5.00")],
)  # fmt: skip
def test_the_percentage_is_null_when_nothing_was_charged_or_a_side_is_unknown(
    charged: str | None, actual: str | None, margin: str | None
) -> None:
    row = table((charged, actual)).row(0, named=True)
    assert row["margin_pct"] is None
    assert row["shipping_margin"] == (margin and Decimal(margin))


def test_free_shipping_for_nothing_is_a_full_margin() -> None:
    assert table(("5.00", "0.00"))["margin_pct"].to_list() == [1.0]


def test_words_that_are_not_stated_stay_unknown() -> None:
    row = table(("5.00", "4.00"), words=(None, None, None)).row(0, named=True)
    assert [row[name] for name in ("order_channel", "shipping_speed", "is_expedited")] == [None] * 3


def test_no_orders_give_no_rows_of_the_right_shape() -> None:
    assert table().is_empty()


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"shipping_margin": Decimal("0.99")}, "margin_is_charged_less_actual"),
        ({"shipping_margin": None}, "margin_is_charged_less_actual"),
        ({"margin_pct": None}, "margin_pct_is_known_exactly_when_something_was_charged"),
        ({"shipping_charged": Decimal(0)}, "margin_pct_is_known_exactly_when_something_was_charged"),
        ({"order_date": None}, "not_nullable"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(bad: dict[str, Any], rule: str) -> None:
    frame = table(("5.00", "4.00"))
    bad_frame = frame.with_columns(pl.lit(value, frame.schema[name]).alias(name) for name, value in bad.items())
    assert any(rule in problem for problem in failures(ShippingEconomics.to_schema(), bad_frame))


def test_an_order_stated_twice_is_refused() -> None:
    frame = table(("5.00", "4.00"))
    assert any("unique" in problem for problem in failures(ShippingEconomics.to_schema(), pl.concat([frame, frame])))
