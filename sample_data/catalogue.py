"""Products: names, prices as of a day, and the deliveries of the product catalogue.

A product's price on a day is a closed form (it changes every 97 days), so lines of any day can be priced
without history; money is counted in cents. Product numbers run from 1 to `config.products`; late products
and dirty ones have numbers far above.
"""

from functools import lru_cache

import polars as pl

from .config import SampleConfig
from .dirt import allot, at_least_one, soil
from .draws import below, bits, pick, row_key, share
from .parts import Part, valid, with_older_copies
from .stories import late_products

PRODUCT = 5
_RHYTHM = 97
_DIRTY = 500_000_000
CATEGORIES = ("Books", "Clothing", "Electronics", "Home", "Toys")
_ADJECTIVES = {
    "Books": ("Classic", "Modern", "Illustrated", "Hardcover"),
    "Clothing": ("Comfortable", "Stylish", "Warm", "Light"),
    "Electronics": ("Smart", "Wireless", "Portable", "Compact"),
    "Home": ("Rustic", "Elegant", "Sturdy", "Minimal"),
    "Toys": ("Educational", "Colorful", "Wooden", "Tiny"),
}
_NOUNS = {
    "Books": ("Novel", "Guide", "Memoir", "Anthology"),
    "Clothing": ("Jacket", "Sweater", "Scarf", "Shirt"),
    "Electronics": ("Camera", "Speaker", "Charger", "Lamp"),
    "Home": ("Chair", "Rug", "Table", "Vase"),
    "Toys": ("Blocks", "Puzzle", "Robot", "Kite"),
}
_NAMES = [f"{a} {n}" for c in CATEGORIES for a in _ADJECTIVES[c] for n in _NOUNS[c]]


@lru_cache(maxsize=8)
def base(config: SampleConfig) -> pl.DataFrame:
    """One row per regular product in number order: product_name, category, _price and _cost (cents)."""
    return _base_of(pl.int_range(1, config.products + 1, eager=True), config)


def _base_of(numbers: pl.Series, config: SampleConfig) -> pl.DataFrame:
    key, seed = row_key(PRODUCT, pl.lit(0), pl.col("p")), config.seed
    category = below(key, seed, "category", len(CATEGORIES))
    price = (share(key, seed, "price") ** 2 * 55_000).cast(pl.Int64) + 499
    frame = (
        numbers.alias("p")
        .to_frame()
        .select(
            category.alias("c"),
            below(key, seed, "name", 16).alias("n"),
            price.alias("_price"),
            (price * (below(key, seed, "margin", 40) + 30) // 100).alias("_cost"),
        )
    )
    return frame.select(
        pick(pl.col("c") * 16 + pl.col("n"), _NAMES).alias("product_name"),
        pick(pl.col("c"), CATEGORIES).alias("category"),
        "_price",
        "_cost",
    )


def units(cents: pl.Expr) -> pl.Expr:
    """Cents as units with two decimals, as the Float64 nearest to them.

    Without rounding Polars multiplies by 0.01, which is off in the last digit for every eighth amount.
    """
    return (cents / 100).round(2)


def price_on(base_price: pl.Expr, number: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Price in cents of a product on a day: up to 12 % above its first price, so never below its cost."""
    changes = (day + number) // _RHYTHM - number // _RHYTHM
    return base_price * (100 + 4 * (changes % 4)) // 100


def product_parts(config: SampleConfig, day: int) -> list[Part]:
    """All catalogue files of a day: the first catalogue by category, later ones as small deliveries."""
    regular = _regular(config, day).with_columns(pl.lit("").alias("_fate"))
    late = pl.Series(late_products(config, day), dtype=pl.Int64)
    frame = _catalogue(
        pl.concat([regular, late.alias("p").to_frame().with_columns(pl.lit("").alias("_fate"))]), config, day
    )
    twice = at_least_one(config, frame.height, 0.002)
    clean = with_older_copies(frame, pl.int_range(pl.len()) < twice, "product_id")
    numbers = ("product_id", "unit_price", "cost_price", "inventory_quantity")
    dirty = soil(_catalogue(_dirty(config, day), config, day), "product_catalog", config, numbers)
    if dirty.height:
        clean = clean.with_columns(pl.col(c).cast(dirty.schema[c]) for c in numbers)
    rows = pl.concat([clean, dirty]) if dirty.height else clean
    if rows.is_empty():
        return []
    if day:
        return [Part("product_catalog", day, day, f"ingest_dt={config.date(day)}", "part-0000", rows)]
    by_category = [(c, rows.filter(pl.col("category") == c)) for c in CATEGORIES]
    return [Part("product_catalog", 0, 0, f"category={c}", "part-0000", r) for c, r in by_category if r.height]


def _regular(config: SampleConfig, day: int) -> pl.DataFrame:
    """Numbers of the regular products delivered: all; later those with a new price, weekly 25 as before."""
    numbers = pl.int_range(1, config.products + 1, eager=True).alias("p").to_frame()
    if day == 0:
        return numbers
    again = 25 if day % 7 == 3 else 0
    return numbers.filter(((pl.col("p") + day) % _RHYTHM == 0) | (pl.col("p") <= again))


def _dirty(config: SampleConfig, day: int) -> pl.DataFrame:
    rows = config.products if day == 0 else config.products / _RHYTHM
    fates = [r for reason, n in allot(config, "product_catalog", day, rows, all_at_once=day == 0) for r in [reason] * n]
    numbers = [_DIRTY + day * 1000 + i for i in range(len(fates))]
    return pl.DataFrame({"p": numbers, "_fate": fates}, schema={"p": pl.Int64, "_fate": pl.String})


def _catalogue(frame: pl.DataFrame, config: SampleConfig, day: int) -> pl.DataFrame:
    """The catalogue columns in the real drops' order for the numbers in `p`."""
    frame = pl.concat([frame, _base_of(frame["p"], config)], how="horizontal")
    key = row_key(PRODUCT, pl.lit(day), pl.col("p"))
    name = pl.col("product_name")
    odd = (bits(key, config.seed, "odd") % 50 == 0) & (not config.clean)
    return valid(frame).select(
        pl.col("p").alias("product_id"),
        pl.when(odd).then(pl.format("  {} ", name)).otherwise(name).alias("product_name"),
        "category",
        units(price_on(pl.col("_price"), pl.col("p"), pl.lit(day))).alias("unit_price"),
        units(pl.col("_cost")).alias("cost_price"),
        below(key, config.seed, "stock", 200).alias("inventory_quantity"),
        key.alias("_event"),
        pl.col("_fate").alias("_reasons"),
        "_released",
        "_older",
        "_fate",
        pl.col("p").alias("_n"),
    )
