"""Dirt: which reasons exist per table, how many rows of a day get each, and what a row then looks like.

A day's rows are numbered; the first few numbers are given away to fates (a reason, or a story such as
'resent'), everything behind them is clean. So it is known beforehand which rows are dirty, and other tables
can refer to clean rows without looking at them. A fate that is dirt is spelt as its reasons, comma-joined:
the same text becomes the row's `_reasons`. Cascades to children live with the tables, counting in `ledger`.
"""

import polars as pl

from .config import SampleConfig
from .draws import names, pick

BLANKS = (None, "", "N/A", "None", "  ", "nan")
BAD_DATES = ("soon", "2025-13-45", "0001-01-01")
BAD_EMAILS = ("jane.doe.example.com", "jane@localhost", "@.b", "none@")
NEVER = 900_000_000_000
"""Product numbers from here on never arrive."""

TEXT_ONLY = frozenset(names("bad_product_id bad_quantity bad_cart_item_id bad_return_item_id bad_quantity_returned"))
"""Whole numbers cannot be unreadable in a typed Parquet column; money can (1e300)."""

REASONS: dict[str, tuple[str, ...]] = {
    # A negative gross total always lies below a net total that is not itself dirty: two reasons.
    "orders": tuple(
        names(
            "missing_order_id missing_customer_id missing_order_date bad_order_date future_order_date "
            "missing_gross_total bad_gross_total negative_gross_total,net_above_gross missing_net_total "
            "bad_net_total negative_net_total negative_total_discount_amount net_above_gross "
            "unknown_customer bad_order_date,negative_net_total"
        )
    ),
    "order_items": tuple(
        names(
            "missing_order_id missing_product_id bad_product_id nonpositive_product_id missing_quantity "
            "bad_quantity nonpositive_quantity missing_unit_price bad_unit_price negative_unit_price "
            "negative_discount_amount negative_cost_price unknown_order unknown_product "
            "nonpositive_quantity,negative_discount_amount"
        )
    ),
    "customers": tuple(names("missing_customer_id missing_email malformed_email missing_signup_date bad_signup_date")),
    "product_catalog": tuple(
        names(
            "missing_product_id bad_product_id nonpositive_product_id missing_product_name "
            "missing_unit_price bad_unit_price negative_unit_price negative_cost_price "
            "negative_inventory_quantity price_below_cost"
        )
    ),
    "shopping_carts": tuple(
        names(
            "missing_cart_id missing_customer_id missing_created_at bad_created_at future_created_at "
            "negative_cart_total updated_before_created unknown_customer"
        )
    ),
    "cart_items": tuple(
        names(
            "missing_cart_item_id bad_cart_item_id nonpositive_cart_item_id missing_cart_id "
            "missing_product_id bad_product_id nonpositive_product_id missing_quantity bad_quantity "
            "nonpositive_quantity missing_unit_price bad_unit_price negative_unit_price unknown_cart "
            "unknown_product"
        )
    ),
    "returns": tuple(
        names(
            "missing_return_id missing_order_id missing_customer_id missing_return_date bad_return_date "
            "future_return_date negative_refunded_amount unknown_order unknown_customer"
        )
    ),
    "return_items": tuple(
        names(
            "missing_return_item_id bad_return_item_id nonpositive_return_item_id missing_return_id "
            "missing_order_id missing_product_id bad_product_id nonpositive_product_id "
            "missing_quantity_returned bad_quantity_returned nonpositive_quantity_returned "
            "negative_unit_price negative_cost_price negative_refunded_amount unknown_return "
            "unknown_order unknown_product"
        )
    ),
}


def injectable(table: str, config: SampleConfig) -> list[str]:
    """The fates of a table that are dirt and that the format can carry; none for a clean sample."""
    if config.clean:
        return []
    return [r for r in REASONS[table] if config.is_text or not TEXT_ONLY & set(r.split(","))]


def allot(config: SampleConfig, table: str, turn: int, rows: float, all_at_once: bool = False) -> list[tuple[str, int]]:
    """(fate, rows) for every reason of a table in its `turn`-th delivery of about `rows` rows.

    Counts come from a running total, so that over many days each reason gets its rate exactly, and rare
    reasons take turns instead of all falling on one day. `all_at_once` is for first deliveries of a master:
    every reason, if the rows suffice.
    """
    reasons = injectable(table, config)
    if all_at_once and config.dirt_cap * rows >= len(reasons):
        return [(reason, max(1, round(rows * config.dirt_rate))) for reason in reasons]
    lifted = min(1 / 6, config.dirt_cap * rows / max(1, len(reasons)))
    per_turn = max(rows * config.dirt_rate, lifted)
    counts = list[tuple[str, int]]()
    for i, reason in enumerate(reasons):
        phase = (i + 0.5) / len(reasons)
        counts.append((reason, int((turn + 1) * per_turn + phase) - int(turn * per_turn + phase)))
    return counts


def at_least_one(config: SampleConfig, rows: float, rate: float) -> int:
    """How many rows of a day play a part in a story that happens every day; 0 in a clean or minute sample."""
    if config.clean or rows < 20:
        return 0
    return max(1, round(rows * rate))


def soil(frame: pl.DataFrame, table: str, config: SampleConfig, columns: tuple[str, ...]) -> pl.DataFrame:
    """The frame with the dirt its `_fate` asks for; `_n` (Int64) varies the spelling. Shape stays the same.

    In text formats the `columns` (numbers) become text, so that they can hold what is no number.
    Only call it with the few dirty rows: each reason is one pass over the frame.
    """
    if config.is_text:
        frame = frame.with_columns(pl.col(c).cast(pl.String) for c in columns)
    present = {r for fate in frame["_fate"].unique().to_list() for r in fate.split(",") if r}
    for reason in sorted(present):
        hit = pl.col("_fate").str.split(",").list.contains(pl.lit(reason))
        change = _change(reason, table, frame, config)
        frame = frame.with_columns(
            pl.when(hit).then(new.cast(frame.schema[c])).otherwise(pl.col(c)).alias(c) for c, new in change.items()
        )
    return frame


def _change(reason: str, table: str, frame: pl.DataFrame, config: SampleConfig) -> dict[str, pl.Expr]:
    """What one reason does to a row: column → new value."""
    special = _special(reason, table, frame)
    if special is not None:
        return special
    kind, column = reason.split("_", 1)
    # Read as written: a number column stays numeric in Parquet and is text elsewhere.
    number = not isinstance(frame.schema[column], pl.String) or column in _NUMBERS
    if kind == "missing":
        blank = pl.lit(None) if number and not config.is_text else pick(pl.col("_n") % len(BLANKS), BLANKS)
        return {column: blank}
    if kind == "bad":
        if not number:
            return {column: pick(pl.col("_n") % len(BAD_DATES), BAD_DATES)}
        return {column: pick(pl.col("_n") % 3, ("twelve", "x7", "1,2,3")) if config.is_text else pl.lit(1e300)}
    if kind == "negative":
        lower = -(pl.col(column).cast(pl.Float64).abs() + 1).round(2)
        return {column: lower.cast(pl.Int64) if column == "inventory_quantity" else lower}
    if kind == "nonpositive":
        return {column: -(pl.col("_n") % 2)}
    raise ValueError(f"no dirt for {reason} in {table}")


_NUMBERS = frozenset(
    names(
        "product_id quantity unit_price discount_amount cost_price gross_total net_total "
        "total_discount_amount inventory_quantity cart_total cart_item_id return_item_id "
        "quantity_returned refunded_amount"
    )
)


def _special(reason: str, table: str, frame: pl.DataFrame) -> dict[str, pl.Expr] | None:
    """The reasons that are more than a blank, a word or a sign in the column they name."""
    number = pl.col("_n")
    future = {
        "future_order_date": ("order_date", "%Y-%m-%d %H:%M:%S%.6f"),
        "future_created_at": ("created_at", "%Y-%m-%dT%H:%M:%S%.6f"),
        "future_return_date": ("return_date", "%Y-%m-%d"),
    }
    if reason in future:
        column, shape = future[reason]
        moved = (pl.col("_ts") + pl.duration(days=number % 3 + 1)).dt.strftime(shape)
        # An update before the creation would be a second reason.
        return {column: moved} | ({"updated_at": pl.lit(None)} if column == "created_at" else {})
    if reason == "net_above_gross" and "negative_gross_total" in frame["_fate"].str.join(",").item():
        return {"net_total": pl.when(pl.col("_fate") == reason).then(_over_gross()).otherwise(pl.col("net_total"))}
    simple: dict[str, dict[str, pl.Expr]] = {
        "net_above_gross": {"net_total": _over_gross()},
        "unknown_customer": {
            "customer_id": pl.when(number % 2 == 0)
            .then("CUST-X" + number.cast(pl.String))
            .otherwise(pl.lit("CUST-D00000N0"))
        },
        "unknown_order": {"order_id": "ORD-X" + number.cast(pl.String)},
        "unknown_cart": {"cart_id": "CART-X" + number.cast(pl.String)},
        "unknown_return": {"return_id": "RTN-X" + number.cast(pl.String)},
        "unknown_product": {"product_id": number + NEVER},
        "malformed_email": {"email": pick(number % len(BAD_EMAILS), BAD_EMAILS)},
        "price_below_cost": {"cost_price": (pl.col("unit_price").cast(pl.Float64) + 1).round(2)},
        "updated_before_created": {
            "updated_at": (pl.col("_ts") - pl.duration(hours=1)).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
        },
    }
    if table == "product_catalog" and reason == "negative_unit_price":
        # With its cost the price would also lie below the cost.
        return {"unit_price": -pl.col("unit_price").cast(pl.Float64), "cost_price": pl.lit(None)}
    return simple.get(reason)


def _over_gross() -> pl.Expr:
    return (pl.col("gross_total").cast(pl.Float64) + 1).round(2)
