"""Lifetime value of published days: all that is known by the end of the day, each order once, one snapshot."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from conftest import DAY, Platform, customer, days_from, empty_shop, order

from platform_assets.enriched.reading import read_as_of
from platform_assets.enriched.tables import enriched_tables
from platform_assets.lake import PublishedContent
from platform_assets.settings import Settings
from sample_data import SampleConfig, generate

DAYS = days_from(DAY, 3)
TABLE = next(table for table in enriched_tables({}) if table.name == "customer_lifetime_value")


def lifetime(platform: Platform, day: Any, who: str = "CUST-1") -> dict[str, Any]:
    rows = platform.rows("enriched", TABLE.name, day).filter(pl.col("customer_id") == who)
    assert rows.height == 1
    return rows.row(0, named=True)


def drop_orders(platform: Platform, day: Any, *rows: dict[str, Any]) -> None:
    platform.drop("orders", f"ingest_dt={day}", rows)


def test_the_newest_version_of_an_order_counts_once_from_its_day_on_and_the_rest_of_history_stays(
    platform: Platform,
) -> None:
    empty_shop(platform, DAYS)
    drop_orders(platform, DAYS[0], order(1, net_total=20.0), order(2, net_total=15.0))
    drop_orders(platform, DAYS[1], order(1, net_total=12.5))
    platform.up_to_silver(DAYS)
    platform.enriched(DAYS, only=[TABLE.name])

    known = [(found["order_count"], found["total_spent"]) for found in (lifetime(platform, day) for day in DAYS)]
    assert known == [(2, Decimal("35.00")), (2, Decimal("27.50")), (2, Decimal("27.50"))]


def test_a_late_order_released_today_does_not_replace_the_newer_version_that_came_before_it(
    platform: Platform,
) -> None:
    """Order 1 arrives on day one for an unknown customer and waits; day two corrects it for a known one; on day three
    the first customer arrives and the old statement is released: newest in the lake, but not the newest version."""
    empty_shop(platform, DAYS)
    drop_orders(platform, DAYS[0], order(1, customer_id="CUST-9", net_total=20.0))
    drop_orders(platform, DAYS[1], order(1, customer_id="CUST-1", net_total=12.5))
    platform.drop("customers", f"ingest_dt={DAYS[2]}", [customer(9)])
    platform.up_to_silver(DAYS)
    platform.enriched(DAYS, only=[TABLE.name])

    assert [platform.rows("silver", "stg_orders", day).height for day in DAYS] == [0, 1, 1]
    assert platform.rows("silver", "stg_orders", DAYS[2])["_arrived_dt"].to_list() == [DAYS[0]]
    assert lifetime(platform, DAYS[2])["total_spent"] == Decimal("12.50")
    assert lifetime(platform, DAYS[2], "CUST-9")["order_count"] == 0
    orders = read_as_of(platform.lake, Path(), TABLE.inputs["orders"], DAYS[2], PublishedContent()).collect()
    assert orders.select("order_id", "net_total").rows() == [("ORD-1", Decimal("12.50"))]


def test_a_day_without_its_snapshot_is_refused_and_names_what_is_missing(platform: Platform) -> None:
    empty_shop(platform, DAYS[:1])
    verdict = platform.enriched(DAYS[:1])[TABLE.name][DAY]
    assert verdict.refused == (
        "missing input, materialize it first: dims/customers, silver/stg_orders, silver/stg_returns 2025-10-01"
    )
    assert not platform.lake.table("enriched", TABLE.name).days()


def test_too_few_rows_fail_the_rules_and_strict_gates_do_not_publish(platform: Platform) -> None:
    empty_shop(platform, DAYS[:1])
    platform.drop("customers", "signup_date=2025-09-01", [])
    platform.up_to_silver(DAYS[:1])
    verdict = platform.strict().enriched(DAYS[:1])[TABLE.name][DAY]
    assert (verdict.rows, verdict.failed, verdict.refused) == (0, ["rules"], "failed rules")
    assert not platform.lake.table("enriched", TABLE.name).days()

    assert platform.enriched(DAYS[:1])[TABLE.name][DAY].refused is None
    manifest = platform.lake.table("enriched", TABLE.name).manifest(DAY)
    assert manifest is not None
    assert manifest.failed_checks == ("rules",)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, contracts: Any) -> Iterator[Platform]:
    """Four days of a small, dirty sample, up to enriched."""
    root: Path = tmp_path_factory.mktemp("sample")
    config = SampleConfig(days=4, orders_per_day=40, customers=60, products=30, returns_per_order=0.4)
    generate(config, root / "landing")
    environment = {"PLATFORM_DATA": str(root), "PLATFORM_START_DATE": "2025-10-01", "PLATFORM_MEMORY_LIMIT": "2GB"}
    platform = Platform(Settings.from_env(environment), contracts)
    platform.up_to_silver(days_from(DAY, 4))
    platform.enriched(days_from(DAY, 4))
    yield platform


# Written from domain.md alone: as-of views over the silver files, then sums per customer of the day's snapshot.
EXPECTED = """
with versions as (
    select *, row_number() over (
        partition by {key} order by _arrived_dt desc, ingestion_ts desc nulls last, event_id desc nulls last) as newest
    from read_parquet('{lake}/silver/{table}/*/data.parquet', hive_partitioning = true, hive_types = {{ingest_dt: date}})
    where ingest_dt <= date '{day}'
)
select * from versions where newest = 1
"""
LIFETIME = """
select
    customer_id,
    (select count(*) from orders o where o.customer_id = c.customer_id),
    (select count(*) from returns r where r.customer_id = c.customer_id),
    coalesce((select sum(net_total) from orders o where o.customer_id = c.customer_id), 0)::decimal(18, 2),
    coalesce((select sum(refunded_amount) from returns r where r.customer_id = c.customer_id), 0)::decimal(18, 2),
    (select date '{day}' - max(order_date)::date from orders o where o.customer_id = c.customer_id),
    clv_bucket
from read_parquet('{lake}/dims/customers/snapshot_dt={day}/data.parquet', hive_partitioning = false) c
order by customer_id
"""


@pytest.mark.parametrize("day", days_from(DAY, 4))
def test_an_independent_query_over_silver_agrees_to_the_cent(sample: Platform, day: Any) -> None:
    lake = sample.settings.lake
    with duckdb.connect() as connection:
        for name, key in (("orders", "order_id"), ("returns", "return_id")):
            query = EXPECTED.format(key=key, lake=lake, table=f"stg_{name}", day=day)
            connection.execute(f"create view {name} as {query}")
        expected = connection.execute(LIFETIME.format(lake=lake, day=day)).fetchall()

    columns = ("customer_id", "order_count", "return_count", "total_spent", "total_refunded", "days_since_last_order",
               "predicted_bucket")  # fmt: skip
    assert sample.rows("enriched", TABLE.name, day).select(columns).rows() == expected


def test_the_sample_has_something_to_compare(sample: Platform) -> None:
    last = sample.rows("enriched", TABLE.name, days_from(DAY, 4)[-1])
    assert last["order_count"].max() > 2
    assert last["total_refunded"].max() > 0
    assert {"one-timer", "whale", "prospect", "regular"} >= set(last["segment"].unique()) >= {"one-timer", "prospect"}


def test_lifetime_is_the_whole_history_and_not_one_day(sample: Platform) -> None:
    spent = [sample.rows("enriched", TABLE.name, day)["order_count"].sum() for day in days_from(DAY, 4)]
    assert spent == sorted(spent)
    assert spent[-1] > 2 * spent[0] > 0
