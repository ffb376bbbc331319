"""Received values: bronze holds what came, whatever the format, and silver cannot tell in which format it came.

Decided here: no trimming, no rounding, no guessing of types in bronze; the same table as Parquet, CSV, JSON or JSON
lines, plain or compressed, is the same silver rows.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from conftest import DAY, TABLES, Platform, customer, empty_shop, order, product
from ingest.written_drops import FOLDER, compressed, drift, land, problems, put, received, refused_when_strict

from platform_assets.bronze.landing import land_days

WRITERS = {"csv": "write_csv", "json": "write_json", "ndjson": "write_ndjson"}


def test_text_formats_bring_text_exactly_as_written(platform: Platform) -> None:
    put(platform, b'order_id,note,price\n  7 ,"a\nb, ""c""",1.10\n,NULL,1e3\n', "part.csv", rows=2)
    land(platform)
    assert received(platform) == [
        {"order_id": "  7 ", "note": 'a\nb, "c"', "price": "1.10"},
        {"order_id": "", "note": "NULL", "price": "1e3"},
    ]


def test_json_brings_numbers_as_written_and_nested_values_as_json(platform: Platform) -> None:
    data = b'[{"order_id": 12345678901234567890123, "price": 1.10, "tags": {"a": [1.0, null]}, "ok": false}]'
    put(platform, data, "part.json", rows=1)
    land(platform)
    assert received(platform) == [
        {"order_id": "12345678901234567890123", "price": "1.10", "tags": '{"a": [1.0, null]}', "ok": "false"}
    ]


def test_parquet_keeps_its_types_and_its_whitespace(platform: Platform) -> None:
    rows = [order(1, email=" Mixed@Case.com \n", total_items=2, gross_total=0.1)]
    platform.drop("orders", FOLDER, rows)
    land(platform)
    assert received(platform) == rows


def as_file(rows: list[dict[str, Any]], kind: str, codec: str | None) -> bytes:
    return compressed((getattr(pl.DataFrame(rows), WRITERS[kind])() or "").encode(), codec)


def silver_rows(platform: Platform) -> dict[str, list[dict[str, Any]]]:
    """What silver says of orders and customers, lineage left out."""
    platform.up_to_silver([DAY])
    found = {}
    for table in ("stg_orders", "stg_customers", "stg_product_catalog"):
        frame = platform.rows("silver", table, DAY)
        found[table] = frame.select(pl.exclude("^_.*$")).to_dicts()
    return found


TRICKY_ORDERS = [
    order(1, gross_total=20.1, net_total=20.0, shipping_address='1 "Main" St,\nTówn', agent_id=None),
    order(2, customer_id="CUST-404"),
    order(3, is_expedited=True, total_items=3, payment_method=" PayPal "),
]
MASTERS = {"customers": [customer(1, age=41.0), customer(2, email="zoë@example.com")], "product_catalog": [product(1)]}


@pytest.fixture(scope="module")
def parquet_silver() -> dict[str, Any]:
    """Silver of the Parquet drop, filled by the first test that needs it."""
    return {}


def land_all(platform: Platform, kind: str, codec: str | None) -> None:
    empty_shop(platform, [DAY])
    tables = MASTERS | {"orders": TRICKY_ORDERS}
    for table, rows in tables.items():
        folders = {"customers": "signup_date=2025-09-01", "product_catalog": "category=Toys"}
        folder = folders.get(table, FOLDER)
        if kind == "parquet":
            platform.drop(table, folder, rows)
        else:
            suffix = f".{codec}" if codec else ""
            for earlier in (platform.landing / table / folder).glob("*.parquet"):
                earlier.unlink()
            put(platform, as_file(rows, kind, codec), f"part.{kind}{suffix}", len(rows), table, folder)


@pytest.mark.parametrize(("kind", "codec"), [("csv", "gz"), ("json", "zst"), ("ndjson", None)])
def test_the_same_tables_in_another_format_are_the_same_silver_rows(
    platform: Platform, kind: str, codec: str | None, parquet_silver: dict[str, Any], tmp_path_factory: Any
) -> None:
    if not parquet_silver:
        from dataclasses import replace

        root = tmp_path_factory.mktemp("parquet")
        other = Platform(replace(platform.settings, landing=root / "landing", lake=root / "lake"), platform.contracts)
        land_all(other, "parquet", None)
        parquet_silver |= silver_rows(other)
    land_all(platform, kind, codec)
    assert silver_rows(platform) == parquet_silver
    assert [row["order_id"] for row in parquet_silver["stg_orders"]] == ["ORD-1", "ORD-3"]
    assert len(parquet_silver["stg_customers"]) == 2


@pytest.mark.parametrize("kind", ["parquet", "csv", "ndjson"])
def test_a_missing_declared_column_fails_the_shape(platform: Platform, kind: str) -> None:
    rows = [{name: value for name, value in order(1).items() if name != "email"}]
    if kind == "parquet":
        platform.drop("orders", FOLDER, rows)
    else:
        put(platform, as_file(rows, kind, None), f"part.{kind}", rows=1)
    assert refused_when_strict(platform) == "failed shape: missing email"
    verdict = land(platform)
    assert (verdict.failed, drift(verdict), verdict.rows) == (["shape"], "missing email", 1)


def test_a_file_may_come_without_a_column_that_is_declared_optional(platform: Platform) -> None:
    rows = [{name: value for name, value in order(1).items() if name not in ("email", "agent_id")}]
    platform.drop("orders", FOLDER, rows)
    declared = replace(platform.contracts.sources["orders"], optional=frozenset({"email"}))
    verdicts, _ = land_days(platform.settings, platform.lake, declared, [DAY], "test")
    assert drift(verdicts[0]) == "missing agent_id"


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_new_column_is_recorded_and_passes_and_other_case_is_the_same_column(platform: Platform, kind: str) -> None:
    row = order(1, gift_note="hi")
    row["EMAIL"] = row.pop("email")
    put(platform, as_file([row], kind, None), f"part.{kind}", rows=1)
    verdict = land(platform.strict())
    assert (verdict.failed, drift(verdict)) == ([], "new gift_note")
    assert received(platform)[0]["gift_note"] == "hi"


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("gross_total", "20.0", "gross_total is VARCHAR, declared double"),
        ("email", 5, "email is BIGINT, declared text"),
        ("is_expedited", 1, "is_expedited is BIGINT, declared boolean"),
        ("email", ["a"], "email is VARCHAR[], declared text"),
    ],
)
def test_a_retyped_column_in_parquet_fails_the_shape(platform: Platform, column: str, value: Any, told: str) -> None:
    platform.drop("orders", FOLDER, [order(1, **{column: value})])
    assert refused_when_strict(platform) == f"failed shape: {told}"
    assert drift(land(platform)) == told


def test_a_column_without_any_value_and_another_width_of_number_are_no_drift(platform: Platform) -> None:
    platform.drop("orders", FOLDER, [order(1, email=None, total_items=1.0, gross_total=20)])
    assert land(platform.strict()).failed == []


DATED = {"order_date": datetime(2025, 10, 1, 10), "total_items": date(2025, 10, 1), "gross_total": Decimal("20.00")}
ZONED = {"order_date": datetime(2025, 10, 1, 12, tzinfo=timezone(timedelta(hours=2)))}


@pytest.mark.parametrize("values", [DATED, DATED | ZONED])
def test_dates_timestamps_and_decimals_of_a_database_export_are_declared_as_such(
    platform: Platform, values: dict[str, Any]
) -> None:
    """And are read as what they say: a timestamp with a zone is the same moment."""
    orders = platform.contracts.sources["orders"]
    types = {"order_date": "timestamp", "total_items": "date", "gross_total": "decimal"}
    declared = replace(orders, columns=orders.columns | types)
    platform.drop("orders", FOLDER, [order(1, **values)])
    verdicts, _ = land_days(platform.strict().settings, platform.lake, declared, [DAY], "test")
    assert (verdicts[0].failed, drift(verdicts[0])) == ([], "none")

    empty_shop(platform, [DAY])
    platform.drop("orders", FOLDER, [order(1, **values | {"total_items": 1})])
    platform.up_to_silver([DAY])
    read = platform.rows("silver", "stg_orders", DAY).select("order_date", "gross_total").row(0)
    assert read == (datetime(2025, 10, 1, 10), Decimal("20.00"))


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_column_that_only_the_folder_name_carries_is_filled_in(platform: Platform, kind: str) -> None:
    rows = [{name: value for name, value in customer(1).items() if name != "signup_date"}]
    if kind == "parquet":
        platform.drop("customers", "signup_date=2025-09-01", rows)
    else:
        put(platform, as_file(rows, kind, None), "part.csv", 1, "customers", "signup_date=2025-09-01")
    verdict = land(platform.strict(), "customers")
    assert (verdict.refused, drift(verdict), problems(verdict)) == (None, "none", "none")
    assert received(platform, "customers")[0]["signup_date"] == "2025-09-01"


def test_the_file_is_believed_before_the_folder_name_and_a_hive_name_is_decoded(platform: Platform) -> None:
    platform.drop("product_catalog", "category=Toys", [product(1, category="Games")])
    rows = [{name: value for name, value in product(2).items() if name != "category"}]
    platform.drop("product_catalog", "category=Home%20%26%20Kid's", rows)
    land(platform, "product_catalog")
    assert {row["product_id"]: row["category"] for row in received(platform, "product_catalog")} == {
        1: "Games",
        2: "Home & Kid's",
    }


def test_every_table_of_the_shop_is_covered_by_the_fixtures(platform: Platform) -> None:
    assert set(platform.contracts.sources) == set(TABLES)
