"""Orders of a day with everything that happens to them, and the files they and their items travel in.

Stories told here: dirt; late customers; an order sent twice on its day (once with a worse newer version), or
again two days later with other quantities; orders in a late file; orders whose quantities a correction
changes. Nothing is written and nothing counted here.
"""

import dataclasses
from collections.abc import Iterator

import polars as pl

from .catalogue import units
from .config import CORRECTED_AFTER, LATE_FILE_AFTER, RESENT_AFTER, SampleConfig
from .dirt import REASONS, soil
from .draws import below, bits, spellings, u64, word
from .lines import explode, money, sums
from .order_core import core, late_customer, order_id, with_customer
from .order_items import item_columns
from .parts import Part
from .stories import layout

_NUMBERS = ("gross_total", "net_total", "total_discount_amount")


def order_parts(config: SampleConfig, day: int) -> Iterator[Part]:
    """The files of orders and order_items that count for a day and have arrived by the last day."""
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
            folder = f"ingest_dt={config.date(day)}"
            part = Part("orders", day, day + after, folder, name, keys, stage, hours, batch)
            yield from _files(config, keys, part)


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
    dirty = soil(dirty, "orders", config, _NUMBERS)
    if dirty.height:
        clean = clean.with_columns(pl.col(c).cast(dirty.schema[c]) for c in _NUMBERS)
        table = pl.concat([clean, dirty]).sort("_ts", "_n")
    span = (str(config.date(part.day)),) * 2
    broken = int(config.is_text and not config.clean and part.name == "part-0000")
    yield dataclasses.replace(part, frame=table, event_days=span, unparsable=broken)
    if itemised.height < orders.height:
        lines = lines.filter(pl.col("_rev") < 2)
    if lines.height:
        items = item_columns(lines, config)
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
    """The order columns and the hidden ones; `_fate` becomes the dirt to cause."""
    dirt = pl.when(pl.col("_reasons").is_in(REASONS["orders"]) & (pl.col("_fate") != "late_customer"))
    return with_customer(orders, config).select(
        *_data_columns(config, day),
        (pl.col("_key") + pl.col("_rev").cast(pl.UInt64) * u64(1 << 48)).alias("_event"),
        "_reasons",
        "_released",
        pl.lit(False).alias("_older"),
        "_ts",
        "_n",
        dirt.then("_reasons").otherwise(pl.lit("")).alias("_fate"),
    )


def _data_columns(config: SampleConfig, day: int) -> list[pl.Expr]:
    """The columns of an order in the real drops' order."""
    key, seed, neat = pl.col("_key"), config.seed, not config.clean
    customer = pl.when(pl.col("_fate") == "late_customer").then(late_customer("O")).otherwise("customer_id")
    speed = bits(key, seed, "speed") % 100
    cost = pl.when(speed < 68).then(5.0).when(speed < 86).then(45.0).otherwise(80.0)
    actual = 0.8 + (bits(key, seed, "actual") % 40).cast(pl.Float64) / 100
    columns = [
        pl.col("order_id"),
        (pl.col("_q") + below(key, seed, "miscount", 3) * neat).alias("total_items"),
        pl.col("_ts").dt.strftime("%Y-%m-%d %H:%M:%S%.6f").alias("order_date"),
        customer.alias("customer_id"),
        pl.col("email"),
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
        (cost * actual).round(2).alias("actual_shipping_cost"),
        units((pl.col("_gross") - pl.col("_disc")) * 29 // 1000).alias("payment_processing_fee"),
        pl.col("_address").alias("shipping_address"),
        pl.col("_address").alias("billing_address"),
        word(key, seed, "clv", _words(config, "clv")).alias("clv_bucket"),
        (bits(key, seed, "back") % 50 == 0).alias("is_reactivated"),
    ]
    if config.has_gift_message(day):
        columns.append(word(key, seed, "gift", _words(config, "gift", 60)).alias("gift_message"))
    return columns


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
