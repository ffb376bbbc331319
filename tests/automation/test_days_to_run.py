"""Days to run: what the command line takes when nobody names days."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from conftest import DAY, Platform, days_from, empty_shop, line, order
from end_to_end.convergence import copy_of, platform_at

from platform_assets.automation.days_to_run import days_to_run
from platform_assets.contracts import Contracts

DAYS = days_from(DAY, 3)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Platform]:
    """Three days with an order each, up to gold."""
    platform = platform_at(tmp_path_factory.mktemp("done"), contracts)
    empty_shop(platform, DAYS)
    for number, day in enumerate(DAYS):
        platform.drop("orders", f"ingest_dt={day}", [order(number, day)])
        platform.drop("order_items", f"ingest_dt={day}", [line(number)])
    platform.refresh(DAYS)
    yield platform


@pytest.fixture
def shop(done: Platform, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """The same at another place, to be changed; its landing zone is `done`'s."""
    return copy_of(done, tmp_path_factory.mktemp("shop"))


def wanted(platform: Platform, days: list[date] = DAYS) -> list[date]:
    return days_to_run(platform.settings, platform.contracts, days)


def test_nothing_is_there_so_all_days_are_run_those_without_a_drop_too(platform: Platform) -> None:
    platform.drop("orders", f"ingest_dt={DAYS[0]}", [order(1)])
    assert wanted(platform) == DAYS


def test_nothing_changed_so_no_day_is_run(done: Platform) -> None:
    assert wanted(done) == []


def test_a_day_whose_computed_file_is_lost_is_run(shop: Platform) -> None:
    shop.lake.table("enriched", "sales_velocity").data(DAYS[1]).unlink()
    assert wanted(shop) == [DAYS[1]]


def test_a_day_whose_received_file_is_lost_is_run(shop: Platform) -> None:
    orders = shop.lake.bronze("shop", "orders")
    (orders.day_folder(DAYS[2]) / orders.manifest(DAYS[2]).files[0].path).unlink()  # type: ignore[union-attr]
    assert DAYS[2] in wanted(shop)


def test_what_is_behind_is_run_wherever_it_is(shop: Platform) -> None:
    shop.lake.table("enriched", "sales_velocity").data(DAYS[1]).unlink()
    assert wanted(shop, DAYS[2:]) == [DAYS[1]]


def test_a_day_with_a_new_file_is_run_and_so_is_a_day_nobody_has_seen(platform: Platform) -> None:
    empty_shop(platform, DAYS)
    platform.refresh(DAYS[:2])
    platform.drop("orders", f"ingest_dt={DAYS[0]}", [order(1)])
    assert wanted(platform) == [DAYS[0], DAYS[2]]


def long_ago(platform: Platform) -> None:
    """All that has landed did so a day ago. A file's own clock cannot be set back: what was published was so tomorrow."""
    for path in platform.settings.lake.glob("bronze/*/*/*/_MANIFEST.json"):
        manifest = json.loads(path.read_bytes())
        published = datetime.fromisoformat(manifest["created_at"]) + timedelta(days=1)
        path.write_text(json.dumps(manifest | {"created_at": published.isoformat()}))


def test_a_day_with_problems_is_looked_at_again_when_its_drop_changed_and_not_before(platform: Platform) -> None:
    empty_shop(platform, DAYS)
    platform.drop("orders", f"ingest_dt={DAYS[1]}", [order(1)], checksum="0" * 64)
    platform.refresh(DAYS)
    assert wanted(platform) == [DAYS[1]]  # it may have changed while it was read

    long_ago(platform)
    assert wanted(platform) == []

    folder = f"ingest_dt={DAYS[1]}"
    file = platform.landing / "orders" / folder / "part-0000.parquet"
    platform.producer_manifest("orders", folder, [(file, 1)])
    later = datetime.now(timezone.utc) - timedelta(days=1)
    for path in platform.settings.lake.glob("bronze/*/*/*/_MANIFEST.json"):
        path.write_text(json.dumps(json.loads(path.read_bytes()) | {"created_at": later.isoformat()}))
    assert wanted(platform) == [DAYS[1]]


def test_days_are_judged_again_by_another_declaration_of_their_source(done: Platform) -> None:
    orders = done.contracts.sources["orders"]
    columns = {**orders.columns, "gift_note": "text"}
    declared = {**done.contracts.sources, "orders": replace(orders, columns=columns)}
    contracts = Contracts(done.contracts.manifest)
    contracts.sources = declared
    assert days_to_run(done.settings, contracts, DAYS) == DAYS


def test_a_checksum_of_a_files_records_is_no_reason_to_take_it_in_again(platform: Platform) -> None:
    """A producer may hash the records as JSON, and not the file (decision 5)."""
    empty_shop(platform, DAYS)
    records = json.dumps([order(1)], separators=(",", ":")).replace("/", "\\/")
    platform.drop("orders", f"ingest_dt={DAY}", [order(1)], checksum=sha256(records.encode()).hexdigest())
    platform.refresh(DAYS)
    taken = platform.lake.bronze("shop", "orders").manifest(DAY)
    assert taken and taken.details["problems"] == [] and taken.rows == 1
    assert wanted(platform) == []
