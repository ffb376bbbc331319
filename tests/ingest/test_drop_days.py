"""Days of drops: which ingest day a landed file counts for, now and ever after.

Decided here: the folder's ingest day; else the first delivery for the folder's date (never before the start date) or
the start date, and every later change for the newest day. Folder names are hostile input.
"""

from datetime import date
from pathlib import Path

import pytest
from conftest import DAY, Platform, customer, days_from, product
from ingest.written_drops import FOLDER, bronze, ignored, land, orders, problems, published, put

from platform_assets.ingest.drops import landed_days
from platform_assets.partitions import parse_day

DAYS = days_from(DAY, 3)
BIRTH = date(2025, 10, 2)  # a sign-up day after the start date


def keys(platform: Platform, table: str, days: list[date]) -> list[list[str]]:
    """What each day brought: keys by day."""
    column = {"customers": "customer_id", "product_catalog": "product_id", "orders": "order_id"}[table]
    found = []
    for day in days:
        manifest = published(platform, table, day)
        assert manifest is not None
        found.append(sorted(str(key) for key in bronze(platform, table, day)[column]) if manifest.files else [])
    return found


@pytest.mark.parametrize(
    "text",
    ["2025-1-1", "20250101", "2025-01-01'; drop table x", "2025-W01-1", "2025-02-30", "", " 2025-01-01", "../.."],
)
def test_a_day_is_written_one_way_only(text: str) -> None:
    with pytest.raises(ValueError):
        parse_day(text)
    assert parse_day("2025-01-01") == date(2025, 1, 1)


def test_the_ingest_day_of_a_folder_is_its_day(platform: Platform) -> None:
    platform.drop("orders", f"ingest_dt={DAYS[1]}", orders(1))
    platform.drop("customers", f"ingest_dt={DAYS[2]}", [customer(1)])
    platform.bronze(DAYS, ["orders", "customers"])
    assert keys(platform, "orders", DAYS) == [[], ["ORD-1"], []]
    assert keys(platform, "customers", DAYS) == [[], [], ["CUST-1"]]


def test_a_sign_up_folder_counts_for_its_day_but_never_before_the_start_date(platform: Platform) -> None:
    platform.drop("customers", "signup_date=2019-05-05", [customer(1)])
    platform.drop("customers", f"signup_date={BIRTH}", [customer(2)])
    platform.bronze(DAYS, ["customers"])
    assert keys(platform, "customers", DAYS) == [["CUST-1"], ["CUST-2"], []]


def test_a_category_folder_and_files_in_the_table_folder_count_for_the_start_date(platform: Platform) -> None:
    platform.drop("product_catalog", "category=Toys", [product(1)])
    platform.drop("product_catalog", "", [product(2)])
    platform.bronze(DAYS, ["product_catalog"])
    assert keys(platform, "product_catalog", DAYS) == [["1", "2"], [], []]


@pytest.mark.parametrize(
    "name",
    [
        "ingest_dt=2025-01-01'; drop table x", "ingest_dt=2025-1-1", "ingest_dt=", "ingest_dt", "country=NL", "backup",
        "signup_date=2025-10-01", "=", "ingest_dt=2025-10-01 ", "INGEST_DT=2025-10-01", b"ingest_dt=\xff".decode("utf8", "surrogateescape"),
    ],
)  # fmt: skip
def test_a_folder_with_another_name_is_ignored_and_reported(platform: Platform, name: str) -> None:
    put(platform, b"order_id\n1\n", "part.csv", folder=name)
    (reported,) = ignored(platform)
    assert reported.startswith("orders/")
    assert reported.isprintable()
    assert "no drop for 2025-10-01" in problems(land(platform))


@pytest.mark.parametrize("name", ["=", "=Toys", "category", "Toys", "signup_date=2025-10-01"])
def test_a_folder_of_a_master_without_its_key_is_ignored_too(platform: Platform, name: str) -> None:
    put(platform, b"product_id\n1\n", "part.csv", table="product_catalog", folder=name)
    assert len(ignored(platform, "product_catalog")) == 1
    assert land(platform, "product_catalog").rows == 0


def test_folders_that_are_links_to_elsewhere_are_ignored_and_reported(platform: Platform, tmp_path: Path) -> None:
    outside = put(platform, b"order_id\n1\n", "part.csv").parent.rename(tmp_path / "outside")
    (platform.landing / "orders" / FOLDER).symlink_to(outside)
    assert len(ignored(platform)) == 1
    assert land(platform).rows == 0


def test_a_changed_file_counts_for_the_newest_day_and_keeps_it_ever_after(platform: Platform) -> None:
    platform.drop("customers", "signup_date=2025-09-01", [customer(1)])
    platform.bronze(DAYS[:2], ["customers"])
    platform.drop("customers", "signup_date=2025-09-01", [customer(1, first_name="New"), customer(2)])

    platform.bronze(DAYS[:1], ["customers"])
    assert keys(platform, "customers", DAYS[:2]) == [["CUST-1"], []]
    platform.bronze(DAYS[2:], ["customers"])
    platform.bronze(days_from(DAY, 5), ["customers"])

    assert keys(platform, "customers", days_from(DAY, 5)) == [["CUST-1"], [], ["CUST-1", "CUST-2"], [], []]
    assert bronze(platform, "customers", DAYS[0])["first_name"].to_list() == ["Ann"]


def test_a_file_that_appears_later_in_a_known_folder_counts_for_the_newest_day(platform: Platform) -> None:
    first = platform.drop("customers", "signup_date=2025-09-01", [customer(1)])
    platform.bronze(DAYS[:1], ["customers"])
    second = platform.drop("customers", "signup_date=2025-09-01", [customer(2)], file="part-0001.parquet")
    platform.producer_manifest("customers", "signup_date=2025-09-01", [(first, 1), (second, 1)])
    verdicts = platform.bronze(DAYS, ["customers"])["customers"]
    assert keys(platform, "customers", DAYS) == [["CUST-1"], [], ["CUST-2"]]
    assert [verdict.failed for verdict in verdicts.values()] == [[], [], []]


def test_a_small_redelivery_of_products_keeps_all_products(platform: Platform) -> None:
    platform.drop("product_catalog", "category=Toys", [product(number) for number in range(1, 101)])
    platform.bronze(DAYS[:1], ["product_catalog"])
    platform.drop("product_catalog", "category=Toys", [product(number, unit_price=11.0) for number in range(1, 26)])
    platform.bronze(DAYS, ["product_catalog"])
    assert [len(found) for found in keys(platform, "product_catalog", DAYS)] == [100, 0, 25]


def test_unfinished_hidden_files_and_folders_are_not_read(platform: Platform) -> None:
    for file in ("_temporary/0/part.csv", ".part.csv", "_SUCCESS", "sub/.x/part.csv"):
        put(platform, b"order_id\n1\n", file)
    put(platform, b"order_id\n2\n", "sub/part.csv")
    assert land(platform).rows == 1


def test_a_file_of_unknown_format_is_a_problem_and_formats_are_known_in_capitals(platform: Platform) -> None:
    put(platform, b"order_id\n1\n", "PART.CSV")
    put(platform, b"x", "orders.xlsx")
    verdict = land(platform)
    assert verdict.rows == 1
    assert f"orders/{FOLDER}/orders.xlsx: has no known format" in problems(verdict)


def test_a_file_name_that_is_not_utf8_is_read_and_named_by_its_bytes(platform: Platform) -> None:
    put(platform, b"order_id\n1\n", b"it's\xff.csv".decode("utf8", "surrogateescape"))
    land(platform)
    assert bronze(platform)["_source_file"].to_list() == [f"orders/{FOLDER}/it's\\xff.csv"]


def test_a_day_without_a_file_is_empty_where_that_is_normal_and_a_problem_where_not(platform: Platform) -> None:
    returns, missing = land(platform, "returns"), land(platform, "orders")
    assert (returns.failed, missing.failed) == ([], ["reconciliation"])
    manifest = published(platform, "returns")
    assert manifest is not None and manifest.rows == 0
    assert problems(missing) == "orders has no drop for 2025-10-01"
    strict = platform.strict()
    assert land(strict, "orders").refused == "orders has no drop for 2025-10-01"
    assert land(strict, "returns").refused is None


def test_the_days_that_the_landing_zone_names(platform: Platform) -> None:
    platform.drop("orders", "ingest_dt=2025-10-03", orders(1))
    platform.drop("orders", "ingest_dt=2025-13-03", orders(1))
    platform.drop("customers", "signup_date=2025-10-02", [customer(1)])
    platform.drop("product_catalog", "category=Toys", [product(1)])
    days = landed_days(platform.contracts.sources.values(), platform.landing, DAY)
    assert days == {date(2025, 10, 1), date(2025, 10, 2), date(2025, 10, 3)}
