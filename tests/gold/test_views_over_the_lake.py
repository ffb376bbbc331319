"""Readers' views over the lake: made once, and again when a table has days of another declaration."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
from conftest import DAY, Platform, days_from

from platform_assets.gold import Warehouse
from platform_assets.lake import Manifest, PublishedContent

DAYS = days_from(DAY, 3)


def publish(platform: Platform, day: date, declaration: str, **row: int) -> Path:
    table, staged = platform.lake.table("enriched", "inventory_risk"), platform.lake.root / "staged.parquet"
    staged.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame([row]).write_parquet(staged)
    manifest = Manifest.of_file(table.key, day, staged, 1, {}, contract_version=declaration)
    platform.lake.publish(day, [(table, staged, manifest)], "test")
    return table.data(day)


def swap_in(platform: Platform) -> None:
    """A warehouse file as a build makes it, on a copy of the present one, without models."""
    private = platform.settings.warehouse.with_suffix(".private")
    private.parent.mkdir(parents=True, exist_ok=True)
    if platform.settings.warehouse.exists():
        shutil.copyfile(platform.settings.warehouse, private)
    Warehouse(platform.settings, platform.contracts).swap_in(private, PublishedContent(), {})


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
