"""Dimension snapshots: all rows known by the day, one snapshot per reader, fresh days kept, the pointer moves last."""

import json
import threading
from datetime import date

import pytest
from conftest import DAY, Platform, customer, days_from, empty_shop, order, product

from platform_assets.audit import behind
from platform_assets.dims import snapshots
from platform_assets.dims.snapshots import point_to_latest, snapshot_table

DAYS = days_from(DAY, 3)
ALL = range(1, 101)


def snapshot_files(platform: Platform, name: str) -> dict[date, int]:
    table = platform.lake.table("dims", name)
    return {day: table.data(day).stat().st_mtime_ns for day in table.days()}


def build_masters(platform: Platform, days: list[date]) -> None:
    platform.bronze(days)
    platform.silver(days, masters=True)
    platform.dims(days)


@pytest.fixture
def shop(platform: Platform) -> Platform:
    """A hundred products and three customers on day 1, nothing on days 2 and 3; snapshots of all days."""
    empty_shop(platform, DAYS)
    platform.drop("product_catalog", "category=Toys", [product(number) for number in ALL])
    platform.drop("customers", "signup_date=2025-09-01", [customer(number) for number in (1, 2, 3)])
    build_masters(platform, DAYS)
    return platform


def test_a_delivery_of_25_products_changes_25_rows_and_keeps_the_other_75(shop: Platform) -> None:
    shop.drop("product_catalog", f"ingest_dt={DAYS[2]}", [product(number, unit_price=11.0) for number in range(1, 26)])

    build_masters(shop, DAYS[2:])

    frame = shop.rows("dims", "product_catalog", DAYS[2])
    assert frame.height == frame["product_id"].n_unique() == 100
    prices = dict(zip(frame["product_id"].to_list(), map(float, frame["unit_price"].to_list()), strict=True))
    assert prices == {str(number): 11.0 if number <= 25 else 10.0 for number in ALL}
    assert set(frame["first_ingest_dt"].to_list()) == {DAYS[0]}
    assert shop.rows("dims", "product_catalog", DAYS[1])["unit_price"].unique().to_list() == [10]


def test_an_invalid_newer_version_of_a_customer_leaves_the_valid_older_one_in_the_snapshot(shop: Platform) -> None:
    shop.drop("customers", f"ingest_dt={DAYS[1]}", [customer(2, email="x", loyalty_tier="Gold")])

    build_masters(shop, DAYS[1:])

    frame = shop.rows("dims", "customers", DAYS[2])
    assert dict(zip(frame["customer_id"], frame["loyalty_tier"], strict=True)) == {
        "CUST-1": "bronze", "CUST-2": "bronze", "CUST-3": "bronze"
    }  # fmt: skip


def test_lifetime_value_reads_exactly_one_snapshot_however_many_are_on_disk(shop: Platform) -> None:
    shop.drop("orders", f"ingest_dt={DAYS[0]}", [order(1), order(2)])
    shop.up_to_silver(DAYS)
    shop.enriched(DAYS)

    last = shop.rows("enriched", "customer_lifetime_value", DAYS[2]).sort("customer_id")

    assert len(shop.lake.table("dims", "customers").days()) == 3
    assert last["customer_id"].to_list() == ["CUST-1", "CUST-2", "CUST-3"]
    assert [float(spent) for spent in last["total_spent"]] == [40.0, 0.0, 0.0]


def test_fresh_days_are_not_written_again(shop: Platform) -> None:
    before = snapshot_files(shop, "customers"), snapshot_files(shop, "product_catalog")

    verdicts = shop.dims(DAYS, run_id="again")

    assert (snapshot_files(shop, "customers"), snapshot_files(shop, "product_catalog")) == before
    notes = [check.notes for check in verdicts["stg_customers"][DAYS[1]].checks.values()]
    assert notes == [{"fresh": "kept as it was"}] * 3


def test_a_delivery_for_an_old_day_makes_that_and_later_snapshots_stale_and_no_earlier_one(shop: Platform) -> None:
    before = snapshot_files(shop, "customers")
    shop.drop("customers", f"ingest_dt={DAYS[1]}", [customer(4)])
    shop.bronze(DAYS[1:2])
    shop.silver(DAYS[1:2], masters=True)

    assert set(behind(shop.settings, shop.contracts)["dims/customers"]) == set(DAYS[1:])
    shop.dims(DAYS)

    after = snapshot_files(shop, "customers")
    assert [after[day] == before[day] for day in DAYS] == [True, False, False]
    assert [shop.rows("dims", "customers", day).height for day in DAYS] == [3, 4, 4]
    assert "dims/customers" not in behind(shop.settings, shop.contracts)


def test_a_damaged_snapshot_is_not_kept_as_fresh(shop: Platform) -> None:
    file = shop.lake.table("dims", "customers").data(DAYS[1])
    whole = file.read_bytes()
    file.write_bytes(whole[:30] + bytes([whole[30] ^ 255]) + whole[31:])

    shop.dims(DAYS)

    assert file.read_bytes() == whole


def test_a_day_whose_silver_is_missing_is_refused_and_nothing_is_written_for_it(shop: Platform) -> None:
    later = days_from(DAY, 4)[3]

    verdict = shop.dims([later])["stg_customers"][later]

    assert verdict.refused == f"missing input, materialize it first: silver/stg_customers {later}"
    assert later not in snapshot_files(shop, "customers")


def latest(platform: Platform) -> dict[str, str]:
    pointers: dict[str, str] = json.loads((platform.lake.root / "dims" / "_latest.json").read_bytes())
    return pointers


def test_the_pointer_names_the_newest_good_day_whatever_was_run_last(shop: Platform) -> None:
    shop.dims(DAYS[:1])
    assert latest(shop) == {"customers": str(DAYS[2]), "product_catalog": str(DAYS[2])}

    table = shop.lake.table("dims", "customers")
    path = table.day_folder(DAYS[2]) / "_MANIFEST.json"
    path.write_text(path.read_text().replace('"failed_checks": []', '"failed_checks": ["keys"]'))
    point_to_latest(shop.lake, [table])

    assert latest(shop) == {"customers": str(DAYS[1]), "product_catalog": str(DAYS[2])}


def test_the_pointer_moves_after_the_snapshots_it_names_are_published(
    shop: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = days_from(DAY, 4)[3]
    seen = []
    real = snapshots.write_atomically

    def look(path: object, content: bytes) -> None:
        named = json.loads(content)["customers"]
        seen.append((named, shop.lake.table("dims", "customers").manifest(date.fromisoformat(named)) is not None))
        real(path, content)  # type: ignore[arg-type]

    monkeypatch.setattr(snapshots, "write_atomically", look)
    build_masters(shop, [*DAYS, day])

    assert seen[0] == (str(day), True)


def test_writers_of_different_masters_at_the_same_time_do_not_lose_each_others_pointer(shop: Platform) -> None:
    pointer = shop.lake.root / "dims" / "_latest.json"
    tables = [snapshot_table(shop.lake, model) for model in shop.contracts.silver.values() if model.is_master]
    for _ in range(20):
        pointer.unlink(missing_ok=True)
        threads = [threading.Thread(target=point_to_latest, args=(shop.lake, [table])) for table in tables * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(latest(shop)) == {"customers", "product_catalog"}
    assert [path.name for path in pointer.parent.glob(".*")] == []
