"""Late parents: a child waits in quarantine and is emitted on the day its last parent arrives."""

from conftest import DAY, Platform, customer, days_from, empty_shop, line, order, product

DAYS = days_from(DAY, 3)


def test_an_order_whose_customer_arrives_later_is_emitted_on_that_day_and_its_own_day_is_not_rewritten(
    platform: Platform,
) -> None:
    empty_shop(platform, DAYS)
    platform.drop("orders", f"ingest_dt={DAYS[0]}", [order(1, customer_id="CUST-9")])
    platform.drop("order_items", f"ingest_dt={DAYS[0]}", [line(1)])
    platform.up_to_silver(DAYS[:1])
    before = platform.lake.table("quarantine", "quarantine_orders").data(DAYS[0]).read_bytes()
    platform.drop("customers", f"ingest_dt={DAYS[2]}", [customer(9)])

    platform.up_to_silver(DAYS)

    assert platform.rows("quarantine", "quarantine_orders", DAYS[0])["_reasons"].to_list() == [["unknown_customer"]]
    assert platform.lake.table("quarantine", "quarantine_orders").data(DAYS[0]).read_bytes() == before
    assert [platform.rows("silver", "stg_orders", day).height for day in DAYS] == [0, 0, 1]
    assert [platform.rows("silver", "stg_order_items", day)["line_no"].to_list() for day in DAYS] == [[], [], [1]]


def test_days_run_one_by_one_release_what_waits_for_any_of_its_parents_since_any_day(platform: Platform) -> None:
    """Lines: of order 1, which arrives on day 3; of product 9, which does on day 4; of product 8 and order 3, which
    arrive on days 3 and 4; and of product 7, which never does."""
    days = days_from(DAY, 4)
    empty_shop(platform, days)
    platform.drop("orders", f"ingest_dt={days[0]}", [order(2), order(4)])
    platform.drop("order_items", f"ingest_dt={days[0]}", [line(1), line(2, product_id=9), line(4, product_id=7)])
    platform.drop("order_items", f"ingest_dt={days[1]}", [line(3, product_id=8)])
    platform.drop("orders", f"ingest_dt={days[2]}", [order(1)])
    platform.drop("orders", f"ingest_dt={days[3]}", [order(3)])
    platform.drop("product_catalog", f"ingest_dt={days[2]}", [product(8)])
    platform.drop("product_catalog", f"ingest_dt={days[3]}", [product(9)])

    for day in days:
        platform.up_to_silver([day])

    released = [platform.rows("silver", "stg_order_items", day)["order_id"].sort().to_list() for day in days]
    assert released == [[], [], ["ORD-1"], ["ORD-2", "ORD-3"]]
    waiting = [platform.lake.table("quarantine", "quarantine_order_items").manifest(day) for day in days]
    assert [manifest.details["waiting"] for manifest in waiting if manifest] == [3, 1, 0, 0]
