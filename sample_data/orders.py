"""Orders and order items of a day, with everything that happens to them.

An order is (day it was placed, number of the day). Stories told here: dirt; late customers and late products;
an order sent twice on its day (once with a worse newer version), or again two days later with other
quantities; orders in a late file; orders whose quantities a correction changes. No files and no counting.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator

import polars as pl

from .catalogue import units
from .config import CORRECTED_AFTER, LATE_FILE_AFTER, RESENT_AFTER, SampleConfig
from .dirt import REASONS, soil
from .draws import below, bits, row_key, spellings, u64, word
from .lines import count_of, explode, money, sums
from .parts import Part, valid
from .people import known, persons
from .stories import layout

ORDER, GUEST = 2, 7
_DAY_US = 86_400_000_000
_ORDER_NUMBERS = ("gross_total", "net_total", "total_discount_amount")
_LINE_NUMBERS = ("product_id", "quantity", "unit_price", "discount_amount", "cost_price")


def core(frame: pl.DataFrame, config: SampleConfig) -> pl.DataFrame:
    """What is decided about an order before anything is written about it.

    Needs _day and _n; adds _key, _ts (UTC), _registered, _number (of the customer), _from_cart, _lines.
    """
    seed, key = config.seed, pl.col("_key")
    first_us = (config.start - dt.date(1970, 1, 1)).days * _DAY_US
    people = config.customers + (pl.col("_day") - 2).clip(0) * config.new_customers_per_day
    # The mean of two draws: noon is busier than midnight.
    within = (below(key, seed, "t1", _DAY_US) + below(key, seed, "t2", _DAY_US)) // 2
    return (
        frame.with_columns(row_key(ORDER, pl.col("_day"), pl.col("_n")).alias("_key"))
        .with_columns(
            (first_us + pl.col("_day") * _DAY_US + within).cast(pl.Datetime("us")).alias("_ts"),
            (bits(key, seed, "guest") % 100 >= 30).alias("_registered"),
            below(key, seed, "customer", people).alias("_number"),
            (bits(key, seed, "cart") % 4 == 0).alias("_from_cart"),
            count_of(key, config).alias("_lines"),
        )
        .with_columns(pl.col("_from_cart") & pl.col("_registered"))
    )


def scrambled(day: pl.Expr, number: pl.Expr, spare: int) -> pl.Expr:
    """A 13-digit number for (day, number, spare < 4) that no other row has: times an odd number, modulo 2^42."""
    packed = (day.cast(pl.UInt64) * u64(1 << 24) + number.cast(pl.UInt64)) * u64(4) + u64(spare)
    return (packed * u64(0x5DEECE66D1) % u64(1 << 42)).cast(pl.String).str.zfill(13)


def order_id() -> pl.Expr:
    """The order's id from _day and _n."""
    return pl.lit("ORD-") + scrambled(pl.col("_day"), pl.col("_n"), 0)


def with_customer(frame: pl.DataFrame, config: SampleConfig) -> pl.DataFrame:
    """Adds customer_id, e-mail, address and tier; needs _key, _day, _registered and _number."""
    guest = pl.lit("GUEST-") + (bits(pl.col("_key"), config.seed, "guest_id") % 900_000 + 100_000).cast(
        pl.String
    )
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


def order_parts(config: SampleConfig, day: int) -> Iterator[Part]:
    """The files of orders and order_items that count for a day, whenever they arrive; items after their orders."""
    rows = (
        layout(config, "orders", day)
        .frame()
        .with_columns(pl.lit(day, dtype=pl.Int64).alias("_day"), pl.lit(0, dtype=pl.Int64).alias("_rev"))
    )
    again = _sent_again(config, day)
    base = pl.concat([rows.filter(pl.col("_fate") != "late_file"), again])
    newer = rows.filter(pl.col("_fate").is_in(["resent", "resent_invalid"])).with_columns(
        (pl.when(pl.col("_fate") == "resent").then(1).otherwise(2)).cast(pl.Int64).alias("_rev")
    )
    sent = [("base", 0, base, "part-0000", 1, "daily"), ("base", 0, newer, "part-0001", 3, "resend")]
    if config.has_late_file(day):
        late = rows.filter(pl.col("_fate") == "late_file")
        sent.append(("late", LATE_FILE_AFTER, late, "part-0002", 1, "late"))
    if config.is_corrected(day) and day + CORRECTED_AFTER <= config.last:
        changed = pl.when(pl.col("_fate") == "corrected").then(1).otherwise("_rev").alias("_rev")
        sent.append(("corrected", CORRECTED_AFTER, base.with_columns(changed), "part-1000", 1, "correction"))
        sent.append(("corrected", CORRECTED_AFTER, newer, "part-1001", 3, "correction-resend"))
    for stage, after, keys, name, hours, batch in sent:
        if keys.height and day + after <= config.last:
            yield from _files(
                config,
                keys,
                Part(
                    "orders",
                    day,
                    day + after,
                    f"ingest_dt={config.date(day)}",
                    name,
                    keys,
                    stage,
                    hours,
                    batch,
                ),
            )


def _sent_again(config: SampleConfig, day: int) -> pl.DataFrame:
    """Orders of two days before that come once more, complete and with other quantities."""
    then = day - RESENT_AFTER
    schema = {"_n": pl.Int64, "_fate": pl.String, "_k": pl.Int64, "_day": pl.Int64, "_rev": pl.Int64}
    if then < 0:
        return pl.DataFrame(schema=schema)
    rows = layout(config, "orders", then).frame().filter(pl.col("_fate") == "resent_later")
    return rows.with_columns(
        pl.lit("again").alias("_fate"),
        pl.lit(then, dtype=pl.Int64).alias("_day"),
        pl.lit(1, dtype=pl.Int64).alias("_rev"),
    )


def _files(config: SampleConfig, keys: pl.DataFrame, part: Part) -> Iterator[Part]:
    orders = _fated(core(keys, config)).with_columns(order_id().alias("order_id"))
    itemised = orders.filter(pl.col("_rev") < 2)
    lines = explode(orders, config, ["_n", "_k", "order_id", "_fate", "_child", "_released", "_rescinded"])
    totals = [sums(lines, orders, c).alias(c) for c in ("_gross", "_disc", "_q")]
    table = _order_columns(orders.with_columns(totals), config, part.day)
    clean, dirty = table.filter(pl.col("_fate") == ""), table.filter(pl.col("_fate") != "")
    dirty = soil(dirty, "orders", config, _ORDER_NUMBERS)
    if dirty.height:
        clean = clean.with_columns(pl.col(c).cast(dirty.schema[c]) for c in _ORDER_NUMBERS)
        table = pl.concat([clean, dirty]).sort("_ts", "_n")
    span = (str(config.date(part.day)),) * 2
    broken = int(config.is_text and not config.clean and part.name == "part-0000")
    yield dataclasses.replace(part, frame=table, event_days=span, unparsable=broken)
    if itemised.height < orders.height:
        lines = lines.filter(pl.col("_rev") < 2)
    if lines.height:
        items = _item_columns(lines, config)
        yield dataclasses.replace(part, table="order_items", frame=items, event_days=span, unparsable=broken)


def _fated(orders: pl.DataFrame) -> pl.DataFrame:
    """Adds _reasons of the order, _child (reasons of all its lines), _released and _rescinded (day or null).

    From here on _fate says what happens to this version of the order: the reasons that `soil` has to cause.
    """
    fate, rev = pl.col("_fate"), pl.col("_rev")
    dirt = fate.is_in(REASONS["orders"])
    late = fate == "late_customer"
    replaced = (fate == "resent") & (rev == 0)
    worse = (fate == "resent_invalid") & (rev == 2)
    reasons = (
        pl.when(dirt)
        .then(fate)
        .when(late)
        .then(pl.lit("unknown_customer"))
        .when(worse)
        .then(pl.lit("net_above_gross"))
        .when(replaced)
        .then(pl.lit("duplicate_order_id"))
        .otherwise(pl.lit(""))
    )
    child = (
        pl.when(dirt | late)
        .then(pl.lit("unknown_order"))
        .when(replaced)
        .then(pl.lit("duplicate_order_id_line_no"))
        .otherwise(pl.lit(""))
    )
    arrives = pl.col("_day") + 1 + pl.col("_k") % 2
    return orders.with_columns(
        reasons.alias("_reasons"),
        child.alias("_child"),
        pl.when(late).then(arrives).alias("_released"),
        pl.when(fate == "resent_later").then(pl.col("_day") + RESENT_AFTER).alias("_rescinded"),
        pl.when(late).then(True).otherwise(pl.col("_registered")).alias("_registered"),
    )


def _order_columns(orders: pl.DataFrame, config: SampleConfig, day: int) -> pl.DataFrame:
    """The order columns in the real drops' order, and the hidden ones; `_fate` becomes the dirt to cause."""
    frame = with_customer(orders, config)
    key, seed, neat = pl.col("_key"), config.seed, not config.clean
    customer = pl.when(pl.col("_fate") == "late_customer").then(late_customer("O")).otherwise("customer_id")
    speed = bits(key, seed, "speed") % 100
    cost = pl.when(speed < 68).then(5.0).when(speed < 86).then(45.0).otherwise(80.0)
    columns = [
        "order_id",
        (pl.col("_q") + below(key, seed, "miscount", 3) * neat).alias("total_items"),
        pl.col("_ts").dt.strftime("%Y-%m-%d %H:%M:%S%.6f").alias("order_date"),
        customer.alias("customer_id"),
        "email",
        word(key, seed, "channel", _words(config, "channel")).alias("order_channel"),
        (speed >= 80).alias("is_expedited"),
        pl.col("_tier").alias("customer_tier"),
        money("_gross").alias("gross_total"),
        units(pl.col("_gross") - pl.col("_disc")).alias("net_total"),
        money("_disc").alias("total_discount_amount"),
        word(key, seed, "payment", _words(config, "payment")).alias("payment_method"),
        word(key, seed, "shipping", _words(config, "shipping")).alias("shipping_speed"),
        cost.alias("shipping_cost"),
        word(key, seed, "agent", _words(config, "agent", 3)).alias("agent_id"),
        (cost * (0.8 + (bits(key, seed, "actual") % 40).cast(pl.Float64) / 100))
        .round(2)
        .alias("actual_shipping_cost"),
        units((pl.col("_gross") - pl.col("_disc")) * 29 // 1000).alias("payment_processing_fee"),
        pl.col("_address").alias("shipping_address"),
        pl.col("_address").alias("billing_address"),
        word(key, seed, "clv", _words(config, "clv")).alias("clv_bucket"),
        (bits(key, seed, "back") % 50 == 0).alias("is_reactivated"),
    ]
    if config.has_gift_message(day):
        columns.append(word(key, seed, "gift", _words(config, "gift", 60)).alias("gift_message"))
    dirt = pl.when(pl.col("_reasons").is_in(REASONS["orders"]) & (pl.col("_fate") != "late_customer"))
    return (
        valid(frame.drop("_reasons", "_released"))
        .with_columns(frame["_reasons"], frame["_released"])
        .select(
            *columns,
            (key + pl.col("_rev").cast(pl.UInt64) * u64(1 << 48)).alias("_event"),
            "_reasons",
            "_released",
            "_older",
            "_ts",
            "_n",
            dirt.then("_reasons").otherwise(pl.lit("")).alias("_fate"),
        )
    )


_VOCABULARY = {
    "channel": {"Web": 46, "Phone": 20, "Social Media": 15, "Ebay": 14, "NewEgg": 5},
    "payment": {"Credit Card": 60, "PayPal": 20, "Apple Pay": 10, "ACH": 5, "Google Pay": 5},
    "shipping": {"Standard": 68, "Two-Day": 18, "Overnight": 14},
    "agent": {"ONLINE": 78, "CSR-0003": 6, "CSR-0008": 6, "CSR-0011": 5, "CSR-0016": 5},
    "clv": {"High": 60, "Medium": 25, "Low": 15},
    "gift": {"Happy birthday!": 60, 'With love, "J"': 25, "Thanks, all": 15},
}


def _words(config: SampleConfig, name: str, blanks: int = 0) -> pl.Series:
    return spellings(_VOCABULARY[name], blanks, not config.clean)


def _item_columns(lines: pl.DataFrame, config: SampleConfig) -> pl.DataFrame:
    """The order item columns and hidden ones: also _cents (net value), _day, _rescinded for the ledger's sums."""
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
            pl.when(late)
            .then(10_000_000 + pl.col("_day") * 100_000 + pl.col("_k"))
            .otherwise("_p")
            .alias("_p"),
            own.when(late).then(pl.lit("unknown_product")).otherwise("_child").alias("_child"),
            pl.when(late)
            .then(pl.col("_day") + 1 + pl.col("_k") % 2)
            .otherwise("_released")
            .alias("_released"),
        )
    )
    # Sent twice word for word: the same event, so the same line; one of the two is one too many.
    twins = fated.filter(pl.col("_fate") == "twin").with_columns(
        pl.lit("duplicate_order_id_line_no").alias("_reasons")
    )
    fated = fated.with_columns(
        pl.when(pl.col("_fate").is_in(REASONS["order_items"]))
        .then("_fate")
        .otherwise(pl.lit(""))
        .alias("_fate")
    )
    dirty = soil(fated, "order_items", config, _LINE_NUMBERS)
    kinds = [pl.col(c).cast(dirty.schema[c]) for c in _LINE_NUMBERS]
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
