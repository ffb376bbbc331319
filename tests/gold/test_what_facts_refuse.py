"""The tests that dbt runs on facts in every build: each is shown a fact that breaks it, in a copy of a warehouse."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest
from conftest import DAY, Platform, customer, line, order, product
from end_to_end.convergence import platform_at
from gold.deliveries import build, cart, cart_item, deliver, returned, returned_line

from platform_assets.contracts import Contracts
from platform_assets.dbt_process import run_dbt, write_session
from platform_assets.gold import Warehouse
from platform_assets.gold.checks import table_checks
from platform_assets.lake import PublishedContent

HEADERS, CARTS = "fact_order_headers_agree_with_orders_and_lines", "fact_carts_holds_every_cart_and_claim"
RETURNS, CUSTOMERS = "fact_returns_holds_every_returned_line", "fact_customers_holds_every_customer_of_a_day_once"
SALES, CATEGORIES = "fact_sales_neither_drops_nor_repeats_lines", "dim_categories_knows_every_category"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Platform]:
    """Two orders, one of which claimed the cart; a return; one day."""
    platform = platform_at(tmp_path_factory.mktemp("shop"), contracts)
    deliver(platform, DAY,
            customers=[customer(1)], product_catalog=[product(1)], orders=[order(1), order(2, customer_id="GUEST-7")],
            order_items=[line(1), line(2)], shopping_carts=[cart(1, "2025-10-01 08:00:00")],
            cart_items=[cart_item(1, 1)], returns=[returned(1, 1, "2025-10-01")],
            return_items=[returned_line(1, 1)])  # fmt: skip
    build(platform, [DAY])
    yield platform


def failed_tests(platform: Platform, broken_by: Sequence[str], folder: Path) -> set[str]:
    """`<table>: <test>` of the tests that fail after statements broke a copy of the warehouse."""
    copied = folder / "warehouse.duckdb"
    shutil.copyfile(platform.settings.warehouse, copied)
    with duckdb.connect(str(copied)) as connection:
        for statement in broken_by:
            connection.execute(statement)
    warehouse, published = Warehouse(platform.settings, platform.contracts), PublishedContent()
    session = folder / "session.sql"
    write_session(session, warehouse.picture(copied, warehouse.changes(published), published))
    of_marts_or_seeds = ("revenue_agrees_everywhere", "relationships_*order_statuses_")
    selected = ["path:models/gold/facts", "path:models/gold/dims", "--exclude", *of_marts_or_seeds]
    results = run_dbt(platform.settings.dbt_project, "test", selected, session)
    return {
        f"{table}: {failure.split(':')[0]}"
        for table, of_table in table_checks(warehouse, results).items()
        for check in of_table.values()
        if not check.passed
        for failure in check.notes["failed"].split("\n")
    }


# What breaks a fact, and the test that must see it: those of one group do not touch each other's tests.
GROUPS: list[dict[str, str]] = [
    {
        "delete from gold.fact_order_headers where order_id = 'ORD-2'": f"fact_order_headers: {HEADERS}",
        "delete from gold.fact_returns": f"fact_returns: {RETURNS}",
        "delete from gold.fact_carts": f"fact_carts: {CARTS}",
        "insert into gold.fact_customers from gold.fact_customers": f"fact_customers: {CUSTOMERS}",
        "update gold.fact_orders set date_key = null": "fact_orders: not_null_fact_orders_date_key",
        "delete from gold.dim_categories where category_key <> '-1'": f"dim_categories: {CATEGORIES}",
    },
    {
        "update gold.fact_order_headers set net_revenue = net_revenue + 0.01": f"fact_order_headers: {HEADERS}",
        "update gold.fact_returns set quantity_returned = 0": "fact_returns: in_range_fact_returns_quantity_returned",
        "update gold.fact_carts set cart_status = 'abandoned'": f"fact_carts: {CARTS}",
        "update gold.fact_carts set time_to_purchase_hours = 49": "fact_carts: in_range_fact_carts_time_to_purchase",
        "delete from gold.fact_customers": f"fact_customers: {CUSTOMERS}",
    },
    {
        "delete from gold.fact_orders where order_id = 'ORD-1'": f"fact_order_headers: {HEADERS}",
        "update gold.fact_carts set order_id = 'ORD-2'": f"fact_carts: {CARTS}",
        "update gold.fact_returns set date_key = null": "fact_returns: not_null_fact_returns_date_key",
        "update gold.fact_customers set customer_key = 'x'": "fact_customers: relationships_fact_customers_customer_key",
        "update gold.fact_returns set product_key = 'x'": "fact_returns: relationships_fact_returns_product_key",
    },
    {
        "insert into gold.fact_order_headers from gold.fact_order_headers": f"fact_sales: {SALES}",
        "update gold.fact_carts set cart_status = 'lost'": "fact_carts: accepted_values_fact_carts_cart_status",
        "update gold.fact_orders set quantity = 101": "fact_orders: in_range_fact_orders_quantity",
    },
]


@pytest.mark.parametrize("group", GROUPS)
def test_facts_that_are_wrong_fail_their_tests(shop: Platform, tmp_path: Path, group: dict[str, str]) -> None:
    failed = failed_tests(shop, list(group), tmp_path)

    assert not [test for test in group.values() if not any(name.startswith(test) for name in failed)]


# Columns without which a fact says nothing: a key that leads nowhere, a value that every mart adds up.
REQUIRED = [
    "fact_orders.order_line_key", "fact_orders.order_id", "fact_orders.customer_key",
    "fact_orders.product_key", "fact_order_headers.order_id", "fact_order_headers.date_key",
    "fact_order_headers.customer_key", "fact_order_headers.region", "fact_order_headers.is_recovered",
    "fact_returns.return_item_id", "fact_returns.return_id", "fact_returns.customer_key",
    "fact_returns.product_key", "fact_carts.cart_id", "fact_carts.date_key", "fact_carts.customer_key",
    "fact_carts.cart_value", "fact_customers.snapshot_dt", "fact_customers.customer_id", "fact_customers.customer_key",
    "dim_customers.customer_key", "dim_customers.customer_id", "dim_products.product_key", "dim_products.product_id",
    "dim_date.date_key", "dim_categories.category_key", "dim_categories.category",
]  # fmt: skip


def test_the_warehouse_takes_no_fact_and_no_member_without_its_keys(shop: Platform, tmp_path: Path) -> None:
    copied = tmp_path / "warehouse.duckdb"
    shutil.copyfile(shop.settings.warehouse, copied)
    with duckdb.connect(str(copied)) as connection:
        for place in REQUIRED:
            table, column = place.split(".")
            with pytest.raises(duckdb.ConstraintException, match=f"NOT NULL constraint failed: .*{column}"):
                connection.execute(
                    f"insert into gold.{table} by name select * replace (null as {column}) from gold.{table}"
                )


def test_the_facts_of_a_good_build_fail_none(shop: Platform, tmp_path: Path) -> None:
    assert failed_tests(shop, [], tmp_path) == set()


def test_a_failed_test_of_a_fact_keeps_the_old_warehouse_when_strict_and_marks_the_new_one_when_only_warned_of(
    shop: Platform, tmp_path: Path, contracts: Contracts
) -> None:
    """A returned line of 101 units: valid in silver, out of range in gold."""
    platform = platform_at(tmp_path, contracts)
    shutil.copytree(shop.settings.lake, platform.settings.lake)
    shutil.copytree(shop.settings.landing, platform.settings.landing)
    shutil.copytree(shop.settings.warehouse.parent, platform.settings.warehouse.parent)
    platform.drop("return_items", f"ingest_dt={DAY}", [returned_line(1, 1, quantity_returned=101)])
    platform.up_to_silver([DAY])
    units = "select quantity_returned from gold.fact_returns"

    verdicts = platform.strict().gold([DAY])

    assert verdicts["fact_returns"][0].refused == "failed rules"
    assert "in_range_fact_returns_quantity_returned" in verdicts["fact_returns"][0].checks["rules"].notes["failed"]
    assert verdicts["fact_carts"][0].refused == "another gold table failed: the old warehouse stays"
    assert platform.query(units) == [(1,)]

    assert platform.gold([DAY])["fact_returns"][0].failed == ["rules"]
    assert platform.query(units) == [(101,)]
    again = platform.gold([DAY])["fact_returns"][0]
    assert again.failed == ["rules"], "nothing changed, and the check stays failed"


def test_facts_are_built_before_any_enriched_day_is_published_and_follow_when_one_is(
    tmp_path: Path, contracts: Contracts
) -> None:
    platform = platform_at(tmp_path, contracts)
    deliver(platform, DAY, customers=[customer(1)], product_catalog=[product(1)], orders=[order(1)],
            order_items=[line(1)])  # fmt: skip
    platform.up_to_silver([DAY])
    platform.facts()
    regions = "select region, tax_amount is null from gold.fact_order_headers"
    assert platform.query(regions) == [("unknown", True)]
    assert platform.query("select count(*) from gold.fact_customers") == [(0,)]

    platform.enriched([DAY], only=["regional_financials", "customer_lifetime_value"])
    changed = Warehouse(platform.settings, contracts).changes(PublishedContent()).days
    assert changed == (("enriched/customer_lifetime_value", DAY), ("enriched/regional_financials", DAY))
    platform.facts()

    assert platform.query(regions) == [("NM", False)]
    assert platform.query("select snapshot_dt, customer_id, is_in_danger_zone from gold.fact_customers") == [
        (date(2025, 10, 1), "CUST-1", None)
    ]
