"""fact_orders and the calendar: amounts by hand, one row per current line, refused when a test fails."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from conftest import DAY, READ_BY_GOLD, Platform, days_from, empty_shop, line, order
from end_to_end.convergence import platform_at

from platform_assets.contracts import Contracts

DAYS = days_from(DAY, 3)


def land(platform: Platform, *lines: dict[str, object]) -> Platform:
    """One order, at the last moment of the day, up to silver."""
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1, order_date="2025-10-01 23:59:59.999999")])
    platform.drop("order_items", f"ingest_dt={DAY}", lines)
    platform.up_to_silver([DAY])
    platform.enriched([DAY], only=READ_BY_GOLD)
    return platform


@pytest.fixture(scope="module")
def two_lines(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Platform]:
    """An order with a line of known and a line of unknown cost."""
    platform = platform_at(tmp_path_factory.mktemp("lines"), contracts)
    known = line(1, quantity=3, unit_price=9.99, discount_amount=4.5, cost_price=2.25)
    land(platform, known, line(1, event_id="unknown", cost_price=None)).facts()
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


def test_an_order_sent_again_with_fewer_lines_keeps_no_stale_line(platform: Platform) -> None:
    empty_shop(platform, DAYS)
    platform.drop("orders", f"ingest_dt={DAYS[0]}", [order(1)])
    platform.drop("order_items", f"ingest_dt={DAYS[0]}", [line(1, event_id="a"), line(1, event_id="b")])
    platform.up_to_facts(DAYS[:1])
    platform.drop("orders", f"ingest_dt={DAYS[2]}", [order(1, net_total=5.0)])
    platform.drop("order_items", f"ingest_dt={DAYS[2]}", [line(1, event_id="c", quantity=1, discount_amount=5.0)])

    platform.up_to_facts(DAYS[1:])

    lines = platform.query("select line_no, line_total::double, line_ingest_dt from gold.fact_orders")
    assert lines == [(1, 5.0, DAYS[2])]


def test_an_order_that_a_correction_takes_back_leaves_the_fact(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1), order(2)])
    platform.drop("order_items", f"ingest_dt={DAY}", [line(1), line(2)])
    platform.up_to_facts([DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(2)])
    platform.drop("order_items", f"ingest_dt={DAY}", [line(2)])

    platform.up_to_facts([DAY])

    assert platform.query("select order_id from gold.fact_orders") == [("ORD-2",)]


def test_a_failed_gold_test_keeps_the_old_warehouse_when_strict(platform: Platform) -> None:
    land(platform, line(1)).gold([DAY])
    platform.drop("order_items", f"ingest_dt={DAY}", [line(1, quantity=101)])
    platform.up_to_silver([DAY])

    verdict = platform.strict().gold([DAY])["fact_orders"][0]

    assert verdict.refused == "failed rules"
    assert "in_range" in verdict.checks["rules"].notes["failed"]
    assert platform.query("select quantity from gold.fact_orders") == [(2,)]


def test_a_failed_gold_test_marks_the_new_warehouse_when_only_warned_of(platform: Platform) -> None:
    land(platform, line(1, quantity=101)).gold([DAY])

    again = platform.gold([DAY])["fact_orders"][0]

    assert again.failed == ["rules"], "nothing changed, and the check stays failed"
    assert platform.query("select quantity from gold.fact_orders") == [(101,)]


def test_the_calendar_runs_from_the_first_order_to_two_years_after_the_newest_day(two_lines: Platform) -> None:
    bounds = two_lines.query("select min(calendar_date), max(calendar_date), count(*) from gold.dim_date")
    assert bounds == [(date(2025, 10, 1), date(2027, 10, 1), 731)]
    christmas = "select date_key, day_of_week, is_weekend, holiday_name from gold.dim_date where date_key = 20251225"
    assert two_lines.query(christmas) == [(20251225, 4, False, "Christmas Day")]


def test_all_orders_of_a_customer_with_two_snapshots_on_disk_count_once(platform: Platform) -> None:
    empty_shop(platform, DAYS[:2])
    for number, day in enumerate(DAYS[:2]):
        platform.drop("orders", f"ingest_dt={day}", [order(number, day)])
        platform.drop("order_items", f"ingest_dt={day}", [line(number)])
    platform.up_to_facts(DAYS[:2])

    assert platform.query("select count(*), sum(net_revenue)::double from gold.fact_orders") == [(2, 40.0)]
    value = platform.rows("enriched", "customer_lifetime_value", DAYS[1])
    assert value.select("customer_id", "order_count", "net_clv").rows() == [("CUST-1", 2, Decimal("40.00"))]
