"""Every reason of the domain: one bad row each, landed together, each found in quarantine with exactly that reason."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from conftest import DAY, Platform, customer, line, lineage, order, product

from platform_assets.contracts import Contracts
from platform_assets.settings import Settings

CART = {"cart_id": "CART-1", "customer_id": "CUST-1", "created_at": "2025-10-01T09:00:00",
        "updated_at": "2025-10-01T09:05:00", "cart_total": 20.0, "status": "open"}  # fmt: skip
CART_ITEM = {"cart_item_id": 1, "cart_id": "CART-1", "product_id": 1, "product_name": "Thing", "category": "Toys",
             "added_at": "2025-10-01T09:01:00", "quantity": 2, "unit_price": 10.0}  # fmt: skip
RETURN = {"return_id": "RTN-1", "order_id": "ORD-1", "customer_id": "CUST-1", "email": "c1@example.com",
          "return_date": "2025-10-01", "reason": "Changed mind", "return_type": "Refund", "refunded_amount": 20.0,
          "return_channel": "Web", "agent_id": "ONLINE", "refund_method": "PayPal"}  # fmt: skip
RETURN_ITEM = {"return_item_id": 1, "return_id": "RTN-1", "order_id": "ORD-1", "product_id": 1,
               "product_name": "Thing", "category": "Toys", "quantity_returned": 2, "unit_price": 10.0,
               "cost_price": 4.0, "refunded_amount": 20.0}  # fmt: skip

# table → (a valid row, its key, [(what is wrong with a copy of it, the reasons)])
CASES: dict[str, tuple[dict[str, Any], str, list[tuple[dict[str, Any], list[str]]]]] = {
    "customers": (customer(1), "customer_id", [
        ({"customer_id": None}, ["missing_customer_id"]),
        ({"customer_id": " n/a "}, ["missing_customer_id"]),
        ({"email": None}, ["missing_email"]),
        ({"email": "nobody.example.com"}, ["malformed_email"]),
        ({"email": "a@.b"}, ["malformed_email"]),
        ({"signup_date": "NULL"}, ["missing_signup_date"]),
        ({"signup_date": "2025-13-45"}, ["bad_signup_date"]),
    ]),
    "product_catalog": (product(1), "product_id", [
        ({"product_id": None}, ["missing_product_id"]),
        ({"product_id": "abc"}, ["bad_product_id"]),
        ({"product_id": "1.5"}, ["bad_product_id"]),
        ({"product_id": 0}, ["nonpositive_product_id"]),
        ({"product_name": "  "}, ["missing_product_name"]),
        ({"unit_price": None}, ["missing_unit_price"]),
        ({"unit_price": "1e300"}, ["bad_unit_price"]),
        ({"unit_price": -1, "cost_price": None}, ["negative_unit_price"]),
        ({"cost_price": -1}, ["negative_cost_price"]),
        ({"inventory_quantity": -1}, ["negative_inventory_quantity"]),
        ({"unit_price": 3.99}, ["price_below_cost"]),
    ]),
    "orders": (order(1), "order_id", [
        ({"order_id": ""}, ["missing_order_id"]),
        ({"customer_id": "None"}, ["missing_customer_id"]),
        ({"order_date": None}, ["missing_order_date"]),
        ({"order_date": "soon"}, ["bad_order_date"]),
        ({"order_date": "0001-01-01"}, ["bad_order_date"]),
        ({"order_date": "9999-12-31"}, ["bad_order_date"]),
        ({"order_date": "2025-10-02 00:00:00"}, ["future_order_date"]),
        ({"gross_total": None}, ["missing_gross_total"]),
        ({"gross_total": "twenty"}, ["bad_gross_total"]),
        ({"order_date": "2025-10-01 (BC)"}, ["bad_order_date"]),
        ({"order_date": "2025-10-01T10:00Zulu"}, ["bad_order_date"]),
        ({"net_total": "1_9.0"}, ["bad_net_total"]),
        ({"gross_total": -5, "net_total": -6}, ["negative_gross_total", "negative_net_total"]),
        ({"net_total": "nan"}, ["missing_net_total"]),
        ({"net_total": "1,000"}, ["bad_net_total"]),
        ({"net_total": -1}, ["negative_net_total"]),
        ({"net_total": 20.01}, ["net_above_gross"]),
        ({"total_discount_amount": -1}, ["negative_total_discount_amount"]),
        ({"customer_id": "CUST-404"}, ["unknown_customer"]),
    ]),
    "order_items": (line(1), "", [
        ({"order_id": None}, ["missing_order_id"]),
        ({"order_id": "ORD-404"}, ["unknown_order"]),
        ({"product_id": None}, ["missing_product_id"]),
        ({"product_id": "x1"}, ["bad_product_id"]),
        ({"product_id": -7}, ["nonpositive_product_id"]),
        ({"product_id": 404}, ["unknown_product"]),
        ({"quantity": None}, ["missing_quantity"]),
        ({"quantity": "1.5"}, ["bad_quantity"]),
        ({"quantity": 0}, ["nonpositive_quantity"]),
        ({"unit_price": None}, ["missing_unit_price"]),
        ({"unit_price": "inf"}, ["bad_unit_price"]),
        ({"unit_price": -0.01}, ["negative_unit_price"]),
        ({"discount_amount": -1}, ["negative_discount_amount"]),
        ({"cost_price": -1}, ["negative_cost_price"]),
        ({"order_id": "ORD-404", "product_id": 404}, ["unknown_order", "unknown_product"]),
    ]),
    "shopping_carts": (CART, "cart_id", [
        ({"cart_id": None}, ["missing_cart_id"]),
        ({"customer_id": None}, ["missing_customer_id"]),
        ({"created_at": None}, ["missing_created_at"]),
        ({"created_at": "yesterday"}, ["bad_created_at"]),
        ({"created_at": "2025-10-02T00:00:00", "updated_at": None}, ["future_created_at"]),
        ({"cart_total": -1}, ["negative_cart_total"]),
        ({"updated_at": "2025-10-01T08:59:59"}, ["updated_before_created"]),
        ({"customer_id": "CUST-404"}, ["unknown_customer"]),
    ]),
    "cart_items": (CART_ITEM, "cart_item_id", [
        ({"cart_item_id": None}, ["missing_cart_item_id"]),
        ({"cart_item_id": "?"}, ["bad_cart_item_id"]),
        ({"cart_item_id": 0}, ["nonpositive_cart_item_id"]),
        ({"cart_id": None}, ["missing_cart_id"]),
        ({"cart_id": "CART-404"}, ["unknown_cart"]),
        ({"product_id": None}, ["missing_product_id"]),
        ({"product_id": "?"}, ["bad_product_id"]),
        ({"product_id": 0}, ["nonpositive_product_id"]),
        ({"product_id": 404}, ["unknown_product"]),
        ({"quantity": None}, ["missing_quantity"]),
        ({"quantity": "two"}, ["bad_quantity"]),
        ({"quantity": -1}, ["nonpositive_quantity"]),
        ({"unit_price": None}, ["missing_unit_price"]),
        ({"unit_price": "?"}, ["bad_unit_price"]),
        ({"unit_price": -1}, ["negative_unit_price"]),
    ]),
    "returns": (RETURN, "return_id", [
        ({"return_id": None}, ["missing_return_id"]),
        ({"order_id": None}, ["missing_order_id"]),
        ({"customer_id": None}, ["missing_customer_id"]),
        ({"return_date": None}, ["missing_return_date"]),
        ({"return_date": "?"}, ["bad_return_date"]),
        ({"return_date": "2025-10-02"}, ["future_return_date"]),
        ({"refunded_amount": -1}, ["negative_refunded_amount"]),
        ({"order_id": "ORD-404"}, ["unknown_order"]),
        ({"customer_id": "CUST-404"}, ["unknown_customer"]),
    ]),
    "return_items": (RETURN_ITEM, "return_item_id", [
        ({"return_item_id": None}, ["missing_return_item_id"]),
        ({"return_item_id": "?"}, ["bad_return_item_id"]),
        ({"return_item_id": -1}, ["nonpositive_return_item_id"]),
        ({"return_id": None}, ["missing_return_id"]),
        ({"order_id": None}, ["missing_order_id"]),
        ({"product_id": None}, ["missing_product_id"]),
        ({"product_id": "?"}, ["bad_product_id"]),
        ({"product_id": 0}, ["nonpositive_product_id"]),
        ({"quantity_returned": None}, ["missing_quantity_returned"]),
        ({"quantity_returned": "?"}, ["bad_quantity_returned"]),
        ({"quantity_returned": 0}, ["nonpositive_quantity_returned"]),
        ({"unit_price": -1}, ["negative_unit_price"]),
        ({"cost_price": -1}, ["negative_cost_price"]),
        ({"refunded_amount": -1}, ["negative_refunded_amount"]),
        ({"return_id": "RTN-404"}, ["unknown_return"]),
        ({"order_id": "ORD-404"}, ["unknown_order"]),
        ({"product_id": 404}, ["unknown_product"]),
    ]),
}  # fmt: skip
FOLDERS = {"customers": "signup_date=2025-09-01", "product_catalog": "category=Toys"}


def bad_row(table: str, number: int) -> dict[str, Any]:
    """A copy of the valid row with its own key and event, made bad; text throughout, as a CSV would bring it."""
    valid, key, cases = CASES[table]
    own_key = (
        {} if not key else {key: 1000 + number if key.endswith("item_id") or key == "product_id" else f"K-{number}"}
    )
    row = valid | lineage(f"{table}-{number}") | own_key | cases[number][0]
    return {name: None if value is None else str(value) for name, value in row.items()}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Platform:
    """All tables with their valid row and all their bad rows, up to silver."""
    data = str(tmp_path_factory.mktemp("rules"))
    platform = Platform(Settings.from_env({"PLATFORM_DATA": data, "PLATFORM_START_DATE": "2025-10-01"}), contracts)
    for table, (valid, _, cases) in CASES.items():
        text = {name: None if value is None else str(value) for name, value in (valid | lineage(table)).items()}
        rows = [text, *(bad_row(table, number) for number in range(len(cases)))]
        platform.drop(table, FOLDERS.get(table, f"ingest_dt={DAY}"), rows)
    platform.up_to_silver([DAY])
    return platform


def reasons_by_event(platform: Platform, table: str, day: date = DAY) -> dict[str, list[str]]:
    quarantine = platform.rows("quarantine", f"quarantine_{table}", day)
    return dict(zip(quarantine["event_id"].to_list(), quarantine["_reasons"].to_list(), strict=True))


@pytest.mark.parametrize(
    ("table", "number"), [(table, number) for table, case in CASES.items() for number in range(len(case[2]))]
)
def test_a_bad_row_is_quarantined_for_what_is_wrong_with_it_and_nothing_else(
    judged: Platform, table: str, number: int
) -> None:
    assert reasons_by_event(judged, table)[f"{table}-{number}"] == CASES[table][2][number][1]


@pytest.mark.parametrize("table", CASES)
def test_the_valid_row_beside_the_bad_ones_is_kept(judged: Platform, table: str) -> None:
    assert judged.rows("silver", f"stg_{table}", DAY).height == 1


def test_a_quarantined_row_is_kept_as_it_came_with_its_lineage(judged: Platform) -> None:
    row = judged.rows("quarantine", "quarantine_orders", DAY).filter(pl.col("event_id") == "orders-8").to_dicts()[0]

    assert '"gross_total":"twenty"' in row["_row"]
    assert row["gross_total"] is None
    assert row["_source_file"] == f"orders/ingest_dt={DAY}/part-0000.parquet"
    assert row["_source_row"] == 10
