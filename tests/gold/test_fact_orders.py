"""fact_orders and the calendar: the amounts of a line by hand, and the days that the calendar holds."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from conftest import DAY, Platform, empty_shop, line, lineage, order
from end_to_end.convergence import platform_at

from platform_assets.contracts import Contracts


@pytest.fixture(scope="module")
def two_lines(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Platform]:
    """An order of the last moment of its day, with a line of known and a line of unknown cost."""
    platform = platform_at(tmp_path_factory.mktemp("lines"), contracts)
    known = line(1, quantity=3, unit_price=9.99, discount_amount=4.5, cost_price=2.25)
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1, order_date="2025-10-01 23:59:59.999999")])
    platform.drop("order_items", f"ingest_dt={DAY}", [known, line(1, event_id="unknown", cost_price=None)])
    platform.up_to_facts([DAY])
    yield platform


def test_the_amounts_of_a_line(two_lines: Platform) -> None:
    amounts = two_lines.query(
        "select gross_amount, discount_amount, line_total, net_revenue, cost_amount, gross_profit, date_key, is_revenue,"
        " order_status from gold.fact_orders where quantity = 3"
    )
    money = [Decimal(text) for text in ("29.97", "4.50", "25.47", "25.47", "6.75", "18.72")]
    assert amounts == [(*money, 20251001, True, "completed")]


def test_a_line_of_unknown_cost_has_no_profit_rather_than_all_of_it(two_lines: Platform) -> None:
    unknown = two_lines.query("select cost_amount, gross_profit from gold.fact_orders where quantity = 2")
    assert unknown == [(None, None)]


def test_the_calendar_begins_with_a_cart_or_a_return_that_is_older_than_all_orders(platform: Platform) -> None:
    """A cart of the eve of the first order: its fact has a day to point to."""
    empty_shop(platform, [DAY])
    eve = DAY - timedelta(days=1)
    cart = {"cart_id": "CART-1", "customer_id": "CUST-1", "created_at": f"{eve} 23:00:00", "cart_total": 5.0,
            "updated_at": f"{eve} 23:00:00", "status": "open"}  # fmt: skip
    platform.drop("shopping_carts", f"ingest_dt={DAY}", [cart | lineage("cart")])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1)])
    platform.drop("order_items", f"ingest_dt={DAY}", [line(1)])
    platform.refresh([DAY])

    verdict = platform.gold([DAY])["fact_carts"][0]
    assert verdict.rows == 1
    assert verdict.checks["keys"].passed, verdict.checks["keys"].notes
    assert platform.query("select min(calendar_date) from gold.dim_date") == [(eve,)]


def test_the_calendar_runs_from_the_first_order_to_two_years_after_the_newest_day(two_lines: Platform) -> None:
    bounds = two_lines.query("select min(calendar_date), max(calendar_date), count(*) from gold.dim_date")
    assert bounds == [(date(2025, 10, 1), date(2027, 10, 1), 731)]
    christmas = "select date_key, day_of_week, is_weekend, holiday_name from gold.dim_date where date_key = 20251225"
    assert two_lines.query(christmas) == [(20251225, 4, False, "Christmas Day")]
    turns = (
        "select day_of_week, iso_week, is_weekend from gold.dim_date where date_key in (20251005, 20251231, 20270101)"
    )
    assert two_lines.query(f"{turns} order by date_key") == [(7, 40, True), (3, 1, False), (5, 53, False)]
