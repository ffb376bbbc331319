"""Pandera schemas made from declarations: every declared type, and every kind of bad frame refused in words."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from platform_assets.contracts import Column, Contracts, SilverModel
from platform_assets.gates.schemas import failures, polars_type, silver_keys, silver_shape

TYPES = {
    "text": pl.String(),
    "integer": pl.Int32(),
    "bigint": pl.Int64(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
    "decimal(18,2)": pl.Decimal(18, 2),
}
VALUES = {
    "text": "a",
    "integer": 1,
    "bigint": 2**40,
    "double": 0.5,
    "boolean": True,
    "date": date(2025, 10, 1),
    "timestamp": datetime(2025, 10, 1, 12),
    "decimal(18,2)": Decimal("1.10"),
}


@pytest.fixture
def model(contracts: Contracts) -> SilverModel:
    """A table with a required text key, a required number and one optional column of every type."""
    optional = [Column(f"a_{kind.split('(')[0]}", kind, "", nullable=True) for kind in TYPES]
    required = [Column("id", "text", "", nullable=False), Column("line_no", "bigint", "", nullable=False)]
    return replace(
        contracts.silver["stg_orders"], name="stg_things", columns=(*required, *optional), key=("id", "line_no")
    )


def frame(model: SilverModel, rows: int = 2) -> pl.DataFrame:
    """A frame that conforms: rows x1, x2 … of line 1."""
    schema = {name: TYPES[kind] for name, kind in model.stored_types.items()}
    values = {name: [VALUES[kind]] * rows for name, kind in model.stored_types.items()}
    values["id"] = [f"x{number}" for number in range(1, rows + 1)]
    return pl.DataFrame(values, schema)


@pytest.mark.parametrize("declared", list(TYPES))
def test_every_declared_type_has_its_polars_type(declared: str) -> None:
    assert polars_type(declared) == TYPES[declared]


def test_the_types_are_those_that_duckdb_writes_to_parquet(tmp_path: Any) -> None:
    import duckdb

    columns = ", ".join(f"null::{'varchar' if kind == 'text' else kind} as c{n}" for n, kind in enumerate(TYPES))
    with duckdb.connect() as connection:
        connection.execute(f"copy (select {columns}) to '{tmp_path}/all.parquet' (format parquet)")
    assert list(pl.read_parquet(tmp_path / "all.parquet").schema.values()) == list(TYPES.values())


def test_a_frame_as_declared_has_no_failures_and_neither_has_an_empty_one(model: SilverModel) -> None:
    for good in (frame(model), frame(model).clear()):
        assert failures(silver_shape(model), good) == []
        assert failures(silver_keys(model), good) == []


def test_an_optional_column_may_be_null(model: SilverModel) -> None:
    nulls = frame(model).with_columns(pl.lit(None, pl.Date()).alias("a_date"))
    assert failures(silver_shape(model), nulls) == []


@pytest.mark.parametrize("declared", list(TYPES))
def test_a_column_of_another_type_is_refused(model: SilverModel, declared: str) -> None:
    name = f"a_{declared.split('(')[0]}"
    other = pl.Int64() if declared != "bigint" else pl.Int32()
    wrong = frame(model).with_columns(pl.lit(1, other).alias(name))
    found = failures(silver_shape(model), wrong)
    assert len(found) == 1
    assert found[0].startswith(f"{name}: dtype(")


def test_money_in_floats_or_with_other_places_is_refused(model: SilverModel) -> None:
    for kind in (pl.Float64(), pl.Decimal(18, 4)):
        wrong = frame(model).with_columns(pl.col("a_decimal").cast(kind))
        assert [text.split(":")[0] for text in failures(silver_shape(model), wrong)] == ["a_decimal"]


def test_a_missing_column_is_refused(model: SilverModel) -> None:
    found = failures(silver_shape(model), frame(model).drop("a_text"))
    assert any("column_in_dataframe (a_text)" in text for text in found)


def test_a_column_that_nobody_declared_is_refused(model: SilverModel) -> None:
    found = failures(silver_shape(model), frame(model).with_columns(pl.lit(1).alias("surprise")))
    assert any("column_in_schema (surprise)" in text for text in found)


def test_columns_in_another_order_are_refused(model: SilverModel) -> None:
    names = frame(model).columns
    swapped = frame(model).select([names[1], names[0], *names[2:]])
    assert any("column_ordered" in text for text in failures(silver_shape(model), swapped))


def test_a_null_in_a_required_column_is_refused_even_in_one_row_of_many(model: SilverModel) -> None:
    many = frame(model, rows=1000)
    numbers = pl.when(pl.int_range(pl.len()) == 777).then(None).otherwise(pl.col("line_no")).alias("line_no")
    assert [text.split(" (")[0] for text in failures(silver_shape(model), many.with_columns(numbers))] == [
        "line_no: not_nullable"
    ]


@pytest.mark.parametrize("column", ["id", "line_no"])
def test_a_null_in_any_part_of_the_key_is_refused(model: SilverModel, column: str) -> None:
    nulls = frame(model).with_columns(pl.lit(None, frame(model).schema[column]).alias(column))
    assert any(text.startswith(f"{column}: not_nullable") for text in failures(silver_keys(model), nulls))


def test_a_repeated_key_is_refused_and_a_repeated_part_of_it_is_not(model: SilverModel) -> None:
    same_id = frame(model).with_columns(pl.lit("x").alias("id"), pl.Series("line_no", [1, 2]))
    repeated = frame(model).with_columns(pl.lit("x").alias("id"), pl.Series("line_no", [1, 1]))
    assert failures(silver_keys(model), same_id) == []
    assert failures(silver_keys(model), repeated) != []


def test_lineage_is_part_of_the_shape(model: SilverModel) -> None:
    assert set(silver_shape(model).columns) - {column.name for column in model.columns} == {
        "_unreadable", "_source_file", "_source_row", "_batch_id", "_arrived_dt",
    }  # fmt: skip
