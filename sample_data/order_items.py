"""Order items: the columns of a line, its dirt, late products and lines sent twice.

Lines come with the fate of their order; a fate 'line:...' is for the first line only. No files here.
"""

import polars as pl

from .config import SampleConfig
from .dirt import REASONS, soil
from .lines import money
from .stories import LATE_PRODUCTS

_NUMBERS = ("product_id", "quantity", "unit_price", "discount_amount", "cost_price")


def item_columns(lines: pl.DataFrame, config: SampleConfig) -> pl.DataFrame:
    """The order item columns and the hidden ones; _cents (net), _day, _rescinded are for the ledger."""
    first = pl.col("_fate").str.starts_with("line:") & (pl.col("_line") == 0)
    fated = lines.filter(pl.col("_fate") != "").with_columns(
        pl.when(first).then(pl.col("_fate").str.strip_prefix("line:")).otherwise(pl.lit("")).alias("_fate")
    )
    clean = _plain_items(lines.filter(pl.col("_fate") == ""))
    if fated.is_empty():
        return clean
    late = pl.col("_fate") == "late_product"
    own = pl.when(pl.col("_fate").is_in(REASONS["order_items"])).then("_fate")
    fated = _plain_items(
        fated.with_columns(
            pl.when(late).then(LATE_PRODUCTS + pl.col("_day") * 100_000 + pl.col("_k")).otherwise("_p").alias("_p"),
            own.when(late).then(pl.lit("unknown_product")).otherwise("_child").alias("_child"),
            pl.when(late).then(pl.col("_day") + 1 + pl.col("_k") % 2).otherwise("_released").alias("_released"),
        )
    )
    # Sent twice word for word: the same event, so the same line; one of the two is one too many.
    twins = fated.filter(pl.col("_fate") == "twin").with_columns(pl.lit("duplicate_order_id_line_no").alias("_reasons"))
    fated = fated.with_columns(
        pl.when(pl.col("_fate").is_in(REASONS["order_items"])).then("_fate").otherwise(pl.lit("")).alias("_fate")
    )
    dirty = soil(fated, "order_items", config, _NUMBERS)
    kinds = [pl.col(c).cast(dirty.schema[c]) for c in _NUMBERS]
    return pl.concat([clean.with_columns(kinds), dirty, twins.with_columns(kinds)])


def _plain_items(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        "order_id",
        pl.col("_p").alias("product_id"),
        "product_name",
        "category",
        pl.col("_q").alias("quantity"),
        money("_unit").alias("unit_price"),
        money("_disc").alias("discount_amount"),
        money("_cost").alias("cost_price"),
        "_event",
        pl.col("_child").alias("_reasons"),
        "_released",
        pl.lit(False).alias("_older"),
        (pl.col("_gross") - pl.col("_disc")).alias("_cents"),
        "_day",
        "_rescinded",
        "_fate",
        "_n",
    )
