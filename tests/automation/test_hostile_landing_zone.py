"""The landing sensor on hostile input: strange names are words, links are not followed, and good drops still count."""

import os
from pathlib import Path

import dagster as dg
import pytest
from automation.landing_zone import below, opened_files, ranges, tick, words
from conftest import DAY, Platform, empty_shop, order

GOOD = [("2025-10-01", "2025-10-01")]


@pytest.fixture
def shop(platform: Platform) -> Platform:
    empty_shop(platform, [DAY])
    return platform


@pytest.mark.parametrize(
    "name",
    [
        "ingest_dt=2025-01-01'; drop table orders; --",
        "ingest_dt=2025-13-01",
        "ingest_dt=20251001",
        "ingest_dt=2025-10-01 ",
        "ingest_dt=",
        "no day at all",
        "country=NL",
        "ingest_dt=2025-10-01\nnothing to take in",
        "ingest_dt=٢٠٢٥-١٠-٠١",
    ],
)
def test_a_folder_that_is_no_day_is_ignored_with_words_and_the_good_ones_are_asked_for(
    shop: Platform, instance: dg.DagsterInstance, name: str
) -> None:
    shop.drop("orders", name, [order(1)])
    found = tick(shop, instance)
    assert ranges(found) == GOOD
    again = words(tick(shop, instance, found.cursor))
    assert again.splitlines() == ["nothing to take in", f"ignored, no folder of a day: orders/{name!r}"]


def test_names_that_are_not_utf_8_do_not_stop_it(shop: Platform, instance: dg.DagsterInstance) -> None:
    strange = os.fsencode(shop.landing / "orders") + b"/ingest_dt=\xff\xfe"
    os.mkdir(strange)
    Path(os.fsdecode(strange + b"/\xff.csv")).write_text("a\n1\n")
    good = os.fsencode(shop.landing / "orders") + b"/ingest_dt=2025-10-01/\xff.parquet"
    Path(os.fsdecode(good)).write_bytes(b"x")
    found = tick(shop, instance)
    assert ranges(found) == GOOD
    assert "ignored" in words(tick(shop, instance, found.cursor))


def test_links_that_lead_out_are_neither_followed_nor_asked_for(
    shop: Platform, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "part.parquet").write_bytes(b"secret")
    orders = shop.landing / "orders"
    (orders / "ingest_dt=2025-10-02").symlink_to(outside, target_is_directory=True)
    (orders / "ingest_dt=2025-10-01" / "inner=1").symlink_to(outside, target_is_directory=True)
    (orders / "ingest_dt=2025-10-01" / "link.parquet").symlink_to(outside / "part.parquet")
    (orders / "ingest_dt=2025-10-01" / "loop").symlink_to(orders / "ingest_dt=2025-10-01")
    with opened_files() as opened:
        found = tick(shop, instance)
    assert ranges(found) == GOOD
    assert below(outside, opened) == []
    shop.bronze([DAY])
    with opened_files() as opened:  # published: now it hashes what it compares
        assert words(tick(shop, instance)).splitlines() == [
            "nothing to take in",
            "ignored, no folder of a day: orders/'ingest_dt=2025-10-02'",
        ]
    assert below(shop.landing, opened) != []
    assert below(outside, opened) == []


def test_thousands_of_strange_folders_are_counted_and_not_listed(shop: Platform, instance: dg.DagsterInstance) -> None:
    for number in range(1000):
        (shop.landing / "orders" / f"strange {number:04}").mkdir()
    found = tick(shop, instance)
    note = words(tick(shop, instance, found.cursor)).splitlines()[1]
    assert note.endswith("orders/'strange 0009' and 990 more")


def test_hidden_files_and_folders_are_not_ready_and_change_nothing(
    shop: Platform, instance: dg.DagsterInstance
) -> None:
    cursor = tick(shop, instance).cursor
    folder = shop.landing / "orders" / "ingest_dt=2025-10-01"
    (folder / "_temporary").mkdir()
    for name in (".part.parquet", "_SUCCESS", "_temporary/part.parquet"):
        (folder / name).write_bytes(b"")
    assert words(tick(shop, instance, cursor)) == "nothing to take in"
