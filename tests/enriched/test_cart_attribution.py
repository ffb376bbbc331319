"""Cart attribution by hand: who gets a cart, what it is worth, what became of it, and which carts a day states.

Here: the pure transform. Hours are relative to noon of the day, 2025-10-10.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.enriched.thresholds import CartAttribution as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.cart_attribution import CartAttribution, cart_attribution
from platform_assets.gates.schemas import failures

DAY = date(2025, 10, 10)
NOON = datetime(2025, 10, 10, 12)
CART = {"cart_id": pl.String, "customer_id": pl.String, "created_at": pl.Datetime("us"), "cart_total": MONEY,
        "status": pl.String}  # fmt: skip
ITEM = {"cart_item_id": pl.String, "cart_id": pl.String, "category": pl.String, "quantity": pl.Int32,
        "unit_price": MONEY}  # fmt: skip
ORDER = {"order_id": pl.String, "customer_id": pl.String, "order_date": pl.Datetime("us"), "order_channel": pl.String}


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def cart(name: str, created: datetime, total: str | None = "30.00", who: str = "A") -> tuple[Any, ...]:
    return (name, who, created, None if total is None else Decimal(total), "open")


def order(name: str, placed: datetime, who: str = "A") -> tuple[Any, ...]:
    return (name, who, placed, "web")


def item(cart_id: str, quantity: int, price: str, category: str | None = "toys") -> tuple[Any, ...]:
    return ("I", cart_id, category, quantity, Decimal(price))


def table(
    carts: Sequence[Any] = (), items: Sequence[Any] = (), orders: Sequence[Any] = (), limits: Thresholds | None = None
) -> pl.DataFrame:
    frame = cart_attribution(
        carts=pl.LazyFrame(list(carts), CART, orient="row"),
        cart_items=pl.LazyFrame(list(items), ITEM, orient="row"),
        orders=pl.LazyFrame(list(orders), ORDER, orient="row"),
        limits=limits or Thresholds(),
        day=DAY,
    ).collect()
    assert failures(CartAttribution.to_schema(), frame) == []
    return frame


def test_a_converted_cart_names_its_order_and_loses_nothing() -> None:
    frame = table(
        [cart("C1", at(-2))],
        [item("C1", 2, "10.00"), item("C1", 1, "9.99", "books"), item("C1", 1, "0.01", "books")],
        [order("O1", at(-1.75))],
    )
    assert frame.row(0, named=True) == {
        "cart_id": "C1",
        "customer_id": "A",
        "created_at": at(-2),
        "cart_value": Decimal("30.00"),
        "item_count": 4,
        "category_count": 2,
        "cart_status": "converted",
        "order_id": "O1",
        "order_channel": "web",
        "time_to_purchase_hours": 0.25,
        "abandoned_value": Decimal("0.00"),
    }


@pytest.mark.parametrize(
    ("total", "items", "value", "status"),
    [
        ("30.00", [("2", "10.00")], "30.00", "abandoned"),
        (None, [("2", "10.10"), ("3", "0.05")], "20.35", "abandoned"),
        (None, [("2", "0.00")], "0.00", "empty"),
        (None, [], "0.00", "empty"),
        ("0.00", [], "0.00", "empty"),
        ("0.00", [("2", "10.00")], "0.00", "empty"),
        ("0.01", [], "0.01", "abandoned"),
    ],
)
def test_an_unclaimed_cart_is_worth_its_total_else_its_items_else_nothing_and_is_abandoned_when_worth_anything(
    total: str | None, items: list[tuple[str, str]], value: str, status: str
) -> None:
    found = table([cart("C1", at(0), total)], [item("C1", int(count), price) for count, price in items])
    row = found.row(0, named=True)
    assert (row["cart_value"], row["cart_status"], row["item_count"]) == (
        Decimal(value),
        status,
        sum(int(count) for count, _ in items),
    )
    assert row["abandoned_value"] == (Decimal(value) if status == "abandoned" else Decimal("0.00"))
    assert [row[name] for name in ("order_id", "order_channel", "time_to_purchase_hours")] == [None] * 3


def test_a_claimed_cart_is_converted_even_when_it_is_worth_nothing() -> None:
    row = table([cart("C1", at(-1), "0.00")], orders=[order("O1", at(0))]).row(0, named=True)
    assert (row["cart_status"], row["order_id"]) == ("converted", "O1")


def test_unknown_categories_are_not_counted_as_one_and_items_of_other_carts_do_not_matter() -> None:
    items = [item("C1", 1, "1.00", None), item("C1", 1, "1.00"), item("C2", 5, "7.00", "books")]
    row = table([cart("C1", at(0), None)], items).row(0, named=True)
    assert (row["item_count"], row["category_count"], row["cart_value"]) == (2, 1, Decimal("2.00"))


def test_the_first_order_gets_the_cart_and_the_loser_claims_no_other() -> None:
    carts = [cart("C1", at(-10)), cart("C2", at(-9))]
    frame = table(carts, orders=[order("O3", at(-2)), order("O1", at(-1)), order("O2", at(-2))])
    assert frame.select("cart_id", "cart_status", "order_id").rows() == [
        ("C1", "abandoned", None),  # free, and O1 and O3 lost C2: there is no second round
        ("C2", "converted", "O2"),  # O2 and O3 came at the same time: the least id is first
    ]


def test_orders_and_items_do_not_multiply_carts_or_each_other() -> None:
    frame = table(
        [cart("C1", at(-3), None), cart("C2", at(-3), None, who="B")],
        [item("C1", 1, "5.00"), item("C1", 2, "5.00"), item("C2", 1, "1.00")],
        [order("O1", at(-2)), order("O2", at(-1)), order("O3", at(-1), who="B")],
    )
    assert frame.select("cart_id", "cart_value", "item_count").rows() == [
        ("C1", Decimal("15.00"), 3),
        ("C2", Decimal("1.00"), 1),
    ]


def test_a_day_states_carts_of_itself_and_the_two_days_before_and_no_others() -> None:
    instant = timedelta(microseconds=1)
    first, after = datetime(2025, 10, 8), datetime(2025, 10, 11)
    carts = [cart("C1", first - instant), cart("C2", first), cart("C3", after - instant), cart("C4", after)]
    assert table(carts)["cart_id"].to_list() == ["C2", "C3"]
    assert table(carts, limits=Thresholds(window_days=1))["cart_id"].to_list() == ["C3"]


def test_orders_that_claim_an_older_cart_take_none_of_the_window() -> None:
    carts = [cart("C1", datetime(2025, 10, 7, 23)), cart("C2", datetime(2025, 10, 8, 2))]
    orders = [order("O1", datetime(2025, 10, 8, 1)), order("O2", datetime(2025, 10, 8, 3))]
    assert table(carts, orders=orders).select("cart_id", "order_id").rows() == [("C2", "O2")]


def test_the_claim_window_is_half_open_here_too_and_a_setting() -> None:
    carts, orders = [cart("C1", at(-48))], [order("O1", at(0))]
    assert table(carts, orders=orders)["cart_status"].to_list() == ["abandoned"]
    assert table(carts, orders=orders, limits=Thresholds(claim_hours=49))["cart_status"].to_list() == ["converted"]


def test_a_guests_cart_goes_to_the_order_of_the_same_guest() -> None:
    carts = [cart("C1", at(-1), who="GUEST-1"), cart("C2", at(-1), who="GUEST-2")]
    found = table(carts, orders=[order("O1", at(0), who="GUEST-2")])
    assert found["order_id"].to_list() == [None, "O1"]


def test_no_carts_give_an_empty_table_of_the_same_shape() -> None:
    empty = table(items=[item("C1", 1, "1.00")], orders=[order("O1", at(0))])
    assert empty.height == 0
    assert empty.schema == table([cart("C1", at(0))]).schema


CONVERTED, ABANDONED = "C1", "C2"
BAD: list[tuple[str, dict[str, Any], str]] = [
    (CONVERTED, {"cart_id": ABANDONED}, "cart_id: field_uniqueness"),
    (CONVERTED, {"cart_id": None}, "cart_id: not_nullable"),
    (CONVERTED, {"customer_id": None}, "customer_id: not_nullable"),
    (CONVERTED, {"created_at": None}, "created_at: not_nullable"),
    (CONVERTED, {"cart_value": Decimal("-1")}, "cart_value: greater_than_or_equal_to(0)"),
    (CONVERTED, {"item_count": -1}, "item_count: greater_than_or_equal_to(0)"),
    (CONVERTED, {"category_count": -1}, "category_count: greater_than_or_equal_to(0)"),
    (CONVERTED, {"category_count": 2}, "categories_within_items"),
    (CONVERTED, {"cart_status": "open"}, "cart_status: isin"),
    (CONVERTED, {"cart_status": "empty"}, "converted_means_an_order"),
    (CONVERTED, {"order_id": None}, "converted_means_an_order"),
    (CONVERTED, {"time_to_purchase_hours": None}, "converted_means_an_order"),
    (CONVERTED, {"time_to_purchase_hours": -1.0}, "time_to_purchase_hours: greater_than_or_equal_to(0)"),
    (CONVERTED, {"abandoned_value": Decimal("-1")}, "abandoned_value: greater_than_or_equal_to(0)"),
    (CONVERTED, {"abandoned_value": Decimal("30")}, "abandoned_value_is_that_of_abandoned_carts"),
    (ABANDONED, {"abandoned_value": Decimal("0")}, "abandoned_value_is_that_of_abandoned_carts"),
    (ABANDONED, {"cart_value": Decimal("0"), "abandoned_value": Decimal("0")}, "unclaimed_is_abandoned_when_worth"),
    (ABANDONED, {"cart_status": "empty", "abandoned_value": Decimal("0")}, "unclaimed_is_abandoned_when_worth"),
    (ABANDONED, {"cart_status": "converted", "order_id": "O1", "time_to_purchase_hours": 1.0}, "one_cart_an_order"),
]


@pytest.mark.parametrize(("which", "change", "named"), BAD)
def test_rules_refuse_and_name_what_is_wrong(which: str, change: dict[str, Any], named: str) -> None:
    good = table([cart(CONVERTED, at(-1)), cart(ABANDONED, at(-2))], [item("C1", 1, "1.00")], [order("O1", at(0))])
    rows = [row | change if row["cart_id"] == which else row for row in good.to_dicts()]
    bad = pl.DataFrame(rows, schema=good.schema)
    assert named in "\n".join(failures(CartAttribution.to_schema(), bad))
