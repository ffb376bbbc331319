"""Every figure of every mart and metric view over a small shop, from drops to gold, worked out by hand.

2025-10-01  ORD-1 web, CUST-1 (bronze, NM): product 1 twice, 2 and 1 units at 10.00, 1.00 off; CART-1 two hours before
            ORD-2 phone, express, a guest without a state: product 2 once at 25.00; shipping charged 12, cost 15
2025-10-02  no order; CART-2 of CUST-1, 40.00
2025-10-03  ORD-3 web, CUST-2 (gold, TX): product 1 once at 10.00, product 2 twice at 25.00 less 5.00
2025-10-04  no order; ORD-1 gives back one unit of product 1 for 10.00
Unless said, shipping is charged 5 and costs 4, the fee is 0.50. Product 1 costs 4, product 2 costs 10.
"""

from decimal import Decimal
from typing import Any

import pytest
from conftest import DAY, Platform, customer, days_from, empty_shop, line, lineage, order, product

from platform_assets.contracts import Contracts
from platform_assets.settings import Settings

DAYS = days_from(DAY, 4)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Platform:
    environment = {"PLATFORM_DATA": str(tmp_path_factory.mktemp("shop")), "PLATFORM_START_DATE": str(DAY)}
    platform = Platform(Settings.from_env(environment), contracts)
    empty_shop(platform, DAYS)
    platform.drop("customers", "signup_date=2025-09-01", [customer(1), customer(2, loyalty_tier="Gold")])
    platform.drop("product_catalog", "category=Toys", [product(1)])
    platform.drop("product_catalog", "category=Books", [product(2, category="Books", unit_price=25.0, cost_price=10.0)])
    land_sales(platform)
    land_carts_and_return(platform)
    platform.refresh(DAYS)
    return platform


def land_sales(platform: Platform) -> None:
    """ORD-1 to ORD-3 and their lines."""
    guest = {"customer_id": "GUEST-7", "order_channel": "Phone", "shipping_speed": "Express", "is_expedited": True,
             "shipping_cost": 12.0, "actual_shipping_cost": 15.0, "payment_processing_fee": 0.75,
             "shipping_address": "Unit 5, APO AE 09001", "billing_address": None}  # fmt: skip
    texan = {"customer_id": "CUST-2", "shipping_address": "5 Oak St, Town, TX 75001"}
    platform.drop("orders", f"ingest_dt={DAYS[0]}", [
        order(1, gross_total=30.0, net_total=29.0, total_discount_amount=1.0),
        order(2, gross_total=25.0, net_total=25.0, **guest),
    ])  # fmt: skip
    platform.drop("order_items", f"ingest_dt={DAYS[0]}", [
        line(1, discount_amount=1.0, event_id="a"),
        line(1, quantity=1, event_id="b"),
        line(2, 2, quantity=1, unit_price=25.0, cost_price=10.0),
    ])  # fmt: skip
    platform.drop("orders", f"ingest_dt={DAYS[2]}", [
        order(3, DAYS[2], gross_total=60.0, net_total=55.0, total_discount_amount=5.0, **texan),
    ])  # fmt: skip
    platform.drop("order_items", f"ingest_dt={DAYS[2]}", [
        line(3, quantity=1), line(3, 2, unit_price=25.0, discount_amount=5.0, cost_price=10.0),
    ])  # fmt: skip


def land_carts_and_return(platform: Platform) -> None:
    """CART-1 and CART-2, and one unit of ORD-1 given back."""
    for number, (day, hour, total, units) in enumerate([(DAYS[0], 8, 30.0, 3), (DAYS[1], 9, 40.0, 4)], 1):
        at = {"created_at": f"{day} {hour:02}:00:00", "updated_at": f"{day} {hour:02}:30:00"}
        cart = {"cart_id": f"CART-{number}", "customer_id": "CUST-1", "cart_total": total, "status": "open"} | at
        item = {"cart_item_id": number, "cart_id": f"CART-{number}", "product_id": 1, "product_name": "Thing 1",
                "category": "Toys", "added_at": at["created_at"], "quantity": units, "unit_price": 10.0}  # fmt: skip
        platform.drop("shopping_carts", f"ingest_dt={day}", [cart | lineage(f"k{number}")])
        platform.drop("cart_items", f"ingest_dt={day}", [item | lineage(f"i{number}")])
    given_back = {"return_id": "RET-1", "order_id": "ORD-1", "refunded_amount": 10.0}
    platform.drop("returns", f"ingest_dt={DAYS[3]}", [
        given_back | {"customer_id": "CUST-1", "email": "c1@example.com", "return_date": str(DAYS[3]),
                      "reason": "Broken", "return_type": "Refund", "return_channel": "Web", "agent_id": "ONLINE",
                      "refund_method": "Card"}
        | lineage("r1")
    ])  # fmt: skip
    platform.drop("return_items", f"ingest_dt={DAYS[3]}", [
        given_back | {"return_item_id": 1, "product_id": 1, "product_name": "Thing 1", "category": "Toys",
                      "quantity_returned": 1, "unit_price": 10.0, "cost_price": 4.0} | lineage("ri1")
    ])  # fmt: skip


def table(shop: Platform, name: str, key: str, columns: str) -> dict[str, str]:
    """{key: the row as words}; the day of the month stands for a day, and - for null."""

    def word(value: Any) -> str:
        number = value.normalize() if isinstance(value, Decimal) else value
        return "-" if value is None else f"{number:f}" if isinstance(number, Decimal) else str(number)

    rows = shop.query(f"select {key}, {columns} from gold.{name} order by all")
    return {str(first): " ".join(word(value) for value in rest) for first, *rest in rows}


def day_and(*columns: str) -> str:
    return f"concat_ws(' ', day(calendar_date), {', '.join(columns)})" if columns else "day(calendar_date)"


def test_finance_by_day_and_channel(shop: Platform) -> None:
    sales = "order_count, revenue_orders, units_sold, gross_amount, discount_amount, net_revenue"
    assert table(shop, "mart_finance_revenue", day_and("order_channel"), sales) == {
        "1 phone": "1 1 1 25 0 25",
        "1 web": "1 1 3 30 1 29",
        "3 web": "1 1 3 60 5 55",
        "4 web": "0 0 0 0 0 0",
    }
    # Tax: 29 × 0.04875 = 1.41375; 55 × 0.0625 = 3.4375. Margins: 15 / 25, 17 / 29, 31 / 55.
    # Contribution: 15 − 0.75 + 12 − 15; 17 − 0.50 + 5 − 4; 31 − 0.50 + 5 − 4; − 10.
    rest = ("return_count, units_returned, refunded_amount, payment_fee, shipping_charged, shipping_actual, tax_amount,"
            " cost_amount, costed_revenue, gross_profit, margin_pct, contribution")  # fmt: skip
    assert table(shop, "mart_finance_revenue", day_and("order_channel"), rest) == {
        "1 phone": "0 0 0 0.75 12 15 0 10 25 15 0.6 11.25",
        "1 web": "0 0 0 0.5 5 4 1.41 12 29 17 0.586207 17.5",
        "3 web": "0 0 0 0.5 5 4 3.44 24 55 31 0.563636 31.5",
        "4 web": "1 1 10 0 0 0 0 0 0 0 - -10",
    }


def test_revenue_by_day(shop: Platform) -> None:
    columns = ("date_key, order_count, revenue_orders, units_sold, gross_amount, discount_amount, net_revenue,"
               " return_count, units_returned, refunded_amount, revenue_after_refunds, avg_order_value")  # fmt: skip
    assert table(shop, "daily_revenue", day_and(), columns) == {
        "1": "20251001 2 2 4 55 1 54 0 0 0 54 27",
        "3": "20251003 1 1 3 60 5 55 0 0 0 55 55",
        "4": "20251004 0 0 0 0 0 0 1 1 10 -10 -",
    }


def test_attribution_by_day_and_channel(shop: Platform) -> None:
    columns = ("order_count, recovered_orders, net_revenue, recovered_revenue, recovered_order_share,"
               " recovered_revenue_share, order_share_of_day, revenue_share_of_day")  # fmt: skip
    assert table(shop, "mart_marketing_attribution", day_and("order_channel"), columns) == {
        "1 phone": "1 0 25 0 0 0 0.5 0.462963",  # 25 / 54
        "1 web": "1 1 29 29 1 1 0.5 0.537037",  # 29 / 54
        "3 web": "1 0 55 0 0 0 1 1",
    }


def test_products_by_day(shop: Platform) -> None:
    columns = ("category, order_count, line_count, units_sold, gross_amount, discount_amount, net_revenue, cost_amount,"
               " gross_profit, units_returned, refunded_amount")  # fmt: skip
    assert table(shop, "mart_sales_operations", day_and("product_id"), columns) == {
        "1 1": "toys 1 2 3 30 1 29 12 17 0 0",  # twice in one order
        "1 2": "books 1 1 1 25 0 25 10 15 0 0",
        "3 1": "toys 1 1 1 10 0 10 4 6 0 0",
        "3 2": "books 1 1 2 50 5 45 20 25 0 0",
        "4 1": "toys 0 0 0 0 0 0 0 0 1 10",
    }


def test_products_over_all_days(shop: Platform) -> None:
    columns = ("category, price_tier, order_count, units_sold, gross_amount, discount_amount, net_revenue, cost_amount,"
               " costed_revenue, gross_profit, margin_pct, units_returned, return_rate, refunded_amount,"
               " net_contribution")  # fmt: skip
    assert table(shop, "mart_product_profitability", "product_id", columns) == {
        "1": "toys low 2 4 40 1 39 16 39 23 0.589744 1 0.25 10 13",  # 23 / 39
        "2": "books medium 2 3 75 5 70 30 70 40 0.571429 0 0 0 40",  # 40 / 70
    }
    view = ("product_name, category, units_sold, units_returned, return_rate, net_revenue, gross_profit, margin_pct,"
            " refunded_amount, net_contribution")  # fmt: skip
    assert table(shop, "metrics_product_performance", "product_id", view) == {
        "1": "Thing 1 toys 4 1 0.25 39 23 0.589744 10 13",
        "2": "Thing 2 books 3 0 0 70 40 0.571429 0 40",
    }


def test_carts_by_the_day_they_were_created(shop: Platform) -> None:
    columns = ("cart_count, converted_carts, abandoned_carts, empty_carts, item_count, cart_value, converted_value,"
               " abandoned_value, avg_hours_to_purchase, conversion_rate, abandonment_rate")  # fmt: skip
    assert table(shop, "mart_cart_abandonment", day_and(), columns) == {
        "1": "1 1 0 0 3 30 30 0 2 1 0",
        "2": "1 0 1 0 4 40 0 40 - 0 1",
    }


def test_the_dashboard_by_day(shop: Platform) -> None:
    columns = ("order_count, units_sold, net_revenue, avg_order_value, ordering_customers, new_customers,"
               " units_returned, refunded_amount, revenue_after_refunds, cart_count, conversion_rate,"
               " abandoned_value")  # fmt: skip
    assert table(shop, "mart_daily_dashboard", day_and(), columns) == {
        "1": "2 4 54 27 2 2 0 0 54 1 1 0",
        "2": "0 0 0 - 0 0 0 0 0 1 0 40",
        "3": "1 3 55 55 1 1 0 0 55 0 - 0",
        "4": "0 0 0 - 0 0 1 10 -10 0 - 0",
    }


def test_shipping_by_day_channel_and_speed(shop: Platform) -> None:
    columns = ("order_count, revenue_orders, expedited_orders, costed_orders, shipping_charged, shipping_actual,"
               " costed_charged, shipping_margin, margin_pct, expedited_share, avg_margin")  # fmt: skip
    assert table(shop, "mart_shipping_analysis", day_and("order_channel", "shipping_speed"), columns) == {
        "1 phone express": "1 1 1 1 12 15 12 -3 -0.25 1 -3",
        "1 web standard": "1 1 0 1 5 4 5 1 0.2 0 1",
        "3 web standard": "1 1 0 1 5 4 5 1 0.2 0 1",
    }


def test_segments_by_snapshot_day(shop: Platform) -> None:
    columns = ("customer_count, customer_share, order_count, return_count, total_spent, total_refunded, net_clv,"
               " avg_net_clv, avg_order_value, customers_in_danger_zone, customers_to_nudge")  # fmt: skip
    first_buyer = "1 0.5 1 0 29 0 29 29 29 0 0"
    assert table(shop, "mart_customer_segments", "concat_ws(' ', day(snapshot_dt), segment)", columns) == {
        "1 one-timer": first_buyer,
        "1 prospect": "1 0.5 0 0 0 0 0 0 - 0 0",
        "2 one-timer": first_buyer,
        "2 prospect": "1 0.5 0 0 0 0 0 0 - 0 0",
        "3 one-timer": "2 1 2 0 84 0 84 42 42 0 0",
        "4 one-timer": "2 1 2 1 84 10 74 37 42 0 0",
    }


def test_customers_and_guests(shop: Platform) -> None:
    columns = ("is_known, loyalty_tier, order_count, units_bought, day(first_order_day), days_since_first_order,"
               " days_since_last_order, net_revenue, avg_order_value, return_count, refunded_amount,"
               " net_value, value_label")  # fmt: skip
    assert table(shop, "mart_customer_metrics", "customer_id", columns) == {
        "CUST-1": "True bronze 1 3 1 3 3 29 29 1 10 19 Standard",
        "CUST-2": "True gold 1 3 3 1 1 55 55 0 0 55 Standard",
        "GUEST-7": "False unknown 1 1 1 3 3 25 25 0 0 25 Standard",
    }
    # Of three: 19 < 25 < 55 are ranks 1, 2, 3, so quintiles 1, 5/3 + 1 = 2, 10/3 + 1 = 4; two last bought on the 1st.
    quintiles = "recency_quintile, frequency_quintile, monetary_quintile, net_value, lifecycle_stage"
    assert table(shop, "metrics_customer_analytics", "customer_id", quintiles) == {
        "CUST-1": "1 1 1 19 New",
        "CUST-2": "4 1 4 55 New",
        "GUEST-7": "1 1 2 25 New",
    }


def test_sales_by_category_tier_and_region(shop: Platform) -> None:
    key = day_and("category", "loyalty_tier", "region")
    columns = (
        "order_count, line_count, units_sold, gross_amount, discount_amount, net_revenue, cost_amount, gross_profit"
    )
    assert table(shop, "metrics_sales_performance", key, columns) == {
        "1 books unknown unknown": "1 1 1 25 0 25 10 15",
        "1 toys bronze NM": "1 2 3 30 1 29 12 17",
        "3 books gold TX": "1 1 2 50 5 45 20 25",
        "3 toys gold TX": "1 1 1 10 0 10 4 6",
    }


def test_the_checks_of_all_marts_pass(shop: Platform) -> None:
    verdicts = shop.gold(DAYS[:1])
    marts = [name for name in verdicts if name.startswith(("mart_", "metrics_", "daily_"))]
    assert len(marts) == 13
    assert {name: verdicts[name][0].failed for name in marts if verdicts[name][0].failed} == {}
    assert verdicts["daily_revenue"][0].checks["reconciliation"].notes["failed"] == "none"
