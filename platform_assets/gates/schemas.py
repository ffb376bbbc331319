"""Pandera schemas made from the declarations.

Here: declared types as Polars types, and the schema of a silver table's shape and keys. Not here: row rules of silver
(judged once, in SQL) or of enriched tables (beside each transform).
"""

import re
from typing import TYPE_CHECKING

from platform_assets.contracts import SilverModel

if TYPE_CHECKING:
    import pandera.polars as pa
    import polars as pl


def polars_type(declared: str) -> "pl.DataType":
    """The Polars type of a declared type."""
    import polars as pl

    decimal = re.fullmatch(r"decimal\((\d+),(\d+)\)", declared)
    if decimal:
        return pl.Decimal(int(decimal[1]), int(decimal[2]))
    kinds: dict[str, pl.DataType] = {
        "text": pl.String(),
        "integer": pl.Int32(),
        "bigint": pl.Int64(),
        "double": pl.Float64(),
        "boolean": pl.Boolean(),
        "date": pl.Date(),
        "timestamp": pl.Datetime("us"),
    }
    return kinds[declared]


def silver_shape(model: SilverModel) -> "pa.DataFrameSchema":
    """Exactly the stored columns, in order, with their types; required ones without nulls."""
    import pandera.polars as pa

    required = {column.name for column in model.columns if not column.nullable}
    columns = {
        name: pa.Column(polars_type(kind), nullable=name not in required) for name, kind in model.stored_types.items()
    }
    return pa.DataFrameSchema(columns, strict=True, ordered=True, name=model.name)


def silver_keys(model: SilverModel) -> "pa.DataFrameSchema":
    """The primary key: complete and unique within the day."""
    import pandera.polars as pa

    columns = {name: pa.Column(nullable=False) for name in model.key}
    return pa.DataFrameSchema(columns, unique=list(model.key), name=model.name)


def failures(schema: "pa.DataFrameSchema", frame: "pl.DataFrame") -> list[str]:
    """What is wrong with a collected frame, in words; empty when it conforms.

    Collected, because Pandera checks only the schema of a LazyFrame and lets bad rows pass.
    """
    import pandera.errors

    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.unique(["column", "check"]).sort("column", "check")
        return [f"{case['column']}: {case['check']} ({case['failure_case']})" for case in cases.to_dicts()]
    return []
