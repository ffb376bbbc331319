"""Purchases, carts and days of a sample against independent queries over silver, and in any order of runs.

Here: queries/*.sql, written from domain.md alone, over as-of views of the silver files. Not here: branches by hand
(one module per table).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from conftest import DAY, Platform, customer, days_from, empty_shop, lineage, order
from polars.testing import assert_frame_equal

from platform_assets.settings import Settings
from sample_data import SampleConfig, generate

TABLES = ("attributed_purchases", "cart_attribution", "daily_business_metrics")
DAYS = days_from(DAY, 17)
COMPARED = [DAYS[0], DAYS[2], DAYS[8], DAYS[15], DAYS[16]]
NEWEST = """
create view {name} as
select *
from read_parquet(
    '{lake}/silver/{table}/*/data.parquet', hive_partitioning = true, hive_types = {{ingest_dt: date}})
where ingest_dt <= date '{day}'
qualify row_number() over (
    partition by {key} order by _arrived_dt desc, ingestion_ts desc nulls last, event_id desc nulls last) = 1
"""
ARRIVED = "create view arrived_orders as from read_parquet('{lake}/silver/stg_orders/ingest_dt={day}/data.parquet')"
CENTS = """
create macro to_the_cent(amount, parts) as  -- in whole numbers, since dividing decimals gives a double
    case when parts > 0 then ((2 * (amount * 100)::hugeint + parts) // (2 * parts) / 100)::decimal(18, 2) end
"""
VIEWS = (
    ("orders", "stg_orders", "order_id"),
    ("carts", "stg_shopping_carts", "cart_id"),
    ("cart_items", "stg_cart_items", "cart_item_id"),
    ("returns", "stg_returns", "return_id"),
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, contracts: Any) -> Iterator[Platform]:
    """Seventeen days of a small, dirty sample: enough history for every flag."""
    root: Path = tmp_path_factory.mktemp("sample")
    config = SampleConfig(days=len(DAYS), orders_per_day=25, customers=40, products=20, returns_per_order=0.4)
    generate(config, root / "landing")
    environment = {"PLATFORM_DATA": str(root), "PLATFORM_START_DATE": "2025-10-01", "PLATFORM_MEMORY_LIMIT": "2GB"}
    platform = Platform(Settings.from_env(environment), contracts)
    platform.up_to_silver(DAYS)
    platform.enriched(DAYS, only=TABLES)
    yield platform


def independent(platform: Platform, table: str, day: date) -> pl.DataFrame:
    lake, query = platform.settings.lake, Path(__file__).parent / "queries" / f"{table}.sql"
    with duckdb.connect() as connection:
        connection.execute(f"set variable day = date '{day}'")
        connection.execute(CENTS)
        connection.execute(ARRIVED.format(lake=lake, day=day))
        for name, silver, key in VIEWS:
            connection.execute(NEWEST.format(name=name, lake=lake, table=silver, key=key, day=day))
        return connection.execute(query.read_text()).pl()


def agree(published: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Every column and row, money to the cent, floats to 6 places."""
    assert_frame_equal(published, expected.cast(dict(published.schema)), check_exact=False, rel_tol=0, abs_tol=1.01e-6)


@pytest.mark.parametrize("day", COMPARED)
@pytest.mark.parametrize("table", TABLES[:2])
def test_an_independent_query_over_silver_agrees(sample: Platform, table: str, day: date) -> None:
    agree(sample.rows("enriched", table, day), independent(sample, table, day))


@pytest.mark.parametrize("day", COMPARED)
def test_an_independent_query_over_silver_agrees_on_all_dates_that_a_day_states(sample: Platform, day: date) -> None:
    published = sample.rows("enriched", "daily_business_metrics", day)
    expected = independent(sample, "daily_business_metrics", day)
    assert published["metric_dt"].max() == day
    known = published.filter(pl.col("metric_dt") >= expected["metric_dt"].min())
    agree(known, expected.join(known, on="metric_dt", how="semi"))


def test_the_newest_statements_of_all_dates_are_what_is_known_at_the_end(sample: Platform) -> None:
    """Whatever arrived late restated all that it changed: no date is left behind."""
    stated = pl.concat([sample.rows("enriched", "daily_business_metrics", day) for day in DAYS])
    newest = stated.unique("metric_dt", keep="last", maintain_order=True).sort("metric_dt")
    expected = independent(sample, "daily_business_metrics", DAYS[-1])
    agree(newest.join(expected, on="metric_dt", how="semi"), expected)


def test_the_sample_has_something_to_compare(sample: Platform) -> None:
    carts = sample.rows("enriched", "cart_attribution", DAYS[-1])
    assert {"converted", "abandoned", "empty"} == set(carts["cart_status"])
    purchases = sample.rows("enriched", "attributed_purchases", DAYS[-1])
    assert 0 < purchases["is_recovered"].sum() < purchases.height
    assert purchases["customer_id"].str.starts_with("GUEST-").any()
    last = sample.rows("enriched", "daily_business_metrics", DAYS[-1])
    assert last.null_count().row(-1, named=True)["revenue_stddev_30d"] < last.height
    assert last["anomaly_flag"].n_unique() > 1
    assert last["metric_dt"].min() < DAYS[-1]


def test_running_days_in_reverse_order_and_again_gives_the_same_bytes(sample: Platform) -> None:
    before = sample.data_files()
    sample.enriched(DAYS[::-5], only=TABLES)
    sample.enriched(DAYS[:1], only=TABLES)
    assert sample.data_files() == before


def drop_cart(platform: Platform, day: date, name: str, created: str, **other: Any) -> None:
    row = {"cart_id": name, "customer_id": "CUST-1", "created_at": created, "updated_at": None, "cart_total": 30.0,
           "status": "abandoned"}  # fmt: skip
    platform.drop("shopping_carts", f"ingest_dt={day}", [row | lineage(name) | other])


def test_a_cart_today_with_an_order_tomorrow_converts_whatever_the_order_of_runs(platform: Platform) -> None:
    days = days_from(DAY, 2)
    empty_shop(platform, days)
    drop_cart(platform, days[0], "C1", f"{days[0]} 20:00:00")
    platform.drop("orders", f"ingest_dt={days[1]}", [order(1, days[1])])
    platform.up_to_silver(days)
    for day in reversed(days):
        platform.enriched([day], only=TABLES)

    def stated(table: str, day: date, *columns: str) -> list[tuple[Any, ...]]:
        return platform.rows("enriched", table, day).select(columns).rows()

    fate = [stated("cart_attribution", day, "cart_id", "cart_status", "order_id", "abandoned_value") for day in days]
    assert fate == [[("C1", "abandoned", None, Decimal("30.00"))], [("C1", "converted", "ORD-1", Decimal("0.00"))]]
    assert stated("attributed_purchases", days[1], "order_id", "cart_id", "is_recovered") == [("ORD-1", "C1", True)]
    rates = [dict(stated("daily_business_metrics", day, "metric_dt", "cart_conversion_rate")) for day in days]
    assert [found[days[0]] for found in rates] == [0.0, 1.0]

    backwards = platform.data_files()
    platform.enriched(days, only=TABLES)
    assert platform.data_files() == backwards


def test_averages_are_over_calendar_days_and_not_rows(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1, DAY - timedelta(days=7), net_total=14.0)])
    platform.up_to_silver([DAY])
    platform.enriched([DAY], only=TABLES[2:])
    row = platform.rows("enriched", "daily_business_metrics", DAY).row(-1, named=True)
    # One order of 14.00 in the seven days before, on the first of them.
    assert (row["metric_dt"], row["orders_mean_7d"], row["revenue_mean_7d"]) == (DAY, 0.142857, Decimal("2.00"))


def test_a_corrected_order_leaves_its_old_date_and_moves_the_days_before_and_after_it(platform: Platform) -> None:
    days = [DAY, DAY + timedelta(days=1)]
    empty_shop(platform, days)
    platform.drop("customers", "signup_date=2025-09-02", [customer(2)])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1), order(2, DAY - timedelta(days=3))])
    platform.drop("orders", f"ingest_dt={days[1]}", [order(2, customer_id="CUST-2", net_total=5.0)])
    platform.up_to_silver(days)
    platform.enriched(days, only=TABLES[2:])
    found = platform.rows("enriched", "daily_business_metrics", days[1]).select(
        "metric_dt", "orders_count", "net_revenue"
    )
    known = {when: (orders, net) for when, orders, net in found.rows()}
    assert known[DAY - timedelta(days=3)] == (0, Decimal("0.00"))
    assert known[DAY] == (2, Decimal("25.00"))
