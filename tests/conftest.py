"""Shared fixtures: a platform in a temporary folder, and drops to land in it.

Here: real components only; nothing of our own is replaced. Not here: expectations.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pytest

from platform_assets.bronze.landing import land_days
from platform_assets.contracts import Contracts, current_manifest
from platform_assets.dbt_process import run_dbt, write_session
from platform_assets.definitions import build_definitions
from platform_assets.dims.snapshots import refresh_snapshots
from platform_assets.enriched.refresh import refresh_enriched
from platform_assets.enriched.tables import enriched_tables
from platform_assets.gates import DayVerdict
from platform_assets.gold import Warehouse
from platform_assets.gold.refresh import refresh_gold
from platform_assets.lake import Lake, PublishedContent
from platform_assets.settings import PROJECT, Settings
from platform_assets.silver.refresh import SilverRefresh

DAY = date(2025, 10, 1)
TABLES = ("customers", "product_catalog", "orders", "order_items", "shopping_carts", "cart_items", "returns",
          "return_items")  # fmt: skip
FACTS = [*(f"path:models/gold/{folder}" for folder in ("changes", "dims", "facts")), "config.schema:seeds",
         "--exclude", "resource_type:test"]  # fmt: skip
READ_BY_GOLD = ("customer_lifetime_value", "customer_retention_signals", "regional_financials")
LONG = {"benchmarks", "browser", "end_to_end", "gold", "test_real_processes.py"}
Verdicts = dict[str, dict[date, DayVerdict]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: begun last, one would run on alone while the other processes have nothing to do."""
    items.sort(key=lambda item: LONG.isdisjoint(item.path.parts))


def days_from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


@dataclass
class Platform:
    """A deployment in a temporary folder: land drops, refresh layers without Dagster, or run the job with it."""

    settings: Settings
    contracts: Contracts

    @property
    def lake(self) -> Lake:
        return Lake(self.settings.lake)

    @property
    def landing(self) -> Path:
        return self.settings.landing

    def strict(self) -> "Platform":
        return Platform(replace(self.settings, strict=True), self.contracts)

    def drop(
        self, table: str, folder: str, rows: Sequence[Mapping[str, Any]], file: str = "part-0000.parquet",
        manifest: bool = True, **stated: Any,
    ) -> Path:  # fmt: skip
        """Land one Parquet file and its producer manifest; `stated` overrides what the manifest says of the file."""
        path = self.landing / table / folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame(list(rows), infer_schema_length=None).write_parquet(path)
        if manifest:
            self.producer_manifest(table, folder, [(path, len(rows))], **stated)
        return path

    def producer_manifest(self, table: str, folder: str, files: Sequence[tuple[Path, int]], **stated: Any) -> None:
        entries = []
        for path, rows in files:
            checksum = hashlib.sha256(path.read_bytes()).hexdigest()
            entry = {"path": str(path.relative_to(self.landing)), "rows": rows, "checksum": checksum}
            entries.append(entry | stated)
        listed = {"table": table, "partition": folder, "files": entries, "total_rows": sum(e["rows"] for e in entries)}
        (self.landing / table / folder / "_MANIFEST.json").write_text(json.dumps(listed))

    def bronze(self, days: Sequence[date], tables: Sequence[str] = TABLES, run_id: str = "test") -> Verdicts:
        found = {}
        for name in tables:
            verdicts, _ = land_days(self.settings, self.lake, self.contracts.sources[name], days, run_id)
            found[name] = {verdict.day: verdict for verdict in verdicts}
        return found

    def silver(self, days: Sequence[date], masters: bool, run_id: str = "test") -> Verdicts:
        models = tuple(model for model in self.contracts.silver.values() if model.is_master == masters)
        verdicts = SilverRefresh(self.settings, self.lake, self.contracts, models, run_id).run(list(days))
        return {name: {verdict.day: verdict for verdict in per_day} for name, per_day in verdicts.items()}

    def dims(self, days: Sequence[date], run_id: str = "test") -> Verdicts:
        found = {}
        for model in self.contracts.silver.values():
            if model.is_master:
                verdicts = refresh_snapshots(self.settings, self.lake, model, days, run_id)
                found[model.name] = {verdict.day: verdict for verdict in verdicts}
        return found

    def up_to_silver(self, days: Sequence[date], run_id: str = "test") -> Verdicts:
        """Bronze, masters, snapshots and the rest of silver; the verdicts of silver."""
        self.bronze(days, run_id=run_id)
        masters = self.silver(days, masters=True, run_id=run_id)
        self.dims(days, run_id=run_id)
        return masters | self.silver(days, masters=False, run_id=run_id)

    def enriched(self, days: Sequence[date], run_id: str = "test", only: Sequence[str] = ()) -> Verdicts:
        """All enriched tables, or `only` some."""
        found = {}
        for table in enriched_tables(self.settings.thresholds):
            if not only or table.name in only:
                verdicts = refresh_enriched(self.settings, self.lake, table, days, run_id)
                found[table.name] = {verdict.day: verdict for verdict in verdicts}
        return found

    def gold(self, days: Sequence[date]) -> dict[str, list[DayVerdict]]:
        return refresh_gold(Warehouse(self.settings, self.contracts), days)

    def facts(self) -> None:
        """Dimensions and facts of what changed, as gold builds them; without marts and tests, two thirds of a build."""
        warehouse, published = Warehouse(self.settings, self.contracts), PublishedContent()
        with warehouse.building() as folder:
            changes, session = warehouse.changes(published), folder / "session.sql"
            private = warehouse.private_copy(folder, changes)
            write_session(session, warehouse.picture(private, changes, published))
            run_dbt(self.settings.dbt_project, "build", FACTS, session)
            warehouse.swap_in(private, published, {})

    def up_to_facts(self, days: Sequence[date], run_id: str = "test") -> None:
        """`days` up to silver, the enriched tables that gold reads, and the dimensions and facts."""
        self.up_to_silver(days, run_id)
        self.enriched(days, run_id, only=READ_BY_GOLD)
        self.facts()

    def refresh(self, days: Sequence[date], run_id: str = "test") -> None:
        """Every layer for `days`, without Dagster."""
        self.up_to_silver(days, run_id)
        self.enriched(days, run_id)
        self.gold(days)

    def materialize(
        self, days: Sequence[date], instance: dg.DagsterInstance, job: str = "everything"
    ) -> dg.ExecuteInProcessResult:
        """The job over a range of days, by Dagster, as the command line does it."""
        definitions = build_definitions(self.settings)
        tags = {
            "dagster/asset_partition_range_start": min(days).isoformat(),
            "dagster/asset_partition_range_end": max(days).isoformat(),
        }
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        return definitions.resolve_job_def(job).execute_in_process(
            quiet, instance=instance, tags=tags, raise_on_error=False
        )

    def rows(self, layer: str, table: str, day: date) -> pl.DataFrame:
        return pl.read_parquet(self.lake.table(layer, table).data(day), hive_partitioning=False)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """A query on the warehouse file."""
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def data_files(self) -> dict[str, str]:
        """{path: sha256} of every published data file of the lake: what must be the same bytes on every run."""
        return {
            str(path.relative_to(self.settings.lake)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.settings.lake.rglob("*.parquet"))
            if not path.relative_to(self.settings.lake).parts[0].startswith("_")
        }


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    return Contracts(current_manifest(PROJECT / "dbt"))


@pytest.fixture
def platform(tmp_path: Path, contracts: Contracts) -> Platform:
    """An empty platform with warn gates whose first ingest day is 2025-10-01."""
    environment = {"PLATFORM_DATA": str(tmp_path), "PLATFORM_START_DATE": "2025-10-01", "PLATFORM_MEMORY_LIMIT": "2GB"}
    return Platform(Settings.from_env(environment), contracts)


@pytest.fixture
def instance() -> Any:
    """A Dagster instance in memory."""
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def customer(number: int, **other: Any) -> dict[str, Any]:
    """A valid customer row of the shop."""
    row = {"customer_id": f"CUST-{number}", "first_name": "Ann", "last_name": "Lee", "email": f"c{number}@example.com",
           "phone_number": "1", "signup_date": "2025-09-01", "gender": "Female", "age": 40.0, "is_guest": False,
           "customer_status": "Active", "signup_channel": "Website", "loyalty_tier": "Bronze",
           "initial_loyalty_tier": "Bronze", "email_verified": True, "marketing_opt_in": True,
           "mailing_address": "1 Main St, Town, NM 75562", "billing_address": "1 Main St, Town, NM 75562",
           "loyalty_enrollment_date": "2025-09-01", "clv_bucket": "Low"}  # fmt: skip
    return row | lineage(f"c{number}") | other


def product(number: int, **other: Any) -> dict[str, Any]:
    """A valid product row of the shop."""
    row = {"product_id": number, "product_name": f"Thing {number}", "category": "Toys", "unit_price": 10.0,
           "cost_price": 4.0, "inventory_quantity": 100}  # fmt: skip
    return row | lineage(f"p{number}") | other


def order(number: int, day: date = DAY, **other: Any) -> dict[str, Any]:
    """A valid order row of the shop: two units at 10.00, customer 1."""
    row = {"order_id": f"ORD-{number}", "total_items": 1, "order_date": f"{day} 10:00:00.000001",
           "customer_id": "CUST-1", "email": "c1@example.com", "order_channel": "Web", "is_expedited": False,
           "customer_tier": "Bronze", "gross_total": 20.0, "net_total": 20.0, "total_discount_amount": 0.0,
           "payment_method": "Credit Card", "shipping_speed": "Standard", "shipping_cost": 5.0, "agent_id": "ONLINE",
           "actual_shipping_cost": 4.0, "payment_processing_fee": 0.5, "shipping_address": "1 Main St, Town, NM 75562",
           "billing_address": "1 Main St, Town, NM 75562", "clv_bucket": "Low", "is_reactivated": False}  # fmt: skip
    return row | lineage(f"o{number}") | other


def line(number: int, product_id: int = 1, **other: Any) -> dict[str, Any]:
    """A valid order line: two units of a product at 10.00."""
    row = {"order_id": f"ORD-{number}", "product_id": product_id, "product_name": "Thing", "category": "Toys",
           "quantity": 2, "unit_price": 10.0, "discount_amount": 0.0, "cost_price": 4.0}  # fmt: skip
    return row | lineage(f"l{number}-{product_id}") | other


def lineage(event: str) -> dict[str, str]:
    return {"batch_id": "b1", "ingestion_ts": "2025-10-01T00:00:00+00:00", "event_id": event, "source_file": "gs://x"}


def empty_shop(platform: Platform, days: Sequence[date]) -> None:
    """One customer, one product, and an empty but present drop of every other table for each day."""
    platform.drop("customers", "signup_date=2025-09-01", [customer(1)])
    platform.drop("product_catalog", "category=Toys", [product(1)])
    for day in days:
        for table in TABLES[2:]:
            folder = platform.landing / table / f"ingest_dt={day}"
            folder.mkdir(parents=True, exist_ok=True)
            platform.producer_manifest(table, folder.name, [])
