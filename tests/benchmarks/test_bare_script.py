"""The bare script implements silver, snapshots, dimensions and facts a second time: it must come to the same rows.

One platform run over nine small, dirty days (late files, corrections, late parents, re-deliveries, a missing day),
and one of the bare script. Nothing here asserts on time.
"""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.agreement import DisagreementError, differences, require_agreement
from benchmarks.children import ChildError, Measured, run_bare, run_platform
from benchmarks.drops import Drops, drops_of
from benchmarks.marts import OWN_WORDS, write_marts
from sample_data import SampleConfig

SMALL = SampleConfig(days=9, orders_per_day=40, customers=200, products=60)


@dataclass(frozen=True)
class BothRuns:
    root: Path
    drops: Drops
    platform: Measured
    bare: Measured


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> BothRuns:
    root = tmp_path_factory.mktemp("benchmark")
    drops = drops_of(SMALL, root)
    write_marts(root / "marts")
    bare = run_bare(drops, root / "bare", root / "marts")
    return BothRuns(root, drops, run_platform(drops, root / "platform", drops.first, drops.last), bare)


def test_two_implementations_come_to_the_same_rows_of_every_table(both: BothRuns) -> None:
    assert differences(both.root / "platform", both.root / "bare") == []


def test_what_is_compared_is_not_empty_and_includes_every_fact_and_transform(both: BothRuns) -> None:
    with duckdb.connect(str(both.root / "bare" / "warehouse.duckdb"), read_only=True) as connection:
        for table in (*OWN_WORDS, "daily_revenue", "mart_finance_revenue"):
            assert connection.execute(f"select count(*) > 0 from gold.{table}").fetchone() == (True,), table
    assert len(list((both.root / "bare" / "enriched").glob("*/2025-10-09.parquet"))) == 10  # domain section 4


def test_silver_days_hold_the_same_keys(both: BothRuns) -> None:
    keys = {"stg_customers": "customer_id", "stg_product_catalog": "product_id", "stg_orders": "order_id",
            "stg_order_items": "order_id, line_no", "stg_shopping_carts": "cart_id", "stg_cart_items": "cart_item_id",
            "stg_returns": "return_id", "stg_return_items": "return_item_id"}  # fmt: skip
    for table, key in keys.items():
        rows = [
            duckdb.sql(f"select ingest_dt, {key}, event_id from read_parquet('{folder}', hive_partitioning = true)")
            .order("all")
            .fetchall()
            for folder in (
                both.root / "bare" / "silver" / table / "*" / "*.parquet",
                both.root / "platform" / "lake" / "silver" / table / "*" / "data.parquet",
            )
        ]
        assert rows[0] == rows[1], table


def test_one_cent_more_in_one_row_and_there_is_no_ratio(both: BothRuns, tmp_path: Path) -> None:
    (tmp_path / "enriched").symlink_to(both.root / "bare" / "enriched")
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes((both.root / "bare" / "warehouse.duckdb").read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("""
            update gold.daily_revenue set net_revenue = net_revenue + 0.01
            where date_key = (select max(date_key) from gold.daily_revenue)
        """)
    with pytest.raises(
        DisagreementError, match="gold/daily_revenue: 1 rows only in the platform's, 1 only in the bare"
    ):
        require_agreement(both.root / "platform", tmp_path)


def test_each_run_says_its_seconds_and_memory_by_layer(both: BothRuns) -> None:
    assert set(both.platform.layers) == {"bronze", "silver", "dims", "enriched", "gold"}
    assert set(both.bare.layers) == {"silver", "dims", "enriched", "gold"}  # it keeps no bronze
    for run in (both.platform, both.bare):
        assert all(seconds > 0 for seconds in run.layers.values())
        assert 0 < sum(run.layers.values()) < run.wall
        assert run.cpu > 0
        assert 50 < run.peak_mb < 4000  # importing Polars and DuckDB alone takes more than 50


def test_a_failed_run_is_no_figure(both: BothRuns) -> None:
    before = dict(os.environ)
    with pytest.raises(ChildError, match="is not an ingest day"):
        run_platform(both.drops, both.root / "none", date(2025, 9, 30), SMALL.start)
    assert {name: os.environ.get(name) for name in ("DAGSTER_HOME", "PLATFORM_DATA")} == {
        name: before.get(name) for name in ("DAGSTER_HOME", "PLATFORM_DATA")
    }
