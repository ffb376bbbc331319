"""Returns and return items of a day: a return names a clean order of the same day or up to two weeks before.

The order is computed again from its day and number, so its customer and its lines are the ones that were
delivered. Neither files nor counting here.
"""

from collections.abc import Iterator

import polars as pl

from .config import SampleConfig
from .dirt import REASONS, soil
from .draws import below, row_key, spellings, u64, word
from .lines import explode, money, sums
from .order_core import core, order_id, scrambled, with_customer
from .parts import Part, with_older_copies
from .stories import layout

RETURN = 4
_BACK = 15
_ITEM_NUMBERS = (
    "return_item_id",
    "product_id",
    "quantity_returned",
    "unit_price",
    "cost_price",
    "refunded_amount",
)
_REASONS = {
    "Defective": 25,
    "Arrived damaged": 20,
    "Wrong item": 20,
    "Changed mind": 20,
    "Item arrived late": 15,
}


def return_parts(config: SampleConfig, day: int) -> Iterator[Part]:
    """The files of returns and return_items of a day; none on a day that misses them."""
    if not config.returns_on(day):
        return
    returns = _returned(config, day)
    lines = explode(returns, config, ["_n", "_return", "_fate", "_child", "return_id", "order_id"])
    back = below(pl.col("_event"), config.seed, "back", pl.col("_q")) + 1
    lines = lines.with_columns(back.alias("_back")).with_columns((pl.col("_back") * pl.col("_unit")).alias("_refund"))
    returns = returns.with_columns(sums(lines, returns, "_refund"))
    folder, span = f"ingest_dt={config.date(day)}", (str(config.date(day)),) * 2
    yield Part("returns", day, day, folder, "part-0000", _return_columns(returns, config, day), event_days=span)
    yield Part("return_items", day, day, folder, "part-0000", _items(lines, config, day), event_days=span)


def _returned(config: SampleConfig, day: int) -> pl.DataFrame:
    """One row per return: the order's core and the return's id, fate and lines given back."""
    frame = _chosen(config, day)
    key, seed = pl.col("_return"), config.seed
    frame = core(frame, config).with_columns(order_id().alias("order_id"), pl.lit(0, dtype=pl.Int64).alias("_rev"))
    some = below(key, seed, "some", pl.min_horizontal(pl.col("_lines"), 4)) + 1
    fate = pl.col("_fate")
    dirt = fate.is_in(REASONS["returns"])
    nowhere = pl.lit("ORD-X") + pl.col("_r").cast(pl.String)
    return with_customer(frame, config).with_columns(
        some.alias("_lines"),
        pl.col("_r").alias("_n"),
        pl.when(dirt).then(fate).otherwise(pl.lit("")).alias("_reasons"),
        # The lines of a return of no order name that order too.
        pl.when(fate == "unknown_order")
        .then(pl.lit("unknown_return,unknown_order"))
        .when(dirt)
        .then(pl.lit("unknown_return"))
        .otherwise(pl.lit(""))
        .alias("_child"),
        pl.when(fate == "unknown_order").then(nowhere).otherwise("order_id").alias("order_id"),
    )


def _chosen(config: SampleConfig, day: int) -> pl.DataFrame:
    """One row per return: its number _r, its fate, and _day and _n of the order it names."""
    key, seed = pl.col("_return"), config.seed
    plans = [layout(config, "orders", max(0, day - back)) for back in range(_BACK)]
    first = pl.lit(pl.Series([plan.clean_from for plan in plans])).gather("_ago")
    size = pl.lit(pl.Series([plan.rows - plan.clean_from for plan in plans])).gather("_ago")
    frame = layout(config, "returns", day).frame()
    return (
        frame.with_columns(row_key(RETURN, pl.lit(day), pl.col("_n")).alias("_return"))
        .with_columns(
            (pl.lit("RTN-") + scrambled(pl.lit(day), pl.col("_n"), 3)).alias("return_id"),
            below(key, seed, "back_days", _BACK).alias("_ago"),
            pl.col("_n").alias("_r"),
        )
        .with_columns(
            (day - pl.col("_ago")).clip(0).alias("_day"),
            (first + below(key, seed, "order", size)).alias("_n"),
        )
    )


def _return_columns(returns: pl.DataFrame, config: SampleConfig, day: int) -> pl.DataFrame:
    """The return columns in the real drops' order, and the hidden ones."""
    key, seed, neat = pl.col("_return"), config.seed, not config.clean

    def said(name: str, words: dict[str, int], blanks: int = 0) -> pl.Expr:
        return word(key, seed, name, spellings(words, blanks, neat)).alias(name)

    frame = returns.with_columns(pl.lit(config.date(day)).cast(pl.Datetime("us")).alias("_ts")).select(
        "return_id",
        "order_id",
        "customer_id",
        "email",
        pl.lit(str(config.date(day))).alias("return_date"),
        said("reason", _REASONS),
        pl.lit("Refund").alias("return_type"),
        money("_refund").alias("refunded_amount"),
        said("return_channel", {"Web": 50, "Social Media": 25, "Phone": 15, "Ebay": 10}),
        said("agent_id", {"ONLINE": 80, "CSR-0004": 10, "CSR-0006": 10}, 8),
        said("refund_method", {"Credit Card": 60, "PayPal": 30, "ACH": 10}),
        key.alias("_event"),
        "_reasons",
        pl.lit(None, dtype=pl.Int64).alias("_released"),
        pl.lit(False).alias("_older"),
        "_ts",
        "_n",
        "_fate",
    )
    clean, dirty = frame.filter(pl.col("_reasons") == ""), frame.filter(pl.col("_reasons") != "")
    clean = with_older_copies(clean, pl.col("_fate") == "duplicate", "return_id")
    dirty = soil(dirty, "returns", config, ("refunded_amount",))
    return pl.concat([clean.with_columns(pl.col("refunded_amount").cast(dirty.schema["refunded_amount"])), dirty])


def _items(lines: pl.DataFrame, config: SampleConfig, day: int) -> pl.DataFrame:
    """The return item columns in the real drops' order, and the hidden ones."""
    first = pl.col("_fate").str.starts_with("line:") & (pl.col("_line") == 0)
    event = (row_key(RETURN, pl.lit(day), pl.col("_n")) ^ u64(1 << 62)) + pl.col("_line").cast(pl.UInt64) * u64(1 << 28)
    plain = lines.select(
        (day * 100_000_000 + pl.int_range(1, pl.len() + 1)).alias("return_item_id"),
        "return_id",
        "order_id",
        pl.col("_p").alias("product_id"),
        "product_name",
        "category",
        pl.col("_back").alias("quantity_returned"),
        money("_unit").alias("unit_price"),
        money("_cost").alias("cost_price"),
        money("_refund").alias("refunded_amount"),
        event.alias("_event"),
        pl.col("_child").alias("_reasons"),
        pl.lit(None, dtype=pl.Int64).alias("_released"),
        pl.lit(False).alias("_older"),
        "_n",
        pl.when(first).then(pl.col("_fate").str.strip_prefix("line:")).otherwise(pl.lit("")).alias("_fate"),
    )
    clean, fated = plain.filter(pl.col("_fate") == ""), plain.filter(pl.col("_fate") != "")
    copied = with_older_copies(fated.filter(pl.col("_fate") == "duplicate"), pl.lit(True), "return_item_id")
    dirty = fated.filter(pl.col("_fate") != "duplicate").with_columns(pl.col("_fate").alias("_reasons"))
    dirty = soil(dirty, "return_items", config, _ITEM_NUMBERS)
    kinds = [pl.col(c).cast(dirty.schema[c]) for c in _ITEM_NUMBERS]
    return pl.concat([clean.with_columns(kinds), copied.with_columns(kinds), dirty])
