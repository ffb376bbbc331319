"""Late parents: a child waits in quarantine and is emitted on the day its last parent arrives."""

from conftest import DAY, Platform, customer, days_from, empty_shop, line, order

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
