"""Cleaning: text becomes typed values, and what cannot be read is neither invented nor silently lost.

Every case is a row of its own in one drop of one day.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from conftest import DAY, Platform, customer, empty_shop, order, product
from end_to_end.convergence import platform_at

from platform_assets.contracts import Contracts

BLANKS = {"email": "NULL", "agent_id": " n/A ", "shipping_address": "\t", "billing_address": "nan"}
TIMES = {
    "2025-10-01 10:00:00.123456": datetime(2025, 10, 1, 10, 0, 0, 123456),
    "2025-10-01T10:00:00": datetime(2025, 10, 1, 10),
    "2025-10-01T10:00:00Z": datetime(2025, 10, 1, 10),
    "2025-10-01T10:00Z": datetime(2025, 10, 1, 10),
    "2025-10-01 12:00+02:00": datetime(2025, 10, 1, 10),
    "2025-10-01T12:00:00+02:00": datetime(2025, 10, 1, 10),
    "2025-10-01 07:30:00-0230": datetime(2025, 10, 1, 10),
    "2025-10-01 10:00:00+00": datetime(2025, 10, 1, 10),
    "2025-10-01": datetime(2025, 10, 1),
}
WHOLE_NUMBERS = {
    "7": 7, "7.0": 7, "007.00": 7, "+7.0": 7, "1e1": 10, "7.5": None, "7.05": None, "7.0.0": None, "0x10": None,
    "0b11": None, "1_0": None, "1_0.0": None,
    "1e1.0": None, "99999999999999999999.0": None, "6.9999999": None, "6.99999999999999999": None, "2e9": 2_000_000_000,
}  # fmt: skip
BOOLEANS = {"True": True, "f": False, "1": True, "1.0": True, "0.0": False, "NO": False, "2.0": None, "10": None}
TIERS = [
    (49.99, 0, "small", "none"), (50, 0, "medium", "none"), (199.99, 10, "medium", "below_10"),
    (200, 100, "large", "below_25"), (499.99, 250, "large", "below_50"), (500, 500, "enterprise", "50_and_more"),
]  # fmt: skip
# {order: what is received of it}
ORDERS: dict[str, dict[str, Any]] = {
    "blanks": BLANKS | {"order_channel": "  Social Media "},
    "money": {"gross_total": "4869.285", "net_total": "1e2", "shipping_cost": "12.", "actual_shipping_cost": "-0"},
    "unreadable": {"total_items": "many", "is_expedited": "perhaps"},
    **{f"at {received}": {"order_date": received} for received in TIMES},
    **{f"{received} items": {"total_items": received} for received in WHOLE_NUMBERS},
    **{f"is {received}": {"is_expedited": received} for received in BOOLEANS},
    **{
        f"net {net}": {"gross_total": 1000, "net_total": net, "total_discount_amount": discount}
        for net, discount, _, _ in TIERS
    },
}


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Platform]:
    """All cases, up to silver."""
    platform = platform_at(tmp_path_factory.mktemp("cleaned"), contracts)
    empty_shop(platform, [DAY])
    orders = [order(1) | {"order_id": name, "event_id": name} | values for name, values in ORDERS.items()]
    as_text = [{name: None if value is None else str(value) for name, value in row.items()} for row in orders]
    platform.drop("orders", f"ingest_dt={DAY}", as_text)
    customers = [
        customer(5, first_name="McAnn", customer_status=" ACTIVE "),
        customer(6, signup_date="2025-09-30T23:30:00-02:00"),
    ]
    platform.drop("customers", f"ingest_dt={DAY}", customers)
    platform.drop("product_catalog", "category=Books", [product(1) | {"product_id": 17.0}])
    platform.drop("product_catalog", "category=Home", [product(1) | {"product_id": "18"}])
    platform.up_to_silver([DAY])
    yield platform


def row_of(cleaned: Platform, order_id: str) -> dict[str, Any]:
    """The order as silver holds it."""
    return cleaned.rows("silver", "stg_orders", DAY).filter(order_id=order_id).to_dicts()[0]


def test_blanks_are_null_and_text_is_trimmed(cleaned: Platform) -> None:
    row = row_of(cleaned, "blanks")

    assert [row[name] for name in BLANKS] == [None] * 4
    assert row["order_channel"] == "social media"


def test_vocabulary_is_lower_case_and_names_keep_their_case(cleaned: Platform) -> None:
    row = cleaned.rows("silver", "stg_customers", DAY).filter(customer_id="CUST-5").to_dicts()[0]
    assert (row["first_name"], row["customer_status"]) == ("McAnn", "active")


@pytest.mark.parametrize(("received", "expected"), TIMES.items())
def test_times_are_utc_whatever_their_offset(cleaned: Platform, received: str, expected: datetime) -> None:
    assert row_of(cleaned, f"at {received}")["order_date"] == expected


def test_money_is_decimal_and_rounds_half_up(cleaned: Platform) -> None:
    row = row_of(cleaned, "money")

    money = [row[name] for name in ("gross_total", "net_total", "shipping_cost", "actual_shipping_cost")]
    assert money == [Decimal("4869.29"), Decimal("100.00"), Decimal("12.00"), Decimal("0.00")]


def test_an_optional_value_that_cannot_be_read_is_null_and_named(cleaned: Platform) -> None:
    row = row_of(cleaned, "unreadable")

    assert (row["total_items"], row["is_expedited"]) == (None, None)
    assert row["_unreadable"] == "total_items,is_expedited"


@pytest.mark.parametrize(("received", "expected"), WHOLE_NUMBERS.items())
def test_a_whole_number_is_never_invented_by_rounding(cleaned: Platform, received: str, expected: int | None) -> None:
    assert row_of(cleaned, f"{received} items")["total_items"] == expected


@pytest.mark.parametrize(("received", "expected"), BOOLEANS.items())
def test_a_boolean_is_one_from_every_format(cleaned: Platform, received: str, expected: bool | None) -> None:
    assert row_of(cleaned, f"is {received}")["is_expedited"] is expected


def test_a_numeric_key_is_the_same_text_from_every_format(cleaned: Platform) -> None:
    assert cleaned.rows("silver", "stg_product_catalog", DAY)["product_id"].to_list() == ["1", "17", "18"]


@pytest.mark.parametrize(("net", "discount", "size", "tier"), TIERS)
def test_order_size_and_discount_tier(cleaned: Platform, net: float, discount: float, size: str, tier: str) -> None:
    row = row_of(cleaned, f"net {net}")

    assert (row["order_size"], row["discount_tier"]) == (size, tier)


def test_a_date_column_holds_the_day_in_utc(cleaned: Platform) -> None:
    row = cleaned.rows("silver", "stg_customers", DAY).filter(customer_id="CUST-6").to_dicts()[0]
    assert row["signup_date"] == date(2025, 10, 1)
