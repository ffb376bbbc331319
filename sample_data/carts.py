"""Shopping carts and cart items of a day.

A quarter of the registered orders come from a cart up to 48 hours older. Such a cart is derived from its
order (same lines, status converted), also when the order is placed on one of the next two days; all other
carts are numbered per day and carry the dirt. Neither files nor counting here.
"""

from collections.abc import Iterator

import polars as pl

from .config import SampleConfig
from .dirt import REASONS, soil
from .draws import below, bits, row_key, spellings, u64, word
from .lines import count_of, explode, money, sums
from .order_core import core, late_customer, scrambled, with_customer
from .parts import Part, valid, with_older_copies
from .stories import layout

CART = 3
_DAY_US = 86_400_000_000
_SHAPE = "%Y-%m-%dT%H:%M:%S%.6f"
_ITEM_NUMBERS = ("cart_item_id", "product_id", "quantity", "unit_price")
_COMMON = ["_key", "_day", "_n", "_fate", "_k", "_ts", "_registered", "_number", "_lines", "cart_id"]


def cart_parts(config: SampleConfig, day: int) -> Iterator[Part]:
    """The files of shopping_carts and cart_items of a day."""
    carts = pl.concat([_open(config, day), _converted(config, day)]).with_columns(
        pl.lit(0, dtype=pl.Int64).alias("_rev"), pl.lit(day, dtype=pl.Int64).alias("_day")
    )
    if carts.is_empty():
        return
    carts = _fated(carts)
    lines = explode(carts, config, ["_n", "_k", "_ts", "cart_id", "_fate", "_child", "_released", "_status"])
    carts = carts.with_columns(sums(lines, carts, "_gross"))
    folder, span = f"ingest_dt={config.date(day)}", (str(config.date(day)),) * 2
    table = _cart_columns(carts, config)
    clean, dirty = table.filter(pl.col("_fate") != "soil"), table.filter(pl.col("_fate") == "soil")
    dirty = soil(dirty.with_columns(pl.col("_reasons").alias("_fate")), "shopping_carts", config, ("cart_total",))
    clean = with_older_copies(clean, pl.col("_fate") == "duplicate", "cart_id")
    if dirty.height:
        clean = pl.concat([clean.with_columns(pl.col("cart_total").cast(dirty.schema["cart_total"])), dirty])
    yield Part("shopping_carts", day, day, folder, "part-0000", clean.sort("_ts", "_event"), event_days=span)
    items = _items(lines.filter(pl.col("_status") != "emptied"), config, day)
    if items.height:
        yield Part("cart_items", day, day, folder, "part-0000", items, event_days=span)


def _open(config: SampleConfig, day: int) -> pl.DataFrame:
    rows = layout(config, "shopping_carts", day).frame()
    frame = core(rows.with_columns(pl.lit(day, dtype=pl.Int64).alias("_day")), config)
    key = row_key(CART, pl.col("_day"), pl.col("_n"))
    # The order's draws again, under another key.
    return frame.with_columns(
        key.alias("_key"),
        below(key, config.seed, "customer", config.known_customers(day)).alias("_number"),
        (pl.col("_ts").dt.truncate("1d") + pl.duration(microseconds=below(key, config.seed, "t", _DAY_US))).alias(
            "_ts"
        ),
        (bits(key, config.seed, "guest") % 100 >= 30).alias("_registered"),
        count_of(key, config).alias("_lines"),
        (pl.lit("CART-") + scrambled(pl.col("_day"), pl.col("_n"), 1)).alias("cart_id"),
    ).select(_COMMON)


def _converted(config: SampleConfig, day: int) -> pl.DataFrame:
    """Carts of the day whose order is placed on this day or one of the next two."""
    frames = []
    for placed in range(day, day + 3):
        plan = layout(config, "orders", placed)
        rows = pl.select(
            pl.int_range(plan.clean_from, plan.rows).alias("_n"), pl.lit(placed, dtype=pl.Int64).alias("_day")
        )
        rows = core(rows, config).filter(pl.col("_from_cart"))
        before = below(pl.col("_key"), config.seed, "cart_lag", 172_700 * 1_000_000) + 60_000_000
        rows = rows.with_columns((pl.col("_ts") - pl.duration(microseconds=before)).alias("_ts"))
        frames.append(rows.filter(pl.col("_ts").dt.date() == config.date(day)))
    return (
        pl.concat(frames)
        .with_columns(
            (pl.lit("CART-") + scrambled(pl.col("_day"), pl.col("_n"), 2)).alias("cart_id"),
            pl.lit("converted").alias("_fate"),
            pl.lit(0, dtype=pl.Int64).alias("_k"),
        )
        .select(_COMMON)
    )


def _fated(carts: pl.DataFrame) -> pl.DataFrame:
    fate = pl.col("_fate")
    dirt, late = fate.is_in(REASONS["shopping_carts"]), fate == "late_customer"
    draw = bits(pl.col("_key"), 0, "status") % 100
    plain = (
        pl.when(draw < 15).then(pl.lit("emptied")).when(draw < 30).then(pl.lit("open")).otherwise(pl.lit("abandoned"))
    )
    status = (
        pl.when(fate == "converted")
        .then(pl.lit("converted"))
        .when(fate == "")
        .then(plain)
        .otherwise(pl.lit("abandoned"))
    )
    return carts.with_columns(
        pl.when(dirt).then(fate).when(late).then(pl.lit("unknown_customer")).otherwise(pl.lit("")).alias("_reasons"),
        pl.when(dirt | late).then(pl.lit("unknown_cart")).otherwise(pl.lit("")).alias("_child"),
        pl.when(late).then(pl.col("_day") + 1 + pl.col("_k") % 2).alias("_released"),
        status.alias("_status"),
    )


def _cart_columns(carts: pl.DataFrame, config: SampleConfig) -> pl.DataFrame:
    """The cart columns in the real drops' order, and the hidden ones; `_fate` 'soil' asks for dirt."""
    frame = with_customer(carts, config)
    key, seed, status = pl.col("_key"), config.seed, pl.col("_status")
    ways = spellings({"x": 1}, cosmetic=not config.clean)
    spelt = word(key, seed, "spelling", ways)
    said = (
        pl.when(spelt == "X")
        .then(status.str.to_uppercase())
        .when(spelt == "x")
        .then(status)
        .otherwise(pl.format(" {}  ", status))
    )
    updated = pl.col("_ts") + pl.duration(seconds=below(key, seed, "updated", 1800) + 1)
    silent = (bits(key, seed, "silent") % 25 == 0) & (not config.clean)
    total = pl.when(status == "emptied").then(0.0).otherwise(money("_gross"))
    shop = pl.col("_fate").is_in(REASONS["shopping_carts"])
    return frame.select(
        "cart_id",
        pl.when(pl.col("_fate") == "late_customer")
        .then(late_customer("C"))
        .otherwise("customer_id")
        .alias("customer_id"),
        pl.col("_ts").dt.strftime(_SHAPE).alias("created_at"),
        pl.when(~silent).then(updated.dt.strftime(_SHAPE)).alias("updated_at"),
        total.alias("cart_total"),
        said.alias("status"),
        (key ^ u64(1 << 62)).alias("_event"),
        "_reasons",
        "_released",
        pl.lit(False).alias("_older"),
        "_ts",
        "_n",
        pl.when(shop).then(pl.lit("soil")).otherwise("_fate").alias("_fate"),
    )


def _items(lines: pl.DataFrame, config: SampleConfig, day: int) -> pl.DataFrame:
    """The cart item columns in the real drops' order, and the hidden ones."""
    first = pl.col("_fate").str.starts_with("line:") & (pl.col("_line") == 0)
    number = day * 100_000_000 + pl.int_range(1, pl.len() + 1)
    plain = (
        valid(lines.drop("_released"))
        .with_columns(lines["_released"])
        .select(
            number.alias("cart_item_id"),
            "cart_id",
            pl.col("_p").alias("product_id"),
            "product_name",
            "category",
            (pl.col("_ts") + pl.duration(seconds=pl.col("_line") * 40 + 5)).dt.strftime(_SHAPE).alias("added_at"),
            pl.col("_q").alias("quantity"),
            money("_unit").alias("unit_price"),
            (pl.col("_event") ^ u64(1 << 61)).alias("_event"),
            pl.col("_child").alias("_reasons"),
            "_released",
            "_older",
            "_n",
            pl.when(first).then(pl.col("_fate").str.strip_prefix("line:")).otherwise(pl.lit("")).alias("_fate"),
        )
    )
    clean, fated = plain.filter(pl.col("_fate") == ""), plain.filter(pl.col("_fate") != "")
    clean = pl.concat(
        [clean, with_older_copies(fated.filter(pl.col("_fate") == "duplicate"), pl.lit(True), "cart_item_id")]
    )
    dirty = fated.filter(pl.col("_fate") != "duplicate").with_columns(pl.col("_fate").alias("_reasons"))
    if dirty.is_empty():
        return clean
    dirty = soil(dirty, "cart_items", config, _ITEM_NUMBERS)
    return pl.concat([clean.with_columns(pl.col(c).cast(dirty.schema[c]) for c in _ITEM_NUMBERS), dirty])
