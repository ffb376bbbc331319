"""The claim rule: each order claims its customer's latest cart at or before it, when that cart is recent enough.

Here: the rule itself, and how far back it reaches. Not here: which cart keeps which order (cart_attribution.py).
A guest's id is matched like any other: the same GUEST-… id is the same buyer.
"""

import polars as pl

CART = ("cart_id", "cart_created_at", "cart_total", "cart_status")
MICROSECONDS_PER_HOUR = 3_600_000_000


def with_claimed_cart(orders: pl.LazyFrame, carts: pl.LazyFrame, claim_hours: int) -> pl.LazyFrame:
    """The orders, each once, with the columns CART of the cart that it claims; null when it claims none.

    `carts` holds each cart once. The latest cart is the greatest (created_at, cart_id); it is claimed when it is less
    than `claim_hours` old, else the order claims nothing.
    """
    known = carts.select(
        "customer_id",
        "cart_id",
        pl.col("created_at").alias("cart_created_at"),
        "cart_total",
        pl.col("status").alias("cart_status"),
    )
    latest = orders.sort("order_date").join_asof(
        known.sort("cart_created_at", "cart_id"),  # the last of equal times is taken, so ids break ties
        left_on="order_date",
        right_on="cart_created_at",
        by="customer_id",
        strategy="backward",
        check_sortedness=False,  # both sides are sorted above; Polars cannot check it within groups, and warns
    )
    recent = pl.col("order_date") - pl.col("cart_created_at") < pl.duration(hours=claim_hours)
    return latest.with_columns(pl.when(recent).then(pl.col(name)).alias(name) for name in CART)


def hours_to_order() -> pl.Expr:
    """Hours from the claimed cart's creation to the order, 6 places; null when no cart is claimed."""
    waited = (pl.col("order_date") - pl.col("cart_created_at")).dt.total_microseconds()
    return (waited / MICROSECONDS_PER_HOUR).round(6)


def days_of_reach(claim_hours: int) -> int:
    """How many calendar days before an order's date the cart that it claims may have been created."""
    return -(-claim_hours // 24)
