"""One delivered file as a frame: the data columns a producer sends, and hidden ones that say what it is.

Hidden columns start with an underscore, never reach a file, and are the ledger's only source:
`_event` (UInt64, the row's identity), `_reasons` (comma-joined, '' = valid on its own day), `_released`
(day number on which the last missing parent arrives, or null) and `_older` (the copy of a pair that was sent
an hour before). No paths and no formats here.
"""

from dataclasses import dataclass

import polars as pl

TABLES = (
    "customers",
    "product_catalog",
    "orders",
    "order_items",
    "shopping_carts",
    "cart_items",
    "returns",
    "return_items",
)


@dataclass(frozen=True)
class Part:
    """One file of one folder: the `day` it counts for, the day it `arrives`, and its stage.

    Stages: 'base' comes with the day, 'late' adds to it, 'corrected' replaces it. `hours` after the end of
    its day is when the producer wrote it; `unparsable` broken lines are appended in text formats.
    """

    table: str
    day: int
    arrives: int
    folder: str
    name: str
    frame: pl.DataFrame
    stage: str = "base"
    hours: int = 1
    batch: str = "daily"
    unparsable: int = 0
    event_days: tuple[str, str] | None = None


def valid(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with hidden columns that say: nothing is wrong with any row."""
    return frame.with_columns(
        pl.lit("").alias("_reasons"),
        pl.lit(None, dtype=pl.Int64).alias("_released"),
        pl.lit(False).alias("_older"),
    )


def with_older_copies(frame: pl.DataFrame, chosen: pl.Expr, key: str) -> pl.DataFrame:
    """The frame plus an older copy of each chosen row, which loses to it as a duplicate of `key`."""
    copies = frame.filter(chosen).with_columns(
        pl.lit(f"duplicate_{key}").alias("_reasons"),
        pl.lit(True).alias("_older"),
        (pl.col("_event") ^ pl.lit(1 << 63, dtype=pl.UInt64)).alias("_event"),
    )
    return frame if copies.is_empty() else pl.concat([frame, copies], how="vertical")
