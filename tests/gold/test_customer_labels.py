"""Labels of customers in gold: each is reached, at its limits, and equal customers are treated alike."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from gold.given_facts import GivenGold, Sold, sales, sold

from platform_assets.contracts import Contracts

TODAY = datetime(2025, 10, 1)


@pytest.fixture
def given(tmp_path: Path, contracts: Contracts) -> GivenGold:
    return GivenGold(tmp_path / "warehouse.duckdb", contracts)


def orders_of(customer_id: str, *spent: str, days_ago: int = 0, revenue: bool = True) -> list[Sold]:
    """One order of one line for each amount spent, all on one day."""
    at = TODAY - timedelta(days=days_ago)
    return [
        sold(f"{customer_id}-{number}", at, {"gross": Decimal(amount)}, customer_id=customer_id, revenue=revenue)
        for number, amount in enumerate(spent)
    ]


def refund_of(customer_id: str, amount: str) -> dict[str, object]:
    day = {"return_date": TODAY, "date_key": 20251001}
    return {"return_item_id": customer_id, "return_id": customer_id, "customer_id": customer_id,
            "refunded_amount": Decimal(amount)} | day  # fmt: skip


def known(*customer_ids: str) -> dict[str, list[dict[str, object]]]:
    current = [{"customer_id": name, "customer_key": name, "current_flag": True} for name in customer_ids]
    return {"dim_customers": current}


def labels(given: GivenGold, column: str, table: str = "metrics_customer_analytics") -> dict[str, object]:
    return dict(given.query(f"select customer_id, {column} from gold.{table}"))


def test_value_labels_at_their_limits_by_net_value_and_revenue_orders(given: GivenGold) -> None:
    orders = [
        *orders_of("five for 1000", *["200"] * 5),
        *orders_of("five for 999.99", *["200"] * 4, "199.99"),
        *orders_of("four for 1000", *["250"] * 4),
        *orders_of("five for 1000, a cent refunded", *["200"] * 5),
        *orders_of("four for 1000 and one cancelled", *["250"] * 4),
        *[sold("cancelled", TODAY, {"gross": 9}, customer_id="four for 1000 and one cancelled", revenue=False)],
        *orders_of("one for 500", "500"),
        *orders_of("three for 499.99", "499.97", "0.01", "0.01"),
        *orders_of("two for 499.99", "499.98", "0.01"),
        *orders_of("two for 2.01", "2.00", "0.01"),
    ]
    refunds = {"fact_returns": [refund_of("five for 1000, a cent refunded", "0.01"), refund_of("only a refund", "5")]}
    given.give(sales(*orders) | refunds | known("never bought")).build()

    assert labels(given, "value_label", "mart_customer_metrics") == {
        "five for 1000": "VIP",
        "five for 999.99": "High Value",
        "four for 1000": "High Value",
        "five for 1000, a cent refunded": "High Value",
        "four for 1000 and one cancelled": "High Value",
        "one for 500": "High Value",
        "three for 499.99": "Frequent",
        "two for 499.99": "Standard",
        "two for 2.01": "Standard",
        "never bought": "Standard",
        "only a refund": "Standard",
    }
    assert labels(given, "net_value", "mart_customer_metrics")["only a refund"] == Decimal("-5.00")
    per_order = labels(given, "avg_order_value", "mart_customer_metrics")
    assert per_order["two for 2.01"] == Decimal("1.01"), "1.005, half a cent up"


def test_every_lifecycle_stage_is_reached_and_today_is_the_newest_day_of_the_data(given: GivenGold) -> None:
    orders = [
        *orders_of("once, 30 days ago", "9", days_ago=30),
        *orders_of("twice, 30 days ago", "9", "9", days_ago=30),
        *orders_of("31 days ago", "9", days_ago=31),
        *orders_of("90 days ago", "9", "9", days_ago=90),
        *orders_of("91 days ago", "9", days_ago=91),
        *orders_of("180 days ago", "9", days_ago=180),
        *orders_of("181 days ago", "9", "9", days_ago=181),
        *orders_of("only cancelled", "9", revenue=False, days_ago=3),
    ]
    newer_than_all_orders = {"snapshot_dt": TODAY.date(), "customer_id": "never bought"}
    given.give(sales(*orders) | {"fact_customers": [newer_than_all_orders]} | known("never bought")).build()

    assert labels(given, "lifecycle_stage") == {
        "once, 30 days ago": "New",
        "twice, 30 days ago": "Active",
        "31 days ago": "At Risk",
        "90 days ago": "At Risk",
        "91 days ago": "Churning",
        "180 days ago": "Churning",
        "181 days ago": "Churned",
        "only cancelled": "Prospect",
        "never bought": "Prospect",
    }


def test_ten_buyers_make_five_quintiles_of_two_and_those_who_never_bought_have_none(given: GivenGold) -> None:
    # Buyer n (0 to 9) bought n + 1 times for 10 each, last time 9 - n days ago: all three rankings agree.
    orders = [order for n in range(10) for order in orders_of(f"{n}", *["10"] * (n + 1), days_ago=9 - n)]
    given.give(sales(*orders) | known("never bought")).build()

    expected = {f"{n}": quintile for n, quintile in enumerate([1, 1, 2, 2, 3, 3, 4, 4, 5, 5])} | {"never bought": None}
    for score in ("recency", "frequency", "monetary"):
        assert labels(given, f"{score}_quintile") == expected, score


def test_equal_customers_share_the_lower_quintile(given: GivenGold) -> None:
    # Five buyers: three spent 10 (ranks 1 to 3, all rank 1), then 20 (rank 4: 5 × 3 / 5 + 1 = 4) and 30 (rank 5: 5).
    spent = {"a": "10", "b": "10", "c": "10", "d": "20", "e": "30"}
    given.give(sales(*[order for name, amount in spent.items() for order in orders_of(name, amount)])).build()

    assert labels(given, "monetary_quintile") == {"a": 1, "b": 1, "c": 1, "d": 4, "e": 5}
    assert set(labels(given, "frequency_quintile").values()) == {1}, "all bought once"
