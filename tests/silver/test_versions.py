"""Versions and duplicates: which statement of a key survives a day, and what happens to the others."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
import pytest
from conftest import DAY, Platform, customer, days_from, empty_shop, line, order
from end_to_end.convergence import platform_at

from platform_assets.contracts import Contracts

DAYS = days_from(DAY, 3)
EARLY, LATE = "2025-10-01T00:00:00+00:00", "2025-10-01T06:00:00+00:00"
# {what a test is about: the orders it delivers}
ORDERS: dict[str, list[dict[str, Any]]] = {
    "newest": [
        order(1, net_total=11.0, ingestion_ts=EARLY, event_id="a"),
        order(1, net_total=12.0, ingestion_ts=LATE, event_id="b"),
        order(1, net_total=13.0, ingestion_ts=EARLY, event_id="c"),
    ],
    "same moment": [order(2, event_id="b"), order(2, event_id="a")],
    "ten good": [order(number, event_id=f"good-{number}", ingestion_ts=EARLY) for number in range(10, 20)],
    "ten bad": [order(number, net_total=-1.0, event_id=f"bad-{number}", ingestion_ts=LATE) for number in range(10, 20)],
    "with lines": [order(number) for number in (3, 4, 5)],
    "guest": [order(6, customer_id="GUEST-77")],
    "with lines of little lineage": [order(7), order(8)],
}
LINES = [
    *[line(3, event_id=event) for event in ("a", "b")],
    *[line(4, event_id=event) for event in ("c", "c", "d")],
    *[line(5, event_id=event) for event in ("e", "f")],
    *[line(5, event_id=event, batch_id="b2", quantity=5, ingestion_ts=LATE) for event in ("g", "h")],
    *[line(7, event_id=event, batch_id=None) for event in ("b", "a", "b", "c")],
    *[line(8, event_id=event) for event in ("2", None, "3", "3")],
]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Platform]:
    """All of it in one day, up to silver."""
    platform = platform_at(tmp_path_factory.mktemp("versions"), contracts)
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [row for rows in ORDERS.values() for row in rows])
    platform.drop("order_items", f"ingest_dt={DAY}", LINES)
    platform.up_to_silver([DAY])
    yield platform


def kept(delivered: Platform, table: str, *orders: int) -> pl.DataFrame:
    return delivered.rows("silver", f"stg_{table}", DAY).filter(
        pl.col("order_id").is_in([f"ORD-{number}" for number in orders])
    )


def refused(delivered: Platform, table: str, *orders: int) -> pl.DataFrame:
    return delivered.rows("quarantine", f"quarantine_{table}", DAY).filter(
        pl.col("order_id").is_in([f"ORD-{number}" for number in orders])
    )


def test_the_newest_of_a_day_wins_and_the_others_are_quarantined_as_duplicates(delivered: Platform) -> None:
    assert kept(delivered, "orders", 1)["event_id"].to_list() == ["b"]
    others = refused(delivered, "orders", 1)
    assert sorted(others["event_id"].to_list()) == ["a", "c"]
    assert others["_reasons"].to_list() == [["duplicate_order_id"], ["duplicate_order_id"]]


def test_of_two_statements_of_the_same_moment_the_larger_event_id_wins(delivered: Platform) -> None:
    assert kept(delivered, "orders", 2)["event_id"].to_list() == ["b"]


def test_ten_bad_orders_sent_again_do_not_delete_the_ten_good_ones(delivered: Platform) -> None:
    ten = range(10, 20)
    assert kept(delivered, "orders", *ten)["event_id"].to_list() == [f"good-{n}" for n in ten]
    assert refused(delivered, "orders", *ten)["_reasons"].to_list() == [["negative_net_total"]] * 10


def test_duplicates_do_not_count_as_quarantined_share(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1, event_id=str(n)) for n in range(50)])

    verdict = platform.up_to_silver([DAY])["stg_orders"][DAY]

    assert verdict.numbers["quarantined"] == 49
    assert verdict.numbers["quarantined_share"] == 0


def test_an_order_may_hold_a_product_twice(delivered: Platform) -> None:
    assert kept(delivered, "order_items", 3)["line_no"].to_list() == [1, 2]


def test_a_line_delivered_twice_is_one_line(delivered: Platform) -> None:
    assert kept(delivered, "order_items", 4)["event_id"].to_list() == ["c", "d"]
    assert refused(delivered, "order_items", 4)["_reasons"].to_list() == [["duplicate_order_id_line_no"]]


def test_lines_of_an_order_sent_again_by_another_delivery_are_numbered_anew(delivered: Platform) -> None:
    assert kept(delivered, "order_items", 5).select("line_no", "quantity").rows() == [(1, 5), (2, 5)]


@pytest.fixture(scope="module")
def three_days(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Platform]:
    """Order 1 on every day. Two versions of order 2, whose customer 9 comes on day 2. Order 3 of customer 8, who comes
    on day 3; and on day 2 again, of customer 1."""
    platform = platform_at(tmp_path_factory.mktemp("three_days"), contracts)
    empty_shop(platform, DAYS)
    stated = [order(1, net_total=10.0)], [order(1, net_total=11.0)], [order(1, net_total=12.0)]
    stated[0].extend(order(2, customer_id="CUST-9", event_id=event) for event in ("a", "b"))
    stated[0].append(order(3, customer_id="CUST-8", net_total=1.0))
    stated[1].append(order(3, net_total=2.0))
    for day, rows in zip(DAYS, stated, strict=True):
        platform.drop("orders", f"ingest_dt={day}", rows)
    platform.drop("order_items", f"ingest_dt={DAYS[1]}", [line(3)])
    platform.drop("customers", f"ingest_dt={DAYS[1]}", [customer(9)])
    platform.drop("customers", f"ingest_dt={DAYS[2]}", [customer(8)])
    platform.up_to_facts(DAYS)
    yield platform


def on(platform: Platform, layer: str, table: str, day: date, number: int) -> pl.DataFrame:
    """What the day holds of an order."""
    return platform.rows(layer, table, day).filter(order_id=f"ORD-{number}")


def test_every_days_version_of_a_key_stays(three_days: Platform) -> None:
    totals = [str(on(three_days, "silver", "stg_orders", day, 1)["net_total"][0]) for day in DAYS]
    assert totals == ["10.00", "11.00", "12.00"]


def test_a_waiting_order_that_is_released_does_not_replace_a_newer_version(three_days: Platform) -> None:
    released = on(three_days, "silver", "stg_orders", DAYS[2], 3)
    assert released.select("customer_id", "_arrived_dt").rows() == [("CUST-8", DAYS[0])]
    spent = three_days.rows("enriched", "customer_lifetime_value", DAYS[2])
    assert {name: str(total) for name, total in spent.select("customer_id", "total_spent").rows()} == {
        "CUST-1": "14.00",  # 12.00 of order 1 and 2.00 of order 3
        "CUST-8": "0.00",
        "CUST-9": "20.00",
    }
    assert three_days.query("select order_id, customer_id from gold.fact_orders") == [("ORD-3", "CUST-1")]


def test_two_waiting_versions_of_a_key_are_released_as_one_and_the_other_is_a_duplicate(three_days: Platform) -> None:
    assert on(three_days, "silver", "stg_orders", DAYS[1], 2)["event_id"].to_list() == ["b"]
    loser = on(three_days, "quarantine", "quarantine_orders", DAYS[1], 2)
    assert loser.select("event_id", "_reasons").rows() == [("a", ["duplicate_order_id"])]
    first_day = on(three_days, "quarantine", "quarantine_orders", DAYS[0], 2)["_reasons"].to_list()
    assert first_day == [["unknown_customer"], ["unknown_customer"]]


def test_guests_need_no_customer_row(delivered: Platform) -> None:
    assert kept(delivered, "orders", 6)["customer_id"].to_list() == ["GUEST-77"]


def test_a_day_run_again_with_fewer_rows_holds_only_those(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(number) for number in range(30)])
    platform.up_to_silver([DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(number) for number in range(2)])

    platform.up_to_silver([DAY])

    assert platform.rows("silver", "stg_orders", DAY)["order_id"].to_list() == ["ORD-0", "ORD-1"]
    assert len(list(platform.lake.table("silver", "stg_orders").folder.rglob("*.parquet"))) == 1


def test_a_line_delivered_twice_without_a_batch_id_is_one_line_too(delivered: Platform) -> None:
    rows = kept(delivered, "order_items", 7)
    assert rows.select("line_no", "event_id").rows() == [(1, "b"), (2, "a"), (3, "c")]
    assert refused(delivered, "order_items", 7)["line_no"].to_list() == [1]


def test_an_event_id_that_is_a_number_is_not_the_position_of_a_line_without_one(delivered: Platform) -> None:
    rows = kept(delivered, "order_items", 8)
    assert rows.select("line_no", "event_id").rows() == [(1, "2"), (2, None), (3, "3")]
