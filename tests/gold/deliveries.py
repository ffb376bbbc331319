"""What the tests of facts deliver: rows of carts and returns, one drop a day, and builds of what gold needs.

Here: valid rows that a test overrides. Not here: expectations. Customers, products, orders and lines are in conftest.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from conftest import READ_BY_GOLD, TABLES, Platform, lineage

Rows = Sequence[Mapping[str, Any]]


def cart(number: int, created_at: str, **other: Any) -> dict[str, Any]:
    """A valid cart of customer 1, worth 30.00."""
    row = {"cart_id": f"CART-{number}", "customer_id": "CUST-1", "created_at": created_at, "updated_at": None,
           "cart_total": 30.0, "status": "Open"}  # fmt: skip
    return row | lineage(f"k{number}") | other


def cart_item(number: int, cart_number: int, **other: Any) -> dict[str, Any]:
    """A valid cart item: one unit at 5.00."""
    row = {"cart_item_id": number, "cart_id": f"CART-{cart_number}", "product_id": 1, "product_name": "Thing",
           "category": "Toys", "added_at": "2025-10-01", "quantity": 1, "unit_price": 5.0}  # fmt: skip
    return row | lineage(f"i{number}") | other


def returned(number: int, order_number: int, return_date: str, **other: Any) -> dict[str, Any]:
    """A valid return by customer 1."""
    row = {"return_id": f"RET-{number}", "order_id": f"ORD-{order_number}", "customer_id": "CUST-1",
           "email": "c1@example.com", "return_date": return_date, "reason": "Too small", "return_type": "Refund",
           "refunded_amount": 10.0, "return_channel": "Web", "agent_id": "ONLINE",
           "refund_method": "Credit Card"}  # fmt: skip
    return row | lineage(f"r{number}") | other


def returned_line(number: int, order_number: int, **other: Any) -> dict[str, Any]:
    """A valid returned line, of the return of the same number: one unit at 10.00, refunded in full."""
    row = {"return_item_id": number, "return_id": f"RET-{number}", "order_id": f"ORD-{order_number}", "product_id": 1,
           "product_name": "Thing", "category": "Toys", "quantity_returned": 1, "unit_price": 10.0, "cost_price": 4.0,
           "refunded_amount": 10.0}  # fmt: skip
    return row | lineage(f"ri{number}") | other


def deliver(platform: Platform, day: date, **tables: Rows) -> None:
    """The whole drop of a day: these rows by table, and an empty drop of every table that is not named."""
    for table in TABLES:
        if table in tables:
            written = {"ingestion_ts": f"{day}T12:00:00+00:00"}
            platform.drop(table, f"ingest_dt={day}", [{**row, **written} for row in tables[table]])
        else:
            (platform.landing / table / f"ingest_dt={day}").mkdir(parents=True)
            platform.producer_manifest(table, f"ingest_dt={day}", [])


def build(platform: Platform, days: Sequence[date]) -> None:
    """Every layer for `days`, of the enriched tables those that gold reads."""
    platform.up_to_silver(days)
    platform.enriched(days, only=READ_BY_GOLD)
    platform.gold(days)
