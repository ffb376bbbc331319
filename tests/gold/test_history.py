"""Dimension history: column types 0 to 3, late statements, and the keys facts carry."""

from datetime import datetime

from conftest import DAY, Platform, customer, days_from, empty_shop, line, order, product

DAYS = days_from(DAY, 4)
FIRST = datetime(1900, 1, 1)


def midnight(number: int) -> datetime:
    return datetime(2025, 10, 1 + number)


def versions(platform: Platform, columns: str) -> list[tuple[object, ...]]:
    return platform.query(f"select {columns} from gold.dim_customers where customer_id = 'CUST-1' order by valid_from")


def test_a_change_of_tier_starts_a_new_row_and_other_changes_do_not(platform: Platform) -> None:
    empty_shop(platform, DAYS)
    platform.drop("customers", f"ingest_dt={DAYS[1]}", [customer(1, last_name="Ray", email="new@example.com")])
    platform.drop("customers", f"ingest_dt={DAYS[2]}", [customer(1, loyalty_tier="Gold", signup_date="2024-01-01")])
    platform.refresh(DAYS)

    assert versions(platform, "loyalty_tier, valid_from, valid_to, current_flag") == [
        ("bronze", FIRST, midnight(2), False),
        ("gold", midnight(2), None, True),
    ]
    newest = ("Lee", "c1@example.com")  # type 1: as last stated, in every row
    assert versions(platform, "last_name, email") == [newest, newest]
    first_stated = datetime(2025, 9, 1).date()  # type 0: as first stated, for ever
    assert versions(platform, "signup_date") == [(first_stated,), (first_stated,)]
    assert versions(platform, "previous_loyalty_tier") == [(None,), ("bronze",)]  # type 3


def test_a_statement_without_a_change_adds_no_row(platform: Platform) -> None:
    empty_shop(platform, DAYS)
    for day in DAYS[1:]:
        platform.drop("customers", f"ingest_dt={day}", [customer(1, event_id=str(day))])
    platform.refresh(DAYS)

    assert versions(platform, "valid_from") == [(FIRST,)]


def test_a_tier_that_becomes_null_and_comes_back_is_two_changes(platform: Platform) -> None:
    empty_shop(platform, DAYS)
    platform.drop("customers", f"ingest_dt={DAYS[1]}", [customer(1, loyalty_tier=None)])
    platform.drop("customers", f"ingest_dt={DAYS[2]}", [customer(1)])
    platform.refresh(DAYS)

    assert versions(platform, "loyalty_tier, previous_loyalty_tier, valid_from") == [
        ("bronze", None, FIRST),
        (None, "bronze", midnight(1)),
        ("bronze", None, midnight(2)),
    ]


def test_a_late_statement_splits_the_history_again_and_facts_are_keyed_anew(platform: Platform) -> None:
    empty_shop(platform, DAYS)
    platform.drop("customers", f"ingest_dt={DAYS[3]}", [customer(1, loyalty_tier="Gold")])
    for number, day in enumerate(DAYS):
        platform.drop("orders", f"ingest_dt={day}", [order(number, day)])
        platform.drop("order_items", f"ingest_dt={day}", [line(number)])
    platform.refresh(DAYS)
    keyed = """
        select f.order_id, d.loyalty_tier from gold.fact_orders f join gold.dim_customers d using (customer_key)
        order by f.order_id"""
    assert [tier for _, tier in platform.query(keyed)] == ["bronze", "bronze", "bronze", "gold"]

    platform.drop("customers", f"ingest_dt={DAYS[1]}", [customer(1, loyalty_tier="Silver")])
    platform.refresh(DAYS[1:2])
    platform.refresh(DAYS[2:])

    assert versions(platform, "loyalty_tier, valid_from, valid_to") == [
        ("bronze", FIRST, midnight(1)),
        ("silver", midnight(1), midnight(3)),
        ("gold", midnight(3), None),
    ]
    assert [tier for _, tier in platform.query(keyed)] == ["bronze", "silver", "silver", "gold"]


def test_guests_and_unknown_members_have_the_key_minus_one(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1, customer_id="GUEST-5")])
    platform.drop("order_items", f"ingest_dt={DAY}", [line(1)])
    platform.refresh([DAY])

    assert platform.query("select customer_id, customer_key from gold.fact_orders") == [("GUEST-5", "-1")]
    assert platform.query("select count(*) from gold.dim_customers where customer_key = '-1'") == [(1,)]


def test_a_price_change_is_seen_by_later_orders_only(platform: Platform) -> None:
    empty_shop(platform, DAYS[:2])
    platform.drop("product_catalog", f"ingest_dt={DAYS[1]}", [product(1, unit_price=150.0)])
    for number, day in enumerate(DAYS[:2]):
        platform.drop("orders", f"ingest_dt={day}", [order(number, day)])
        platform.drop("order_items", f"ingest_dt={day}", [line(number)])
    platform.refresh(DAYS[:2])

    priced = platform.query("""
        select f.order_id, d.unit_price::double, d.price_tier, d.unit_margin::double
        from gold.fact_orders f join gold.dim_products d using (product_key) order by 1""")
    assert priced == [("ORD-0", 10.0, "low", 6.0), ("ORD-1", 150.0, "high", 146.0)]
