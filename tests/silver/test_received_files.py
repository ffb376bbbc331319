"""How silver reads what landed: many small files as one where that changes nothing, and whatever type a column came as.

All files are customers of one day.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import polars as pl
from conftest import DAY, customer
from end_to_end.convergence import platform_at

from platform_assets.contracts import Contracts

FILES = 12
LINEAGE = ("_source_file", "_source_row", "_batch_id")
Customers = list[list[dict[str, Any]]]


def silver(
    folder: Path, contracts: Contracts, files: Customers, types: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """The customers of the files, in key order; `types` are SQL types of columns, other than Polars would write."""
    platform = platform_at(folder, contracts)
    platform.drop("product_catalog", "category=Toys", [])
    for number, rows in enumerate(files):
        name = f"signup_date=2025-08-{number + 1:02}"
        path = platform.drop("customers", name, rows)
        if types:
            casts = ", ".join(f"{column}::{kind} as {column}" for column, kind in types.items())
            frame = pl.read_parquet(path)
            duckdb.sql(f"copy (select * replace ({casts}) from frame) to '{path}' (format parquet)")
            platform.producer_manifest("customers", name, [(path, frame.height)])
    platform.bronze([DAY], ["customers", "product_catalog"])
    platform.silver([DAY], masters=True)
    rows: pl.DataFrame = platform.rows("silver", "stg_customers", DAY)
    return rows.sort("customer_id").drop(LINEAGE)


def customers(**other: Any) -> Customers:
    """Two to a file; the second is a guest without age."""
    return [
        [customer(10 + number) | other, customer(30 + number, age=None, is_guest=True) | other]
        for number in range(FILES)
    ]


def one_file(files: Customers) -> Customers:
    return [[row for rows in files for row in rows]]


def test_a_day_of_many_small_files_is_the_rows_of_one_file(tmp_path: Path, contracts: Contracts) -> None:
    files = customers()
    apart, together = silver(tmp_path / "a", contracts, files), silver(tmp_path / "b", contracts, one_file(files))

    assert apart.equals(together)
    assert apart["customer_id"].to_list() == [f"CUST-{first + n}" for first in (10, 30) for n in range(12)]
    assert apart["age"].to_list() == [40] * 12 + [None] * 12


def test_types_that_readers_write_differently_as_text_stay_as_they_came(tmp_path: Path, contracts: Contracts) -> None:
    files = customers()
    for number, row in enumerate(row for rows in files for row in rows):
        row["event_id"] = str(UUID(bytes=hashlib.md5(bytes([number])).digest()))
    apart = silver(tmp_path, contracts, files, {"event_id": "uuid"})

    assert sorted(apart["event_id"]) == sorted(row["event_id"] for rows in files for row in rows)


def test_a_file_with_other_columns_among_many_small_ones_loses_nothing(tmp_path: Path, contracts: Contracts) -> None:
    files = customers()
    files[5] = [{name: value for name, value in row.items() if name != "gender"} | {"new": 1} for row in files[5]]
    apart = silver(tmp_path, contracts, files)

    assert apart.height == 24
    assert apart.filter(pl.col("gender").is_null())["customer_id"].to_list() == ["CUST-15", "CUST-35"]


def test_a_column_of_any_type_is_cleaned_as_text_beside_files_where_it_is_text(
    tmp_path: Path, contracts: Contracts
) -> None:
    names = [["Ann", "Bo"], {"first": "Ann"}, b"Ann", "Ann", 7, None]
    files = [[customer(number, first_name=name, new=name)] for number, name in enumerate(names)]
    received = silver(tmp_path, contracts, files)

    assert received["first_name"].to_list() == ["[Ann, Bo]", "{'first': Ann}", "Ann", "Ann", "7", None]
