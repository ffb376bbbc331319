"""Cleaning: text becomes typed values, and what cannot be read is neither invented nor silently lost."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from conftest import DAY, Platform, customer, empty_shop, order, product


def cleaned(platform: Platform, **values: Any) -> dict[str, Any]:
    """One order with these received values, as silver holds it."""
    empty_shop(platform, [DAY])
    row = {name: None if value is None else str(value) for name, value in (order(1) | values).items()}
    platform.drop("orders", f"ingest_dt={DAY}", [row])
    platform.up_to_silver([DAY])
    return platform.rows("silver", "stg_orders", DAY).to_dicts()[0]


def test_blanks_are_null_and_text_is_trimmed(platform: Platform) -> None:
    blanks = {"email": "NULL", "agent_id": " n/A ", "shipping_address": "\t", "billing_address": "nan"}
    row = cleaned(platform, **blanks, order_channel="  Social Media ")

    assert [row[name] for name in blanks] == [None] * 4
    assert row["order_channel"] == "social media"


def test_vocabulary_is_lower_case_and_names_keep_their_case(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.drop("customers", f"ingest_dt={DAY}", [customer(5, first_name="McAnn", customer_status=" ACTIVE ")])
    platform.up_to_silver([DAY])

    row = platform.rows("silver", "stg_customers", DAY).filter(customer_id="CUST-5").to_dicts()[0]
    assert (row["first_name"], row["customer_status"]) == ("McAnn", "active")


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2025-10-01 10:00:00.123456", datetime(2025, 10, 1, 10, 0, 0, 123456)),
        ("2025-10-01T10:00:00", datetime(2025, 10, 1, 10)),
        ("2025-10-01T10:00:00Z", datetime(2025, 10, 1, 10)),
        ("2025-10-01T12:00:00+02:00", datetime(2025, 10, 1, 10)),
        ("2025-10-01 07:30:00-0230", datetime(2025, 10, 1, 10)),
        ("2025-10-01 10:00:00+00", datetime(2025, 10, 1, 10)),
        ("2025-10-01", datetime(2025, 10, 1)),
    ],
)
def test_times_are_utc_whatever_their_offset(platform: Platform, received: str, expected: datetime) -> None:
    assert cleaned(platform, order_date=received)["order_date"] == expected


def test_money_is_decimal_and_rounds_half_up(platform: Platform) -> None:
    row = cleaned(platform, gross_total="4869.285", net_total="1e2", shipping_cost="12.", actual_shipping_cost="-0")

    money = [row[name] for name in ("gross_total", "net_total", "shipping_cost", "actual_shipping_cost")]
    assert money == [Decimal("4869.29"), Decimal("100.00"), Decimal("12.00"), Decimal("0.00")]


def test_an_optional_value_that_cannot_be_read_is_null_and_named(platform: Platform) -> None:
    row = cleaned(platform, total_items="many", is_expedited="perhaps")

    assert (row["total_items"], row["is_expedited"]) == (None, None)
    assert row["_unreadable"] == "total_items,is_expedited"


@pytest.mark.parametrize(("received", "expected"), [("7", 7), ("7.0", 7), ("1e1", 10), ("7.5", None), ("0x10", None)])
def test_a_whole_number_is_never_invented_by_rounding(platform: Platform, received: str, expected: int | None) -> None:
    assert cleaned(platform, total_items=received)["total_items"] == expected


def test_a_numeric_key_is_the_same_text_from_every_format(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.drop("product_catalog", "category=Books", [product(1) | {"product_id": 17.0}])
    platform.drop("product_catalog", "category=Home", [product(1) | {"product_id": "18"}])
    platform.up_to_silver([DAY])

    assert platform.rows("silver", "stg_product_catalog", DAY)["product_id"].to_list() == ["1", "17", "18"]


@pytest.mark.parametrize(
    ("net", "discount", "size", "tier"),
    [
        (49.99, 0, "small", "none"), (50, 0, "medium", "none"), (199.99, 10, "medium", "below_10"),
        (200, 100, "large", "below_25"), (499.99, 250, "large", "below_50"), (500, 500, "enterprise", "50_and_more"),
    ],
)  # fmt: skip
def test_order_size_and_discount_tier(platform: Platform, net: float, discount: float, size: str, tier: str) -> None:
    row = cleaned(platform, gross_total=1000, net_total=net, total_discount_amount=discount)

    assert (row["order_size"], row["discount_tier"]) == (size, tier)


def test_a_date_column_holds_the_day_in_utc(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.drop("customers", f"ingest_dt={DAY}", [customer(5, signup_date="2025-09-30T23:30:00-02:00")])
    platform.up_to_silver([DAY])

    row = platform.rows("silver", "stg_customers", DAY).filter(customer_id="CUST-5").to_dicts()[0]
    assert row["signup_date"] == date(2025, 10, 1)
