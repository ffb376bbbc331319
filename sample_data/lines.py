"""Lines of an order or a cart: product, quantity, price, discount, each a hash of the parent's key.

Because a line is a function of its parent's key, an order and the cart it came from hold the same lines, and
a return finds the lines of an order of any earlier day. Money is whole cents here; files hold units.
"""

import polars as pl

from .catalogue import base, price_on, units
from .config import SampleConfig
from .draws import below, bits, mixed, share, u64

_QUANTITIES = pl.Series([1] * 31 + [2] * 31 + [3] * 23 + [4] * 6 + [5] * 6 + [6] * 3)
_GOLDEN = 0x9E3779B97F4A7C15


def count_of(key: pl.Expr, config: SampleConfig) -> pl.Expr:
    """How many lines a parent has: 1 to 8."""
    return below(key, config.seed, "lines", 8) + 1


def explode(parents: pl.DataFrame, config: SampleConfig, carried: list[str]) -> pl.DataFrame:
    """One row per line, in the parents' order, then line order.

    Parents need _key, _rev (revision: other quantities), _day (prices as of) and _lines; `carried` names
    further columns to keep. Adds _line (from 0), _p (product number), _q, _unit, _cost, _gross and
    _disc (cents),
    product_name, category, _event.
    """
    narrow = parents.select("_key", "_rev", "_day", *carried, pl.int_ranges(0, "_lines").alias("_line"))
    frame = narrow.explode("_line").with_columns(
        mixed(pl.col("_key") + (pl.col("_line").cast(pl.UInt64) + 1) * u64(_GOLDEN)).alias("_event")
    )
    event, seed, goods = pl.col("_event"), config.seed, base(config)
    # Squaring favours low numbers: some products sell far better than others.
    frame = frame.with_columns(
        ((share(event, seed, "product") ** 2 * config.products).cast(pl.Int64) + 1).alias("_p"),
        ((pl.lit(_QUANTITIES).gather(below(event, seed, "quantity", 100)) + pl.col("_rev") - 1) % 6 + 1).alias("_q"),
    )
    at = pl.col("_p") - 1
    frame = frame.with_columns(
        pl.lit(goods["product_name"]).gather(at).alias("product_name"),
        pl.lit(goods["category"]).gather(at).alias("category"),
        price_on(pl.lit(goods["_price"]).gather(at), pl.col("_p"), pl.col("_day")).alias("_unit"),
        pl.lit(goods["_cost"]).gather(at).alias("_cost"),
    ).with_columns((pl.col("_q") * pl.col("_unit")).alias("_gross"))
    given = bits(event, seed, "discount") % 100
    return frame.with_columns(
        pl.when(given < 30).then(pl.col("_gross") * (given.cast(pl.Int64) % 20 + 5) // 100).otherwise(0).alias("_disc"),
        mixed(event + pl.col("_rev").cast(pl.UInt64)).alias("_event"),
    )


def sums(lines: pl.DataFrame, parents: pl.DataFrame, column: str) -> pl.Series:
    """Per parent the sum of a column of its lines (Int64); `lines` as `explode` made them."""
    running = pl.concat([pl.Series(column, [0], dtype=pl.Int64), lines[column].cum_sum()])
    ends = parents["_lines"].cum_sum()
    return running.gather(ends) - running.gather(ends - parents["_lines"])


def money(cents: str) -> pl.Expr:
    """Cents as units with two decimals, as Float64."""
    return units(pl.col(cents))
