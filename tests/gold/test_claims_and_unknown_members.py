"""Which cart an order claims, to the microsecond, and what facts hold of guests and of unknown costs.

One day, October 3; every case has a guest of its own, so that none sees another's carts.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from conftest import Platform, customer, line, order, product
from end_to_end.convergence import platform_at
from gold.deliveries import cart, cart_item, deliver

from platform_assets.contracts import Contracts

DAY_3 = date(2025, 10, 3)
NOON = "2025-10-03 12:00:00.000000"
# case: (times of carts, times of orders), all of one guest
CASES = {
    1: ([NOON], [NOON]),  # the same instant
    2: (["2025-10-01 12:00:00.000000"], [NOON]),  # 48 hours before, to the microsecond
    3: (["2025-10-01 12:00:00.000001"], [NOON]),  # one microsecond less
    4: (["2025-10-03 12:00:00.000001"], [NOON]),  # after the order
    5: ([NOON, NOON], [NOON]),  # two carts of one instant
    6: (["2025-10-03 11:00:00", "2025-10-03 11:30:00"], [NOON]),  # an older and a newer one
    7: (["2025-10-03 11:00:00"], ["2025-10-03 12:30:00", NOON, NOON]),  # three orders, two of one instant
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Platform]:
    carts, orders = [], []
    for case, (cart_times, order_times) in CASES.items():
        who = {"customer_id": f"GUEST-{case}"}
        carts += [cart(10 * case + number, at, **who) for number, at in enumerate(cart_times)]
        orders += [order(10 * case + number, order_date=at, **who) for number, at in enumerate(order_times)]
    carts += [
        cart(80, NOON, customer_id="GUEST-8", cart_total=None),
        cart(81, NOON, customer_id="GUEST-8", cart_total=0.0),
        cart(82, NOON, customer_id="GUEST-8", cart_total=None),
    ]
    platform = platform_at(tmp_path_factory.mktemp("claims"), contracts)
    deliver(platform, DAY_3,
            customers=[customer(1)], product_catalog=[product(1)], orders=orders, shopping_carts=carts,
            order_items=[line(10), line(10, event_id="unknown", cost_price=None), line(20)],
            cart_items=[cart_item(1, 82, unit_price=2.5, quantity=2)])  # fmt: skip
    platform.up_to_facts([DAY_3])
    yield platform


def claimed(shop: Platform, case: int) -> dict[str, str | None]:
    query = f"select order_id, claimed_cart_id from gold.fact_order_headers where customer_id = 'GUEST-{case}'"
    return dict(shop.query(query))


def test_a_cart_is_claimed_from_its_own_instant_to_just_before_48_hours_later(shop: Platform) -> None:
    assert claimed(shop, 1) == {"ORD-10": "CART-10"}
    assert claimed(shop, 2) == {"ORD-20": None}
    assert claimed(shop, 3) == {"ORD-30": "CART-30"}
    assert claimed(shop, 4) == {"ORD-40": None}


def test_the_latest_cart_is_claimed_and_of_two_of_one_instant_the_greatest_id(shop: Platform) -> None:
    assert claimed(shop, 5) == {"ORD-50": "CART-51"}
    assert claimed(shop, 6) == {"ORD-60": "CART-61"}


def test_of_several_orders_that_claim_a_cart_the_first_by_time_then_id_has_converted_it(shop: Platform) -> None:
    assert set(claimed(shop, 7).values()) == {"CART-70"}
    converted = "select cart_status, order_id, time_to_purchase_hours from gold.fact_carts where cart_id = 'CART-70'"
    assert shop.query(converted) == [("converted", "ORD-71", 1.0)]


def test_carts_that_nobody_claims_are_abandoned_with_a_value_and_empty_without(shop: Platform) -> None:
    rows = shop.query(
        "select cart_id, cart_status, cart_value, abandoned_value from gold.fact_carts"
        " where order_id is null order by cart_id"
    )
    thirty, five, zero = Decimal(30), Decimal(5), Decimal(0)
    assert rows == [
        ("CART-20", "abandoned", thirty, thirty),
        ("CART-40", "abandoned", thirty, thirty),
        ("CART-50", "abandoned", thirty, thirty),
        ("CART-60", "abandoned", thirty, thirty),
        ("CART-80", "empty", zero, zero),  # no total stated, no items
        ("CART-81", "empty", zero, zero),
        ("CART-82", "abandoned", five, five),  # 2 x 2.50
    ]


def test_guests_keep_their_rows_under_the_key_minus_one(shop: Platform) -> None:
    for table, rows in (("fact_order_headers", 9), ("fact_carts", 12), ("fact_sales", 3)):
        assert shop.query(f"select customer_key, count(*) from gold.{table} group by 1") == [("-1", rows)]


def test_an_order_with_a_line_of_unknown_cost_has_no_cost_and_no_profit(shop: Platform) -> None:
    amounts = shop.query(
        "select order_id, net_revenue, cost_amount, gross_profit, margin_pct from gold.fact_order_headers"
        " where line_count > 0 order by 1"
    )
    assert amounts == [
        ("ORD-10", Decimal(40), None, None, None),  # 20 of cost 8, and 20 of unknown cost
        ("ORD-20", Decimal(20), Decimal(8), Decimal(12), 0.6),
    ]
