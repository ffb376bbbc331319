"""Bronze days: what a published day says about itself, and that it says the same on every run.

Decided here: rows, files, content hash, lineage, what is kept of unreadable files, and that nothing of a run (its id,
its private paths) is in what readers see.
"""

import os
from datetime import date
from pathlib import Path

import pytest
from conftest import DAY, Platform, customer, days_from, empty_shop, order
from ingest.written_drops import FOLDER, bronze, ignored, land, orders, problems, published, put

from platform_assets.bronze import landing


def test_a_manifest_counts_its_rows_and_names_the_file_that_each_came_from(platform: Platform) -> None:
    path = platform.drop("orders", FOLDER, orders(1, 2))
    put(platform, b"order_id\n3\n4,x\n", "late.csv")
    platform.producer_manifest("orders", FOLDER, [(path, 2), (path.with_name("late.csv"), 2)])
    land(platform)
    manifest = published(platform)
    assert manifest is not None and manifest.rows == 4
    facts = {(entry.landed or {})["format"]: entry for entry in manifest.files}
    assert {kind: entry.rows for kind, entry in facts.items()} == {"parquet": 2, "csv": 2}
    assert (facts["csv"].landed or {})["unparsable"] == 1
    assert manifest.details["unparsable"] == 1
    rows = bronze(platform).sort("_source_file", "_source_row").select("_source_file", "_source_row").rows()
    csv, parquet = f"orders/{FOLDER}/late.csv", f"orders/{FOLDER}/part-0000.parquet"
    assert rows == [(csv, 2), (csv, 3), (parquet, 1), (parquet, 2)]


@pytest.mark.parametrize("broken", [slice(0, 0), slice(-20, None), slice(4, 60)])
def test_the_content_hash_and_the_bytes_are_the_same_in_another_run_and_another_place(
    platform: Platform, tmp_path: Path, broken: slice
) -> None:
    from dataclasses import replace

    path = platform.drop("orders", FOLDER, orders(1, 2))
    data = bytearray(path.read_bytes())
    data[broken] = b"\xff" * len(data[broken])
    path.write_bytes(data)
    elsewhere = Platform(replace(platform.settings, lake=tmp_path / "env=x" / "lake"), platform.contracts)
    platform.bronze([DAY], ["orders"], run_id="one")
    elsewhere.bronze([DAY], ["orders"], run_id="two")
    first, second = published(platform), published(elsewhere)
    assert first is not None and second is not None
    assert first.says_the_same_as(second)
    assert (first.run_id, second.run_id) == ("one", "two")
    assert platform.data_files() == elsewhere.data_files()


def test_another_row_is_another_content_hash(platform: Platform) -> None:
    hashes = set()
    for number in (1, 2):
        platform.drop("orders", FOLDER, orders(number))
        land(platform)
        manifest = published(platform)
        assert manifest is not None
        hashes.add(manifest.content_hash)
    assert len(hashes) == 2


def test_landing_leaves_nothing_in_staging(platform: Platform) -> None:
    platform.drop("orders", FOLDER, orders(1))
    land(platform)
    land(platform.strict(), "returns")
    assert [path for path in platform.lake.staging.rglob("*") if path.is_file()] == []


def test_an_unreadable_file_is_no_obstacle_for_silver(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    good = platform.drop("orders", FOLDER, [order(1)])
    bad = put(platform, b"PAR1 no", "bad.parquet")
    platform.producer_manifest("orders", FOLDER, [(good, 1), (bad, 1)])
    platform.up_to_silver([DAY])
    manifest = published(platform)
    assert manifest is not None
    assert sorted(Path(entry.path).suffix for entry in manifest.files) == [".parquet", ".unreadable"]
    assert platform.rows("silver", "stg_orders", DAY)["order_id"].to_list() == ["ORD-1"]


def test_an_unreadable_file_stays_a_problem_on_every_run(platform: Platform) -> None:
    put(platform, b"", "part.csv")
    assert [problems(land(platform)).count("the file is empty (0 bytes)") for _ in range(2)] == [1, 1]


def test_a_file_that_vanishes_while_it_is_read_is_a_problem_of_that_file(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.drop("orders", FOLDER, orders(1), "a.parquet", manifest=False)
    gone = platform.drop("orders", FOLDER, orders(2), "b.parquet", manifest=False)
    copying = landing.private_copy

    def vanishing(file: landing.LandedFile, folder: Path) -> tuple[Path, str]:
        if file.path == gone.resolve():
            gone.unlink(missing_ok=True)
        return copying(file, folder)

    monkeypatch.setattr(landing, "private_copy", vanishing)
    verdict = land(platform)
    assert verdict.rows == 1
    assert f"orders/{FOLDER}/b.parquet: cannot be opened" in problems(verdict)


def test_a_named_pipe_or_a_folder_with_the_name_of_a_file_is_not_read(platform: Platform) -> None:
    put(platform, b"order_id\n1\n", "part.csv")
    os.mkfifo(platform.landing / "orders" / FOLDER / "pipe.csv")
    (platform.landing / "orders" / FOLDER / "folder.csv").mkdir()
    (platform.landing / "orders" / FOLDER / "_MANIFEST.json").mkdir()
    assert land(platform).rows == 1


def test_a_parquet_file_of_a_thousand_columns_and_one_with_nested_ones_are_read(platform: Platform) -> None:
    wide = {f"c{number}": number for number in range(1_000)}
    platform.drop("orders", FOLDER, [order(1, nested={"a": [1, 2]}, **wide)])
    verdict = land(platform.strict())
    assert (verdict.refused, verdict.rows) == (None, 1)
    assert verdict.checks["shape"].numbers["new_columns"] == 1_001


def test_days_are_landed_in_the_order_asked_and_another_day_does_not_touch_them(platform: Platform) -> None:
    days = days_from(DAY, 3)
    for number, day in enumerate(days):
        platform.drop("orders", f"ingest_dt={day}", [order(number, day)])
    platform.bronze(list(reversed(days)), ["orders"])
    assert [bronze(platform, day=day)["order_id"].to_list() for day in days] == [["ORD-0"], ["ORD-1"], ["ORD-2"]]


def test_no_day_to_land_is_nothing_to_do(platform: Platform) -> None:
    platform.drop("customers", "signup_date=2025-09-01", [customer(1)])
    assert ignored(platform, "customers", []) == []
    assert platform.lake.bronze("shop", "customers").days() == []


def test_a_landing_zone_that_does_not_exist_is_a_day_without_a_drop(platform: Platform) -> None:
    assert not platform.landing.exists()
    assert problems(land(platform, day=date(2025, 10, 7))) == "orders has no drop for 2025-10-07"
