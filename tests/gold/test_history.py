"""Dimension history: column types 0 to 3, late statements, and the keys facts carry."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from conftest import DAY, Platform, customer, days_from, empty_shop, line, order, product
from end_to_end.convergence import platform_at

from platform_assets.contracts import Contracts

DAYS = days_from(DAY, 4)
FIRST = datetime(1900, 1, 1)


def midnight(number: int) -> datetime:
    return datetime(2025, 10, 1 + number)


def versions(platform: Platform, columns: str, customer_id: str = "CUST-1") -> list[tuple[object, ...]]:
    return platform.query(
        f"select {columns} from gold.dim_customers where customer_id = '{customer_id}' order by valid_from"
    )


def buy(platform: Platform, *customers: str) -> None:
    """An order of each customer, the first on the first day and so on."""
    for number, (day, customer_id) in enumerate(zip(DAYS, customers, strict=False)):
        platform.drop("orders", f"ingest_dt={day}", [order(number, day, customer_id=customer_id)])
        platform.drop("order_items", f"ingest_dt={day}", [line(number)])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Platform]:
    """Three customers and a product with a history each, and orders of a customer, a customer and a guest."""
    platform = platform_at(tmp_path_factory.mktemp("history"), contracts)
    empty_shop(platform, DAYS)
    platform.drop("customers", "signup_date=2025-09-01", [customer(1), customer(2), customer(3)])
    statements = {
        DAYS[1]: [customer(1, last_name="Ray", email="new@example.com"), customer(2, event_id="1"),
                  customer(3, loyalty_tier=None)],
        DAYS[2]: [customer(1, loyalty_tier="Gold", signup_date="2024-01-01"), customer(2, event_id="2"), customer(3)],
        DAYS[3]: [customer(2, event_id="3")],
    }  # fmt: skip
    for day, rows in statements.items():
        platform.drop("customers", f"ingest_dt={day}", rows)
    platform.drop("product_catalog", f"ingest_dt={DAYS[1]}", [product(1, unit_price=150.0)])
    buy(platform, "CUST-1", "CUST-1", "GUEST-5")
    platform.up_to_facts(DAYS)
    yield platform


def test_a_change_of_tier_starts_a_new_row_and_other_changes_do_not(told: Platform) -> None:
    assert versions(told, "loyalty_tier, valid_from, valid_to, current_flag") == [
        ("bronze", FIRST, midnight(2), False),
        ("gold", midnight(2), None, True),
    ]
    newest = ("Lee", "c1@example.com")  # type 1: as last stated, in every row
    assert versions(told, "last_name, email") == [newest, newest]
    first_stated = datetime(2025, 9, 1).date()  # type 0: as first stated, for ever
    assert versions(told, "signup_date") == [(first_stated,), (first_stated,)]
    assert versions(told, "previous_loyalty_tier") == [(None,), ("bronze",)]  # type 3


def test_a_statement_without_a_change_adds_no_row(told: Platform) -> None:
    assert versions(told, "valid_from", "CUST-2") == [(FIRST,)]


def test_a_tier_that_becomes_null_and_comes_back_is_two_changes(told: Platform) -> None:
    assert versions(told, "loyalty_tier, previous_loyalty_tier, valid_from", "CUST-3") == [
        ("bronze", None, FIRST),
        (None, "bronze", midnight(1)),
        ("bronze", None, midnight(2)),
    ]


def test_guests_and_unknown_members_have_the_key_minus_one(told: Platform) -> None:
    guests = "select customer_id, customer_key from gold.fact_orders where order_id = 'ORD-2'"
    assert told.query(guests) == [("GUEST-5", "-1")]
    assert told.query("select count(*) from gold.dim_customers where customer_key = '-1'") == [(1,)]


def test_a_price_change_is_seen_by_later_orders_only(told: Platform) -> None:
    priced = told.query("""
        select f.order_id, d.unit_price::double, d.price_tier, d.unit_margin::double
        from gold.fact_orders f join gold.dim_products d using (product_key) where customer_id = 'CUST-1' order by 1""")
    assert priced == [("ORD-0", 10.0, "low", 6.0), ("ORD-1", 150.0, "high", 146.0)]
