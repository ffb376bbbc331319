"""Views over the lake: a build's, of days of several declarations; readers', made anew when declarations change."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from conftest import DAY, Platform, days_from

from platform_assets.gold import Warehouse
from platform_assets.lake import LakeTable, Manifest, PublishedContent

DAYS = days_from(DAY, 3)


def publish(platform: Platform, day: date, declaration: str, **row: int) -> Path:
    return publish_day(platform, platform.lake.table("enriched", "inventory_risk"), day, row, declaration)


def publish_day(
    platform: Platform, table: LakeTable, day: date, row: dict[str, Any], declaration: str = "", **schema: str
) -> Path:
    staged = platform.lake.root / "staged.parquet"
    staged.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame([row]).write_parquet(staged)
    manifest = Manifest.of_file(table.key, day, staged, 1, {}, contract_version=declaration, schema=schema)
    platform.lake.publish(day, [(table, staged, manifest)], "test")
    return table.data(day)


def swap_in(platform: Platform) -> None:
    """A warehouse file as a build makes it, on a copy of the present one, without models."""
    private = platform.settings.warehouse.with_suffix(".private")
    private.parent.mkdir(parents=True, exist_ok=True)
    if platform.settings.warehouse.exists():
        shutil.copyfile(platform.settings.warehouse, private)
    Warehouse(platform.settings, platform.contracts).swap_in(private, PublishedContent(), {})


def test_a_build_reads_each_day_with_the_columns_it_has(platform: Platform) -> None:
    """Day 2 has a column more by its declaration, day 3 by what the platform stores beside it."""
    orders = platform.lake.table("silver", "stg_orders")
    publish_day(platform, orders, DAYS[0], {"order_id": "1"}, "old", order_id="text")
    publish_day(platform, orders, DAYS[1], {"order_id": "2", "email": "e"}, "new", order_id="text", email="text")
    row = {"order_id": "3", "event_id": "x"}
    publish_day(platform, orders, DAYS[2], row, "old", order_id="text", event_id="text")
    warehouse, published = Warehouse(platform.settings, platform.contracts), PublishedContent()
    private = platform.lake.root / "private.duckdb"

    with duckdb.connect() as session:
        for statement in warehouse.picture(private, warehouse.changes(published), published):
            session.execute(statement)
        rows = session.execute("select order_id, email, event_id from silver.stg_orders order by 1").fetchall()

    assert rows == [("1", None, None), ("2", "e", None), ("3", None, "x")]


def test_columns_that_a_declaration_adds_or_removes_reach_the_view_and_the_catalog(platform: Platform) -> None:
    def columns() -> str:
        listed = platform.query("select column_name from duckdb_columns() where schema_name = 'enriched'")
        return " ".join(str(name) for (name,) in listed)

    publish(platform, DAYS[0], "old", a=1)
    swap_in(platform)
    assert (columns(), platform.query("from enriched.inventory_risk")) == ("a ingest_dt", [(1, DAYS[0])])

    publish(platform, DAYS[1], "new", a=2, b=20)
    swap_in(platform)
    assert columns() == "a b ingest_dt"
    assert platform.query("from enriched.inventory_risk order by a") == [(1, None, DAYS[0]), (2, 20, DAYS[1])]

    publish(platform, DAYS[0], "newest", c=3)
    publish(platform, DAYS[1], "newest", c=4)
    swap_in(platform)
    assert columns() == "c ingest_dt"
    assert platform.query("from enriched.inventory_risk order by c") == [(3, DAYS[0]), (4, DAYS[1])]


def test_readers_see_only_days_that_are_finished(platform: Platform) -> None:
    """A day without a manifest is being replaced, or was left so by a crash. The same view shows it when it has one."""
    files = [publish(platform, day, "same", a=number) for number, day in enumerate(DAYS)]
    swap_in(platform)
    manifest = files[1].with_name("_MANIFEST.json")
    whole = manifest.read_bytes()

    manifest.unlink()
    assert platform.query("select a from enriched.inventory_risk order by a") == [(0,), (2,)]

    manifest.write_bytes(whole)
    assert platform.query("select a from enriched.inventory_risk order by a") == [(0,), (1,), (2,)]


def test_days_of_the_same_declaration_reach_the_view_without_making_it_anew(platform: Platform) -> None:
    """A file of another day is emptied behind the back of its manifest: who makes the view opens it, and fails."""
    first = publish(platform, DAYS[0], "same", a=1)
    swap_in(platform)
    publish(platform, DAYS[1], "same", a=2)
    whole = first.read_bytes()
    first.write_bytes(b"-" * len(whole))

    swap_in(platform)

    first.write_bytes(whole)
    assert platform.query("select a from enriched.inventory_risk order by a") == [(1,), (2,)]
