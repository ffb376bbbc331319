"""A changed declaration, or changed code, makes the days of its table stale: a rule that nobody applies is no rule."""

import importlib.util
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import DAY, Platform, empty_shop

from platform_assets.contracts import Contracts
from platform_assets.enriched.reading import newest, newest_delivery
from platform_assets.enriched.tables import EnrichedTable
from platform_assets.lake import PublishedContent, stale_reason
from platform_assets.settings import PROJECT
from platform_assets.silver import silver_inputs


def test_a_day_computed_by_another_declaration_is_behind(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.up_to_silver([DAY])
    model = platform.contracts.silver["stg_orders"]
    table, inputs = platform.lake.table("silver", model.name), silver_inputs(platform.lake, platform.contracts, model)
    changed = replace(model, version="another")

    assert stale_reason(table, inputs, DAY, PublishedContent(), model.version) is None
    assert stale_reason(table, inputs, DAY, PublishedContent(), changed.version) == "changed since: its declaration"


def changed_code(folder: Path, room: str, module: str, file: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """A module of a copy of a room before and after a line is added to `file`."""
    copy = folder / room
    shutil.copytree(PROJECT / "platform_assets" / room, copy)

    def load(name: str) -> Any:
        spec = importlib.util.spec_from_file_location(name, copy / module)
        assert spec and spec.loader
        loaded = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, loaded)  # dataclasses look their module up
        spec.loader.exec_module(loaded)
        return loaded

    before = load("before")
    with (copy / file).open("a") as code:
        code.write("# another line\n")
    return before, load("after")


@pytest.mark.parametrize("file", ["reading.py", "versions.py", "transforms/sales_velocity.py"])
def test_other_code_of_reading_or_transforming_makes_every_enriched_day_stale(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = changed_code(tmp_path, "enriched", "tables.py", file, monkeypatch)
    before, after = ({t.name: t.version(PROJECT / "dbt") for t in m.enriched_tables({})} for m in modules)
    assert [name for name in before if before[name] == after[name]] == []


def test_another_way_of_reading_an_input_makes_the_days_of_its_table_stale() -> None:
    versions = {
        EnrichedTable("x", "", ("a",), {"lines": read("stg_order_items", "order_id")}).version(PROJECT / "dbt")
        for read in (newest, newest_delivery)
    }
    assert len(versions) == 2


def test_other_code_of_snapshots_or_another_declaration_of_a_master_makes_its_snapshots_stale(
    tmp_path: Path, contracts: Contracts, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = contracts.silver["stg_customers"]
    before, after = changed_code(tmp_path, "dims", "snapshots.py", "snapshots.py", monkeypatch)
    other = replace(model, version="another")
    assert before.snapshot_version(model) == before.snapshot_version(replace(model))
    assert len({before.snapshot_version(model), after.snapshot_version(model), before.snapshot_version(other)}) == 3
