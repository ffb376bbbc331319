"""Attributed purchases by hand: the claim rule at each of its boundaries, and the rules of the table.

Here: the pure transform. Carts are (cart_id, customer, created at), orders (order_id, customer, placed at), in hours
relative to noon of 2025-10-10.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.thresholds import AttributedPurchases as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.attributed_purchases import AttributedPurchases, attributed_purchases
from platform_assets.gates.schemas import failures

DAY = date(2025, 10, 10)
NOON = datetime(2025, 10, 10, 12)
ORDER = {"order_id": pl.String, "customer_id": pl.String, "order_date": pl.Datetime("us"), "order_channel": pl.String,
         "gross_total": MONEY, "net_total": MONEY, "total_discount_amount": MONEY, "email": pl.String}  # fmt: skip
CART = {"cart_id": pl.String, "customer_id": pl.String, "created_at": pl.Datetime("us"), "cart_total": MONEY,
        "status": pl.String, "event_id": pl.String}  # fmt: skip
INSTANT = timedelta(microseconds=1)
Row = tuple[str, str, datetime]


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def table(orders: Sequence[Row], carts: Sequence[Row], limits: Thresholds | None = None) -> pl.DataFrame:
    money = (Decimal("20.00"), Decimal("18.50"), None)
    frame = attributed_purchases(
        orders=pl.LazyFrame([(*row, "web", *money, None) for row in orders], ORDER, orient="row"),
        carts=pl.LazyFrame([(*row, Decimal("30.00"), "open", "e") for row in carts], CART, orient="row"),
        limits=limits or Thresholds(),
        day=DAY,
    ).collect()
    assert failures(AttributedPurchases.to_schema(), frame) == []
    return frame


def claims(orders: Sequence[Row], carts: Sequence[Row], limits: Thresholds | None = None) -> list[str | None]:
    """The cart that each order claims, by order id."""
    return table(orders, carts, limits)["cart_id"].to_list()


def test_an_order_carries_its_cart_and_the_hours_between() -> None:
    # 10 minutes are 0.1666… hours, published as 0.166667
    assert table([("O1", "A", at(0))], [("C1", "A", at(-1 / 6))]).row(0, named=True) == {
        "order_id": "O1",
        "customer_id": "A",
        "order_date": NOON,
        "order_channel": "web",
        "gross_total": Decimal("20.00"),
        "net_total": Decimal("18.50"),
        "total_discount_amount": None,
        "cart_id": "C1",
        "cart_created_at": NOON - timedelta(minutes=10),
        "cart_total": Decimal("30.00"),
        "cart_status": "open",
        "hours_since_cart": 0.166667,
        "is_recovered": True,
    }


def test_an_order_without_a_cart_stays_and_says_nothing_of_carts() -> None:
    row = table([("O1", "A", at(0))], [("C1", "B", at(-1))]).row(0, named=True)
    empty = ("cart_id", "cart_created_at", "cart_total", "cart_status", "hours_since_cart")
    assert [row[name] for name in empty] == [None] * 5
    assert row["is_recovered"] is False


@pytest.mark.parametrize(
    ("created", "cart"),
    [
        (at(0) + INSTANT, None),
        (at(0), "C1"),
        (at(0) - INSTANT, "C1"),
        (at(-48) + INSTANT, "C1"),
        (at(-48), None),
        (at(-49), None),
    ],
)
def test_a_cart_is_claimed_from_its_creation_until_just_before_48_hours(created: datetime, cart: str | None) -> None:
    assert claims([("O1", "A", at(0))], [("C1", "A", created)]) == [cart]


def test_an_order_just_after_midnight_reaches_the_end_of_the_calendar_day_two_days_before() -> None:
    midnight = datetime(2025, 10, 10)
    assert claims([("O1", "A", midnight)], [("C1", "A", datetime(2025, 10, 8, 0, 0, 0, 1))]) == ["C1"]


def test_the_latest_cart_wins_and_equal_times_are_broken_by_the_greatest_id() -> None:
    older_first = [("C1", "A", at(-1)), ("C2", "A", at(-2))]
    assert claims([("O1", "A", at(0))], older_first) == ["C1"]
    for tied in ([("C1", "A", at(-1)), ("C2", "A", at(-1))], [("C2", "A", at(-1)), ("C1", "A", at(-1))]):
        assert claims([("O1", "A", at(0))], tied) == ["C2"]


def test_a_later_cart_takes_the_claim_of_orders_after_it_only() -> None:
    orders = [("O1", "A", at(-2)), ("O2", "A", at(0))]
    assert claims(orders, [("C1", "A", at(-3)), ("C2", "A", at(-1))]) == ["C1", "C2"]


def test_two_orders_may_claim_one_cart_and_no_order_is_multiplied() -> None:
    orders = [("O2", "A", at(0)), ("O1", "A", at(0)), ("O3", "A", at(1))]
    frame = table(orders, [("C1", "A", at(-1)), ("C0", "A", at(-2))])
    assert frame.select("order_id", "cart_id").rows() == [("O1", "C1"), ("O2", "C1"), ("O3", "C1")]


def test_guests_claim_the_carts_of_their_own_id_only() -> None:
    orders = [("O1", "GUEST-1", at(0)), ("O2", "GUEST-2", at(0))]
    assert claims(orders, [("C1", "GUEST-1", at(-1))]) == ["C1", None]


def test_a_late_order_claims_the_cart_of_its_own_time() -> None:
    late, month = ("O1", "A", at(-24 * 30)), 24 * 30
    assert claims([late, ("O2", "A", at(0))], [("C1", "A", at(-month - 1)), ("C2", "A", at(-1))]) == ["C1", "C2"]


def test_the_claim_window_is_a_setting() -> None:
    day_before = [("C1", "A", at(-24))]
    assert claims([("O1", "A", at(0))], day_before, Thresholds(claim_hours=24)) == [None]
    assert claims([("O1", "A", at(0))], day_before, Thresholds(claim_hours=25)) == ["C1"]


def test_no_orders_and_no_carts_give_an_empty_table_of_the_same_shape() -> None:
    assert table([], [("C1", "A", at(0))]).schema == table([("O1", "A", at(0))], []).schema
    assert table([], []).height == 0


BAD: list[tuple[dict[str, Any], str]] = [
    ({"gross_total": Decimal("-1"), "net_total": Decimal("-1")}, "gross_total: greater_than_or_equal_to(0)"),
    ({"net_total": Decimal("-1")}, "net_total: greater_than_or_equal_to(0)"),
    ({"net_total": Decimal("20.01")}, "net_within_gross"),
    ({"total_discount_amount": Decimal("-1")}, "total_discount_amount: greater_than_or_equal_to(0)"),
    ({"cart_total": Decimal("-1")}, "cart_total: greater_than_or_equal_to(0)"),
    ({"hours_since_cart": -0.1}, "hours_since_cart: greater_than_or_equal_to(0)"),
    ({"hours_since_cart": None}, "recovered_means_a_cart"),
    ({"cart_created_at": None}, "recovered_means_a_cart"),
    ({"is_recovered": False}, "recovered_means_a_cart"),
    ({"cart_id": None}, "recovered_means_a_cart"),
    ({"order_id": None}, "order_id: not_nullable"),
    ({"customer_id": None}, "customer_id: not_nullable"),
    ({"order_date": None}, "order_date: not_nullable"),
    ({"is_recovered": None}, "is_recovered: not_nullable"),
    ({"order_id": "O2"}, "order_id: field_uniqueness"),
]


@pytest.mark.parametrize(("change", "named"), BAD)
def test_rules_refuse_and_name_what_is_wrong(change: dict[str, Any], named: str) -> None:
    good = table([("O1", "A", at(0)), ("O2", "B", at(0))], [("C1", "A", at(-1))])
    bad = pl.DataFrame([good.row(0, named=True) | change, good.row(1, named=True)], schema=good.schema)
    assert named in "\n".join(failures(AttributedPurchases.to_schema(), bad))
