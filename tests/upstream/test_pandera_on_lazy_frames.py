"""Pandera 0.35 on a LazyFrame checks only the schema: why gates collect a frame before they judge it."""

import pandera.errors
import pandera.polars as pa
import polars as pl
import pytest

from platform_assets.gates.schemas import failures

SCHEMA = pa.DataFrameSchema({"price": pa.Column(pl.Int64, pa.Check.ge(0))}, unique=["price"])
BAD = pl.DataFrame({"price": [-1, -1, None]})


def test_a_lazy_frame_of_bad_rows_passes_pandera() -> None:
    SCHEMA.validate(BAD.lazy(), lazy=True)


def test_a_lazy_frame_of_a_wrong_type_does_not() -> None:
    with pytest.raises(pandera.errors.SchemaErrors):
        SCHEMA.validate(pl.LazyFrame({"price": ["a"]}), lazy=True)


def test_our_failures_on_the_collected_frame_name_what_pandera_let_pass() -> None:
    found = "\n".join(failures(SCHEMA, BAD))
    assert "price: greater_than_or_equal_to(0)" in found
    assert "price: not_nullable" in found
    assert "unique" in found or "duplicate" in found
