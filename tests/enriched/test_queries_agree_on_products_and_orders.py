"""Published days of a dirty sample, against queries written from the domain alone (queries/*.sql).

Here: products, orders and retention. The queries see silver as of a day through plain SQL views, made below without
the platform's reading. Windows are shortened by thresholds, so that ten days have something before and after them.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from conftest import DAY, Platform, days_from

from platform_assets.settings import PROJECT, Settings
from sample_data import SampleConfig, generate

DAYS = days_from(DAY, 10)
QUERIES = Path(__file__).parent / "queries"
THRESHOLDS: dict[str, dict[str, Any]] = {
    "inventory_risk": {"trailing_days": 4},
    "customer_retention_signals": {"danger_from_days": 3, "danger_to_days": 6, "nudge_after_days": 2},
}
STATES = ("inventory_risk", "customer_retention_signals")
ARRIVALS = ("regional_financials", "shipping_economics")
RESTATED = ("product_performance", "sales_velocity")
TABLES = STATES + ARRIVALS + RESTATED
# {table: (what its versions are of, whether all rows of the newest arrival count, as those of an order's lines do)}
VIEWS = {"orders": ("order_id", False), "order_items": ("order_id", True), "returns": ("return_id", False),
         "return_items": ("return_item_id", False), "shopping_carts": ("cart_id", False),
         "cart_items": ("cart_item_id", False)}  # fmt: skip


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, contracts: Any) -> Iterator[Platform]:
    """Ten days of a small, dirty sample, up to the six tables."""
    root: Path = tmp_path_factory.mktemp("sample")
    config = SampleConfig(days=10, orders_per_day=40, customers=60, products=30, returns_per_order=0.4)
    generate(config, root / "landing")
    environment = {"PLATFORM_DATA": str(root), "PLATFORM_START_DATE": "2025-10-01", "PLATFORM_MEMORY_LIMIT": "2GB"}
    platform = Platform(replace(Settings.from_env(environment), thresholds=THRESHOLDS), contracts)
    platform.up_to_silver(DAYS)
    platform.enriched(DAYS, only=TABLES)
    yield platform


def expected(sample: Platform, table: str, day: date) -> list[tuple[Any, ...]]:
    """The rows of the table's query as of the end of the day."""
    lake = sample.settings.lake
    with duckdb.connect() as connection:
        for name, value in {"day": f"date '{day}'", **THRESHOLDS.get(table, {})}.items():
            connection.execute(f"set variable {name} = {value}")
        for name, (key, together) in VIEWS.items():
            newest = "rank() over (partition by {} order by _arrived_dt desc)" if together else (
                "row_number() over (partition by {} order by _arrived_dt desc, ingestion_ts desc nulls last,"
                " event_id desc nulls last)")  # fmt: skip
            connection.execute(
                f"create view {name} as select * from read_parquet('{lake}/silver/stg_{name}/*/data.parquet',"
                f" hive_types = {{ingest_dt: date}}) where ingest_dt <= date '{day}'"
                f" qualify {newest.format(key)} = 1"
            )
        read = "read_parquet('{}/data.parquet', hive_partitioning = false)"
        folders = {
            "products": f"dims/product_catalog/snapshot_dt={day}",
            "customers": f"dims/customers/snapshot_dt={day}",
            "arrived_orders": f"silver/stg_orders/ingest_dt={day}",
        }
        for name, folder in folders.items():
            connection.execute(f"create view {name} as select * from {read.format(lake / folder)}")
        seed = PROJECT / "dbt/seeds/region_tax_rates.csv"
        connection.execute(
            f"create view tax_rates as select region, cast(tax_rate as decimal(7, 6)) as tax_rate from '{seed}'"
        )
        return connection.execute((QUERIES / f"{table}.sql").read_text()).fetchall()


def in_force(sample: Platform, table: str, day: date) -> pl.DataFrame:
    """Of every event date the newest statement of the days up to `day`: what a reader of that day sees."""
    known = [
        sample.rows("enriched", table, one).with_columns(pl.lit(one).alias("stated"))
        for one in days_from(DAY, (day - DAY).days + 1)
    ]
    rows = pl.concat(known)
    newest = rows.filter(pl.col("stated") == pl.col("stated").max().over("metric_dt"))
    return newest.drop("stated").sort("metric_dt", "product_id")


@pytest.mark.parametrize("day", [DAYS[0], DAYS[3], DAYS[6], DAYS[9]])
@pytest.mark.parametrize("table", [*STATES, *ARRIVALS])
def test_a_day_agrees_with_an_independent_query(sample: Platform, table: str, day: date) -> None:
    assert sample.rows("enriched", table, day).rows() == expected(sample, table, day)


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("table", RESTATED)
def test_a_day_restates_whole_dates_as_known_by_it(sample: Platform, table: str, day: date) -> None:
    stated = sample.rows("enriched", table, day)
    dates = set(stated["metric_dt"])
    assert day in dates
    assert stated.rows() == [row for row in expected(sample, table, day) if row[0] in dates]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("table", RESTATED)
def test_the_newest_statements_together_are_all_dates_as_known_by_the_day(
    sample: Platform, table: str, day: date
) -> None:
    """No date is left behind by a late order, return or cart. Prices and names are those of the stating day."""
    catalogue = {"product_name", "category", "unit_price", "cost_price"}
    columns = [name for name in sample.rows("enriched", table, day).columns if name not in catalogue]
    frame = in_force(sample, table, day)
    kept = [frame.columns.index(name) for name in columns]
    assert frame.select(columns).rows() == [tuple(row[n] for n in kept) for row in expected(sample, table, day)]


def test_the_sample_has_something_to_compare(sample: Platform) -> None:
    last = {table: sample.rows("enriched", table, DAYS[-1]) for table in TABLES}
    assert last["inventory_risk"]["return_volume"].sum() > 0
    assert last["inventory_risk"]["utilization_ratio"].sum() > 0
    signals = last["customer_retention_signals"]
    for flag in ("is_in_danger_zone", "needs_bronze_nudge"):
        assert signals[flag].any() and not signals[flag].all()
    assert last["regional_financials"]["region"].n_unique() > 5
    assert last["shipping_economics"]["margin_pct"].n_unique() > 5
    assert {"UP", "DOWN", "STABLE"} == set(last["sales_velocity"]["trend_label"])
    assert min(last["product_performance"]["metric_dt"]) < DAYS[-1]
    for rate in ("return_rate", "cart_to_order_rate", "margin_pct"):
        assert last["product_performance"][rate].n_unique() > 5


def test_days_run_again_in_reverse_order_have_the_same_bytes(sample: Platform) -> None:
    def published() -> dict[str, str]:
        return {path: digest for path, digest in sample.data_files().items() if path.startswith("enriched/")}

    before = published()
    assert len(before) == len(TABLES) * len(DAYS)
    for table in TABLES:
        for day in DAYS:
            sample.lake.table("enriched", table).data(day).unlink()
    sample.enriched(DAYS[::-1], run_id="again", only=TABLES)
    assert published() == before
