"""Superseding: what a second delivery does to the first, and what a cleaned-up landing zone does: nothing.

Decided here: `replace` goes by what the newest manifest lists, `upsert` adds; files that were read stay on disk for
ever, and the bronze manifest says which of them count.
"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import DAY, Platform, customer, days_from, order
from ingest.written_drops import FOLDER, bronze, land, orders, problems, published, put

from platform_assets.lake import Manifest

FILE = f"orders/{FOLDER}/part-0000.parquet"


def snapshot(platform: Platform) -> dict[str, bytes]:
    """Every file of the lake's bronze layer, manifests included."""
    root = platform.settings.lake / "bronze"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def manifest_of(platform: Platform, table: str = "orders") -> Manifest:
    manifest = published(platform, table)
    assert manifest is not None
    return manifest


def order_ids(platform: Platform) -> list[str]:
    return sorted(bronze(platform)["order_id"])


@pytest.mark.parametrize("second_file", ["part-0000.parquet", "other.parquet"])
def test_a_new_manifest_supersedes_and_the_old_file_stays_on_disk(platform: Platform, second_file: str) -> None:
    platform.drop("orders", FOLDER, orders(1, 2))
    land(platform)
    (first,) = manifest_of(platform).files
    platform.drop("orders", FOLDER, orders(2, 3), file=second_file)
    land(platform)
    assert order_ids(platform) == ["ORD-2", "ORD-3"]
    assert manifest_of(platform).superseded == (first,)
    assert (platform.lake.bronze("shop", "orders").day_folder(DAY) / first.path).stat().st_size == first.bytes


@pytest.mark.parametrize("again", ["part-0000.parquet", "renamed.parquet"])
def test_a_producer_who_goes_back_makes_the_first_file_count_again_unchanged(platform: Platform, again: str) -> None:
    platform.drop("orders", FOLDER, orders(1))
    land(platform)
    first = manifest_of(platform)
    platform.drop("orders", FOLDER, orders(2))
    land(platform)
    platform.drop("orders", FOLDER, orders(1), file=again)
    land(platform)
    assert order_ids(platform) == ["ORD-1"]
    assert manifest_of(platform).content_hash == first.content_hash
    assert platform.lake.bronze("shop", "orders").corrupt_files(DAY) == []
    assert [entry.rows for entry in manifest_of(platform).superseded] == [1]


def test_a_manifest_that_lists_nothing_empties_the_day(platform: Platform) -> None:
    platform.drop("orders", FOLDER, orders(1))
    land(platform)
    platform.producer_manifest("orders", FOLDER, [])
    verdict = land(platform.strict())
    assert (verdict.refused, verdict.rows, len(manifest_of(platform).superseded)) == (None, 0, 1)


def test_several_files_a_day_all_count(platform: Platform) -> None:
    paths = [platform.drop("orders", FOLDER, orders(number), f"part-{number}.parquet") for number in (1, 2, 3)]
    platform.producer_manifest("orders", FOLDER, [(path, 1) for path in paths])
    verdict = land(platform.strict())
    assert (verdict.refused, verdict.numbers["files"], order_ids(platform)) == (None, 3, ["ORD-1", "ORD-2", "ORD-3"])


def test_a_second_delivery_of_a_master_on_the_same_day_adds(platform: Platform) -> None:
    platform.drop("customers", FOLDER, [customer(1)])
    land(platform, "customers")
    platform.drop("customers", FOLDER, [customer(2)])
    land(platform, "customers")
    assert sorted(bronze(platform, "customers")["customer_id"]) == ["CUST-1", "CUST-2"]
    assert manifest_of(platform, "customers").superseded == ()


def test_the_same_files_again_change_no_byte_of_the_lake(platform: Platform) -> None:
    platform.drop("orders", FOLDER, orders(1, 2))
    platform.drop("customers", "signup_date=2025-09-01", [customer(1)])
    days = days_from(DAY, 2)
    platform.bronze(days, ["orders", "customers"], run_id="first")
    before = snapshot(platform)
    platform.bronze(days, ["orders", "customers"], run_id="second")
    assert snapshot(platform) == before
    assert len(before) == 6  # two data files and four manifests


def empty_the_folder(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def delete_the_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def delete_the_data(folder: Path) -> None:
    for path in folder.glob("*.parquet"):
        path.unlink()


@pytest.mark.parametrize("clean", [empty_the_folder, delete_the_folder, delete_the_data])
@pytest.mark.parametrize(
    ("table", "folder"), [("orders", FOLDER), ("customers", FOLDER), ("customers", "signup_date=2025-09-01")]
)
@pytest.mark.parametrize("marked", [False, True])
def test_a_cleaned_up_landing_zone_changes_nothing_not_even_the_marks(
    platform: Platform, clean: object, table: str, folder: str, marked: bool
) -> None:
    row = order(1) if table == "orders" else customer(1)
    stated = {"checksum": "0" * 64} if marked else {}
    platform.drop(table, folder, [row], **stated)
    verdict = land(platform, table)
    assert verdict.failed == (["reconciliation"] if marked else [])
    before = snapshot(platform)
    clean(platform.landing / table / folder)  # type: ignore[operator]
    again = land(platform, table)
    assert snapshot(platform) == before
    assert (again.failed, problems(again)) == (verdict.failed, problems(verdict))


def test_without_a_manifest_a_file_that_is_gone_still_counts_and_one_of_the_same_name_is_replaced(
    platform: Platform,
) -> None:
    gone = platform.drop("orders", FOLDER, orders(1), "a.parquet", manifest=False)
    platform.drop("orders", FOLDER, orders(2), "b.parquet", manifest=False)
    land(platform)
    gone.unlink()
    platform.drop("orders", FOLDER, orders(3), "b.parquet", manifest=False)
    land(platform)
    assert order_ids(platform) == ["ORD-1", "ORD-3"]


def test_a_new_version_that_is_announced_but_missing_does_not_cost_the_old_one(platform: Platform) -> None:
    path = platform.drop("orders", FOLDER, orders(1))
    land(platform)
    path.unlink()
    manifest = path.with_name("_MANIFEST.json")
    stated = json.loads(manifest.read_bytes())
    stated["files"][0]["checksum"] = "1" * 64
    manifest.write_text(json.dumps(stated))
    verdict = land(platform)
    assert f"'{FILE}' is listed but not there" in problems(verdict)
    assert order_ids(platform) == ["ORD-1"]


def test_a_repaired_manifest_takes_the_mark_away(platform: Platform) -> None:
    path = platform.drop("orders", FOLDER, orders(1), manifest=False)
    platform.producer_manifest("orders", FOLDER, [(path, 5)])
    assert land(platform).failed == ["reconciliation"]
    platform.producer_manifest("orders", FOLDER, [(path, 1)])
    assert land(platform).failed == []
    assert manifest_of(platform).failed_checks == ()


def test_a_refused_correction_leaves_the_published_day_as_it_was(platform: Platform) -> None:
    platform.drop("orders", FOLDER, orders(1))
    land(platform)
    before = snapshot(platform)
    path = platform.drop("orders", FOLDER, orders(2), manifest=False)
    platform.producer_manifest("orders", FOLDER, [(path, 7)])
    assert land(platform.strict()).refused == f"{FILE}: 1 rows, its manifest says 7"
    assert snapshot(platform) == before


def test_files_of_the_same_content_are_read_once_and_both_are_named(platform: Platform) -> None:
    for file in ("a.csv", "b.csv"):
        put(platform, b"order_id\n1\n", file)
    assert land(platform).rows == 1
    (entry,) = manifest_of(platform).files
    assert entry.landed is not None
    assert entry.landed["paths"] == [f"orders/{FOLDER}/a.csv", f"orders/{FOLDER}/b.csv"]
