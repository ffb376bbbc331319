"""Rules of the marts over facts as awkward as they come: nothing multiplied, nothing dropped, nothing called revenue
that is none; and the tests that every build runs refuse what breaks them.

Every order is of 2025-10-01, 10:00, unless a day is said:
  O1 web, C1: product 1 twice (2 units 20.00 − 2.00, cost 8; 1 unit 10.00, cost 4), product 2 (50.00, cost unknown)
  O2 store, C1, cancelled: product 1 (5 units 50.00, cost 20)
  O3 no channel, no speed, a guest: product 99 of no catalog (30.00, cost 40)
  O4 web, no customer, 2nd: no lines at all
  R1 3rd, of O1: product 1 in two lines (1 unit 10.00; 1 unit 8.00)
  R2 3rd, of an unknown order: product 1 (9 units 90.00)
  carts K1 1st (78.00, converted after 2.5 hours), K2 4th (40.00, abandoned), K3 4th (empty)
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from conftest import Platform
from gold.given_facts import GivenGold, sales, sold

from platform_assets.contracts import Contracts
from platform_assets.gold import Warehouse
from platform_assets.gold.checks import table_checks

FIRST = datetime(2025, 10, 1, 10)
REVENUE = ("fact_orders", "fact_order_headers", "daily_revenue", "mart_finance_revenue", "mart_sales_operations",
           "mart_daily_dashboard", "mart_product_profitability", "mart_customer_metrics")  # fmt: skip
REFUNDS = ("fact_returns", *REVENUE[2:])


def returned(item: str, return_id: str, order_id: str, customer_id: str, units: int, refund: int) -> Mapping[str, Any]:
    day = {"return_date": date(2025, 10, 3), "date_key": 20251003}
    return {"return_item_id": item, "return_id": return_id, "order_id": order_id, "customer_id": customer_id,
            "product_id": "1", "quantity_returned": units, "refunded_amount": refund} | day  # fmt: skip


def cart(cart_id: str, day: int, status: str, value: int, hours: float | None = None) -> Mapping[str, Any]:
    return {"cart_id": cart_id, "created_at": datetime(2025, 10, day, 8), "cart_status": status, "cart_value": value,
            "abandoned_value": value if status == "abandoned" else 0, "item_count": 1,
            "time_to_purchase_hours": hours}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[GivenGold]:
    orders = sales(
        sold("O1", FIRST, {"quantity": 2, "gross": 20, "discount": 2, "cost": 8}, {"gross": 10, "cost": 4},
             {"product_id": "2", "gross": 50}, payment_fee=1.5, shipping_charged=5, shipping_actual=4, tax_amount=6,
             shipping_speed="standard", is_expedited=True, is_recovered=True),
        sold("O2", FIRST, {"quantity": 5, "gross": 50, "discount": 3, "cost": 20}, channel="store", revenue=False,
             payment_fee=9, shipping_charged=9, shipping_actual=8, tax_amount=9, shipping_speed="standard"),
        sold("O3", FIRST, {"product_id": "99", "gross": 30, "cost": 40}, customer_id="GUEST-1", channel=None,
             shipping_charged=7),
        sold("O4", datetime(2025, 10, 2), customer_id=None),
    )  # fmt: skip
    rows = orders | {
        "fact_returns": [
            returned("a", "R1", "O1", "C1", 1, 10),
            returned("b", "R1", "O1", "C1", 1, 8),
            returned("c", "R2", "O-404", "C9", 9, 90),
        ],
        "fact_carts": [cart("K1", 1, "converted", 78, 2.5), cart("K2", 4, "abandoned", 40), cart("K3", 4, "empty", 0)],
        "dim_customers": [{"customer_id": "C1", "customer_key": "k1", "loyalty_tier": "gold", "current_flag": True}],
        "dim_products": [
            {"product_id": name, "product_key": f"k{name}", "category": category, "current_flag": True}
            for name, category in {"1": "toys", "2": None, "3": "toys"}.items()
        ],
    }
    built = GivenGold(tmp_path_factory.mktemp("shop") / "warehouse.duckdb", contracts).give(rows)
    assert {result.status for result in built.build().values()} == {"success", "pass"}
    yield built


def row_of(shop: GivenGold, table: str, where: str, *columns: str) -> tuple[Any, ...]:
    (row,) = shop.query(f"select {', '.join(columns)} from gold.{table} where {where}")
    return row


def money(*amounts: str | None) -> tuple[Decimal | None, ...]:
    return tuple(amount and Decimal(amount) for amount in amounts)


def test_a_product_with_many_lines_and_returns_is_not_multiplied(shop: GivenGold) -> None:
    # Joined line by line, 3 lines × 3 returned lines would make 9 rows and three times the revenue.
    counts = ("order_count", "units_sold", "units_returned")
    assert row_of(shop, "mart_product_profitability", "product_id = '1'", *counts) == (2, 3, 11)
    amounts = ("gross_amount", "net_revenue", "cost_amount", "gross_profit", "refunded_amount", "net_contribution")
    expected = money("30.00", "28.00", "12.00", "16.00", "108.00", "-92.00")  # −92 = 16 − 108
    assert row_of(shop, "mart_product_profitability", "product_id = '1'", *amounts) == expected


def test_how_products_perform_by_hand_whether_sold_returned_of_unknown_cost_or_of_no_catalog(shop: GivenGold) -> None:
    columns = ("product_id, category, units_sold, units_returned, return_rate, net_revenue, gross_profit, margin_pct,"
               " refunded_amount, net_contribution")  # fmt: skip
    assert shop.query(f"select {columns} from gold.metrics_product_performance order by product_id") == [
        # 18 and 10 at a cost of 8 and 4; refunds of 10, 8 and 90
        ("1", "toys", 3, 11, *money("1", "28", "16", "0.571429", "108", "-92")),
        ("2", "unknown", 1, 0, *money("0", "50", "0", None, "0", "0")),
        ("3", "toys", 0, 0, *money(None, "0", "0", None, "0", "0")),
        ("99", "unknown", 1, 0, *money("0", "30", "-10", "-0.333333", "0", "-10")),
    ]


def test_a_customer_with_two_orders_and_a_return_of_two_lines_is_not_multiplied(shop: GivenGold) -> None:
    counts = row_of(shop, "mart_customer_metrics", "customer_id = 'C1'", "order_count", "units_bought", "return_count")
    assert counts == (1, 4, 1)  # O2 is cancelled; the two lines are one return
    amounts = row_of(shop, "mart_customer_metrics", "customer_id = 'C1'", "net_revenue", "refunded_amount", "net_value")
    assert amounts == money("78.00", "18.00", "60.00")


def test_a_product_twice_in_an_order_is_one_order_and_two_lines(shop: GivenGold) -> None:
    sold_on_first = row_of(
        shop,
        "mart_sales_operations",
        "product_id = '1' and date_key = 20251001",
        "order_count",
        "line_count",
        "units_sold",
    )
    assert sold_on_first == (2, 3, 3)  # O1 and O2; two lines and one; the cancelled units are not sold


def test_a_cancelled_order_is_an_order_and_no_money(shop: GivenGold) -> None:
    store = "order_channel = 'store' and date_key = 20251001"
    columns = ("gross_amount", "discount_amount", "net_revenue", "payment_fee", "shipping_charged", "shipping_actual",
               "tax_amount", "cost_amount", "gross_profit", "contribution")  # fmt: skip
    assert row_of(shop, "mart_finance_revenue", store, "order_count", "revenue_orders", "units_sold") == (1, 0, 0)
    assert row_of(shop, "mart_finance_revenue", store, *columns) == money(*["0.00"] * 10)
    assert row_of(shop, "mart_shipping_analysis", store, "shipping_margin", "margin_pct") == money("0.00", None)
    share = row_of(shop, "mart_marketing_attribution", store, "order_share_of_day", "revenue_share_of_day")
    assert share == money("0.333333", "0.000000")


def test_contribution_adds_what_was_charged_and_takes_off_what_was_paid(shop: GivenGold) -> None:
    channels = shop.query("""
        select day(calendar_date), order_channel, gross_profit, contribution, margin_pct
        from gold.mart_finance_revenue order by 1, 2""")
    assert channels == [
        (1, "store", *money("0.00", "0.00", None)),
        (1, "unknown", *money("-10.00", "-3.00", "-0.333333")),  # 30 − 40, + 7 charged; −10 / 30
        (1, "web", *money("16.00", "15.50", "0.571429")),  # 16 − 1.50 + 5 − 4; 16 / 28, not 16 / 78
        (2, "web", *money("0.00", "0.00", None)),
        (3, "unknown", *money("0.00", "-90.00", None)),
        (3, "web", *money("0.00", "-18.00", None)),
    ]


def test_a_line_of_unknown_cost_is_neither_profit_nor_lost_from_revenue(shop: GivenGold) -> None:
    amounts = ("net_revenue", "costed_revenue", "cost_amount", "gross_profit", "margin_pct")
    expected = money("50.00", "0.00", "0.00", "0.00", None)
    assert row_of(shop, "mart_product_profitability", "product_id = '2'", *amounts) == expected
    web = row_of(shop, "mart_finance_revenue", "order_channel = 'web' and date_key = 20251001", *amounts[:4])
    assert web == money("78.00", "28.00", "12.00", "16.00")


def test_every_day_of_any_fact_is_in_the_marts_of_days(shop: GivenGold) -> None:
    def days(table: str) -> list[int]:
        return [day for (day,) in shop.query(f"select distinct day(calendar_date) from gold.{table} order by 1")]

    assert days("daily_revenue") == [1, 2, 3]
    assert days("mart_daily_dashboard") == [1, 2, 3, 4]
    assert days("mart_sales_operations") == [1, 3]
    assert days("mart_cart_abandonment") == [1, 4]
    counts = "order_count, ordering_customers, new_customers, cart_count"
    new = f"select {counts} from gold.mart_daily_dashboard order by date_key"
    assert shop.query(new) == [(3, 2, 2, 1), (1, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 2)]


def test_what_is_not_known_is_called_unknown_and_stays_in_every_total(shop: GivenGold) -> None:
    product = row_of(shop, "mart_product_profitability", "product_id = '99'", "category", "net_revenue")
    assert product == ("unknown", Decimal("30.00"))
    customers = shop.query(
        "select customer_id, is_known, loyalty_tier, net_revenue from gold.mart_customer_metrics order by 1"
    )
    assert customers == [
        ("C1", True, "gold", Decimal("78.00")),
        ("C9", False, "unknown", Decimal("0.00")),
        ("GUEST-1", False, "unknown", Decimal("30.00")),
        ("unknown", False, "unknown", Decimal("0.00")),
    ]
    assert row_of(shop, "mart_shipping_analysis", "shipping_speed = 'unknown' and date_key = 20251001",
                  "order_channel", "shipping_charged", "costed_orders", "shipping_margin", "avg_margin"
                  ) == ("unknown", Decimal("7.00"), 0, *money("0.00", None))  # fmt: skip
    # The given facts carry the key -1 everywhere, which no row of the given dimensions has.
    assert shop.query("select category, loyalty_tier, region, net_revenue from gold.metrics_sales_performance") == [
        ("unknown", "unknown", "unknown", Decimal("108.00"))
    ]
    for table in REVENUE:
        assert shop.query(f"select sum(net_revenue) from gold.{table}") == [(Decimal("108.00"),)], table


def test_rates_stay_between_0_and_1_and_are_null_when_undefined(shop: GivenGold) -> None:
    rates = "select product_id, return_rate from gold.mart_product_profitability order by 1"
    assert shop.query(rates) == [
        ("1", Decimal(1)),
        ("2", Decimal(0)),
        ("3", None),
        ("99", Decimal(0)),
    ]  # 11 / 3 is clipped
    rates = "conversion_rate, abandonment_rate, avg_hours_to_purchase"
    carts = f"select {rates} from gold.mart_cart_abandonment order by date_key"
    assert shop.query(carts) == [money("1.000000", "0.000000", "2.50"), money("0.000000", "0.500000", None)]
    shares = ("recovered_order_share", "recovered_revenue_share")
    assert row_of(shop, "mart_marketing_attribution", "date_key = 20251002", *shares) == money("0.000000", None)


@pytest.mark.parametrize(("amount", "table"), [("net_revenue", name) for name in REVENUE] +
                         [("refunded_amount", name) for name in REFUNDS])  # fmt: skip
def test_a_cent_more_in_any_one_table_is_refused(shop: GivenGold, amount: str, table: str) -> None:
    one_row = f"rowid = (select min(rowid) from gold.{table} where {amount} > 0)"
    shop.change(f"update gold.{table} set {amount} = {amount} + 0.01 where {one_row}")
    try:
        result = shop.build("test", ["revenue_agrees_everywhere"])["revenue_agrees_everywhere"]
    finally:
        shop.change(f"update gold.{table} set {amount} = {amount} - 0.01 where {one_row}")

    assert result.failures


def test_a_dimension_that_multiplies_the_metric_views_lines_is_refused(shop: GivenGold) -> None:
    shop.change("insert into gold.dim_customers (customer_key) values ('-1'), ('-1')")
    try:
        result = shop.build("test", ["revenue_agrees_everywhere"])["revenue_agrees_everywhere"]
    finally:
        shop.change("delete from gold.dim_customers where customer_key = '-1'")

    assert result.failures == 1, "the day with revenue"


def test_a_repeated_key_a_null_key_and_an_unknown_label_are_refused(shop: GivenGold, platform: Platform) -> None:
    shop.change(
        "insert into gold.mart_finance_revenue select * from gold.mart_finance_revenue where date_key = 20251002"
    )
    shop.change("insert into gold.mart_customer_metrics (customer_id, value_label) values (null, 'vip')")
    try:
        results = shop.build("test", ["mart_finance_revenue", "mart_customer_metrics"])
    finally:
        shop.build("run")

    checks = table_checks(Warehouse(platform.settings, platform.contracts), list(results.values()))
    failed = {table: sorted(name for name, check in checks[table].items() if not check.passed) for table in checks}
    assert failed["mart_finance_revenue"] == ["keys"]
    assert failed["mart_customer_metrics"] == ["keys", "rules"]
