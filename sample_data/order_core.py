"""What is decided about an order before anything is written about it, and who placed it.

An order is (day it was placed, number of the day); everything else is drawn from these two, so orders, carts
and returns agree about an order without passing it around. No columns of files and no dirt here.
"""

import datetime as dt

import polars as pl

from .config import SampleConfig
from .draws import below, bits, row_key, u64
from .lines import count_of
from .people import known, persons

ORDER, GUEST = 2, 7
DAY_US = 86_400_000_000


def core(frame: pl.DataFrame, config: SampleConfig) -> pl.DataFrame:
    """When, by whom and how much was ordered.

    Needs _day and _n; adds _key, _ts (UTC), _registered, _number (of the customer), _from_cart, _lines.
    """
    seed, key = config.seed, pl.col("_key")
    first_us = (config.start - dt.date(1970, 1, 1)).days * DAY_US
    people = config.customers + (pl.col("_day") - 2).clip(0) * config.new_customers_per_day
    # The mean of two draws: noon is busier than midnight.
    within = (below(key, seed, "t1", DAY_US) + below(key, seed, "t2", DAY_US)) // 2
    return (
        frame.with_columns(row_key(ORDER, pl.col("_day"), pl.col("_n")).alias("_key"))
        .with_columns(
            (first_us + pl.col("_day") * DAY_US + within).cast(pl.Datetime("us")).alias("_ts"),
            (bits(key, seed, "guest") % 100 >= 30).alias("_registered"),
            below(key, seed, "customer", people).alias("_number"),
            (bits(key, seed, "cart") % 4 == 0).alias("_from_cart"),
            count_of(key, config).alias("_lines"),
        )
        .with_columns(pl.col("_from_cart") & pl.col("_registered"))
    )


def scrambled(day: pl.Expr, number: pl.Expr, spare: int) -> pl.Expr:
    """13 digits that only this (day, number, spare < 4) has: multiplied by an odd number, modulo 2^42."""
    packed = (day.cast(pl.UInt64) * u64(1 << 24) + number.cast(pl.UInt64)) * u64(4) + u64(spare)
    return (packed * u64(0x5DEECE66D1) % u64(1 << 42)).cast(pl.String).str.zfill(13)


def order_id() -> pl.Expr:
    """The order's id from _day and _n."""
    return pl.lit("ORD-") + scrambled(pl.col("_day"), pl.col("_n"), 0)


def with_customer(frame: pl.DataFrame, config: SampleConfig) -> pl.DataFrame:
    """Adds customer_id, e-mail, address and tier; needs _key, _day, _registered and _number."""
    guest_number = bits(pl.col("_key"), config.seed, "guest_id") % 900_000 + 100_000
    guest = pl.lit("GUEST-") + guest_number.cast(pl.String)
    registered = pl.lit("CUST-") + (pl.col("_number") + 1).cast(pl.String)
    frame = frame.with_columns(*known(config, pl.col("_number"), pl.col("_day"))).with_columns(
        pl.when("_registered").then("_person").otherwise(pl.col("_key") + u64(GUEST << 58)).alias("_person"),
        pl.when("_registered").then(registered).otherwise(guest).alias("customer_id"),
    )
    return persons(frame, config)


def late_customer(prefix: str) -> pl.Expr:
    """The id of the customer that a row with the fate late_customer waits for."""
    day = pl.col("_day").cast(pl.String).str.zfill(5)
    return pl.concat_str(pl.lit("CUST-L"), day, pl.lit(prefix), pl.col("_k").cast(pl.String))
