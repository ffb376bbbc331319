"""A day that another process replaces while a step reads it: nothing is published from it, the step is tried again."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import pytest
from conftest import DAY, Platform, days_from, empty_shop, order

from platform_assets.enriched.refresh import refresh_enriched
from platform_assets.enriched.tables import EnrichedTable, enriched_tables
from platform_assets.enriched.versions import newest_statements
from platform_assets.gates.retries import is_passing
from platform_assets.lake import Input, Lake, LakeTable, Manifest, PublishedContent, ReplacedInputError, Scope

DAYS = days_from(DAY, 3)


def publish(lake: Lake, table: LakeTable, day: date, content: bytes, run_id: str, waiting: int = 1) -> None:
    staged = lake.root / "_others" / "staged"
    staged.parent.mkdir(parents=True, exist_ok=True)
    staged.write_bytes(content)
    old = table.recorded(day)
    inputs, declaration = (old.inputs, old.contract_version) if old else ({}, "")
    manifest = Manifest.of_file(
        table.key, day, staged, 1, inputs, contract_version=declaration, details={"waiting": waiting}
    )
    lake.publish(day, [(table, staged, manifest)], run_id)


def replace_and_bring_back(lake: Lake, table: LakeTable, day: date) -> None:
    """As two other processes do, one after the other."""
    content = table.data(day).read_bytes()
    publish(lake, table, day, b"something else", "other-1")
    publish(lake, table, day, content, "other-2")


@pytest.mark.parametrize(
    ("scope", "of_day_2"),
    [(Scope.DAY, DAYS[1:2]), (Scope.THROUGH, DAYS[:2]), (Scope.WAITING_BEFORE, DAYS[1:2])],
    ids=["the same day", "through the day", "those with waiting rows"],
)
def test_a_replaced_day_matters_to_those_who_read_it_also_when_its_content_is_back(
    scope: Scope, of_day_2: list[date], tmp_path: Path
) -> None:
    lake = Lake(tmp_path)
    table = lake.table("silver", "parent")
    for number, day in enumerate(DAYS):  # nothing waits on day 1
        publish(lake, table, day, b"content", "run", waiting=number)

    refused = []
    for replaced in DAYS:
        before = PublishedContent()
        before.manifests(table)
        before.check_read([Input(table, scope)], DAYS)
        replace_and_bring_back(lake, table, replaced)
        try:
            before.check_read([Input(table, scope)], DAYS[1:2])
        except ReplacedInputError as error:
            assert str(error) == f"silver/parent {replaced} was replaced while it was read: compute it again"
            refused.append(replaced)

    assert refused == of_day_2


def first_day_is_known(root: Path) -> tuple[Lake, LakeTable, PublishedContent, list[Input]]:
    """A table with one day, and what a reader of all its days knew of it."""
    lake = Lake(root)
    table, before = lake.table("silver", "parent"), PublishedContent()
    publish(lake, table, DAYS[0], b"content", "run")
    before.manifests(table)
    return lake, table, before, [Input(table, Scope.THROUGH)]


def test_a_day_that_is_being_replaced_was_replaced_and_one_that_is_new_was_not_read(tmp_path: Path) -> None:
    lake, table, before, inputs = first_day_is_known(tmp_path)

    publish(lake, table, DAYS[1], b"content", "run")
    before.check_read(inputs, DAYS)
    (table.day_folder(DAYS[0]) / "_MANIFEST.json").unlink()

    with pytest.raises(ReplacedInputError):
        before.check_read(inputs, DAYS)


def test_a_day_run_again_with_the_same_result_disturbs_nobody(tmp_path: Path) -> None:
    """What is already published stays untouched."""
    lake, table, before, inputs = first_day_is_known(tmp_path)

    publish(lake, table, DAYS[0], b"content", "other")

    before.check_read(inputs, DAYS)


def test_keys_found_while_a_day_was_replaced_are_not_those_of_the_content_that_is_back(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    table = lake.table("silver", "stg_orders")

    def state(day: date, key: str, run_id: str) -> None:
        path = tmp_path / "frame.parquet"
        row = {"order_id": key, "_arrived_dt": day, "ingestion_ts": None, "event_id": None}
        pl.DataFrame([row]).write_parquet(path)
        publish(lake, table, day, path.read_bytes(), run_id)

    def known(published: PublishedContent) -> list[str]:
        return newest_statements(table, "order_id", "ingest_dt", DAYS[1], published).collect()["order_id"].to_list()

    state(DAYS[0], "A", "run")
    state(DAYS[1], "A", "run")
    before = PublishedContent()
    before.manifests(table)
    state(DAYS[1], "B", "other-1")
    assert sorted(known(before)) == ["A", "B"], "a reading that check_read refuses"
    state(DAYS[1], "A", "other-2")

    assert known(PublishedContent()) == ["A"]


def while_it_works(monkeypatch: pytest.MonkeyPatch, place: str, event: Callable[[], None], before: int = 0) -> None:
    """Let `event` happen once, when a step makes a folder in `place` that it has asked for `before` times already: it
    has looked at what is published by then."""
    works, asked = os.mkdir, iter(range(10_000))

    def mkdir(path: Path, mode: int = 0o777) -> None:
        if place in str(path) and next(asked) == before:
            event()
        works(path, mode)

    monkeypatch.setattr(os, "mkdir", mkdir)


class Disturbed(EnrichedTable):
    """An enriched table during whose transform orders are replaced."""

    lake: ClassVar[Lake]

    def load(self) -> tuple[Callable[..., pl.LazyFrame], Any]:
        transform, model = super().load()

        def disturbed(**arguments: Any) -> pl.LazyFrame:
            replace_and_bring_back(self.lake, self.lake.table("silver", "stg_orders"), DAY)
            return transform(**arguments)

        return disturbed, model


def test_no_layer_publishes_what_it_computed_from_a_day_that_was_replaced_meanwhile(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, days = platform.lake, [DAY]
    customers, orders, snapshot = (
        lake.table(layer, name)
        for layer, name in (("silver", "stg_customers"), ("silver", "stg_orders"), ("dims", "customers"))
    )
    empty_shop(platform, days)
    platform.drop("orders", f"ingest_dt={DAY}", [order(1)])
    platform.bronze(days)
    platform.silver(days, masters=True)

    def refused(step: Callable[[], object], made: LakeTable) -> None:
        with pytest.raises(ReplacedInputError) as error:
            step()
        assert is_passing(error.value)
        assert made.manifest(DAY) is None

    while_it_works(monkeypatch, "_staging/test/dims", lambda: replace_and_bring_back(lake, customers, DAY))
    refused(lambda: platform.dims(days), snapshot)
    platform.dims(days)

    while_it_works(monkeypatch, "_staging/test/silver", lambda: replace_and_bring_back(lake, snapshot, DAY))
    refused(lambda: platform.silver(days, masters=False), orders)
    platform.silver(days, masters=False)

    Disturbed.lake = lake
    plain = next(table for table in enriched_tables({}) if table.name == "shipping_economics")
    table = Disturbed(plain.name, plain.description, plain.key, plain.inputs)
    enriched = lake.table("enriched", "shipping_economics")
    refused(lambda: refresh_enriched(platform.settings, lake, table, days, "test"), enriched)

    while_it_works(monkeypatch, ".building", lambda: replace_and_bring_back(lake, orders, DAY), before=1)
    with pytest.raises(ReplacedInputError):
        platform.gold(days)
    assert not platform.settings.warehouse.exists()
