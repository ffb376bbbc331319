"""Attributed purchases: every order that arrived on a day, with the cart that it came from.

Grain: one row per order of the day's partition (E); a newer statement of an order is in the partition of its own day.
Money in the shop's currency, hours to 6 places. Source: the orders that arrived on the day, and the newest version of
every cart known by its end; a cart that becomes known later changes nothing here. An order is recovered when it claims
a cart (claims.py), whatever status the shop gave that cart.
"""

from datetime import date, timedelta

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import Series

from platform_assets.enriched.thresholds import AttributedPurchases as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.claims import days_of_reach, hours_to_order, with_claimed_cart
from platform_assets.enriched.transforms.event_dates import falls_on


class AttributedPurchases(pa.DataFrameModel):
    """The shape and the rules of the result."""

    order_id: Series[pl.String] = pa.Field(unique=True, description="The order.")
    customer_id: Series[pl.String] = pa.Field(description="Its customer; GUEST-… without an account.")
    order_date: Series[pl.Datetime("us")] = pa.Field(description="When it was placed, UTC.")  # type: ignore[valid-type]
    order_channel: Series[pl.String] = pa.Field(nullable=True, description="Channel of the order.")
    gross_total: Series[MONEY] = pa.Field(ge=0, description="Its lines before discounts.")  # type: ignore[valid-type]
    net_total: Series[MONEY] = pa.Field(ge=0, description="Gross total less discounts.")  # type: ignore[valid-type]
    total_discount_amount: Series[MONEY] = pa.Field(nullable=True, ge=0, description="Discounts on the order.")  # type: ignore[valid-type]
    cart_id: Series[pl.String] = pa.Field(nullable=True, description="The cart that it claims, if any.")
    cart_created_at: Series[pl.Datetime("us")] = pa.Field(nullable=True, description="When that cart was created, UTC.")  # type: ignore[valid-type]
    cart_total: Series[MONEY] = pa.Field(nullable=True, ge=0, description="Stated total of that cart.")  # type: ignore[valid-type]
    cart_status: Series[pl.String] = pa.Field(nullable=True, description="Status that the shop states of that cart.")
    hours_since_cart: Series[pl.Float64] = pa.Field(
        nullable=True, ge=0, description="Hours from cart to order, 6 places."
    )
    is_recovered: Series[pl.Boolean] = pa.Field(description="Whether it claims a cart.")

    class Config:
        strict = True
        ordered = True

    @pa.dataframe_check
    @classmethod
    def recovered_means_a_cart(cls, data: pa.PolarsData) -> pl.LazyFrame:
        found = pl.col("cart_id").is_not_null()
        timed = pl.col("cart_created_at").is_not_null() & pl.col("hours_since_cart").is_not_null()
        return data.lazyframe.select((pl.col("is_recovered") == found) & (found == timed))

    @pa.dataframe_check
    @classmethod
    def net_within_gross(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("net_total") <= pl.col("gross_total"))


def attributed_purchases(orders: pl.LazyFrame, carts: pl.LazyFrame, limits: Thresholds, day: date) -> pl.LazyFrame:
    """One row per order of `orders`, those that arrived on `day`. `carts` holds the newest version of each."""
    placed = orders.select(pl.col("order_date").dt.date().unique()).collect().to_series()
    reach = range(days_of_reach(limits.claim_hours) + 1)
    in_reach = carts.filter(falls_on("created_at", {when - timedelta(days=back) for when in placed for back in reach}))
    return (
        with_claimed_cart(orders, in_reach, limits.claim_hours)
        .with_columns(hours_to_order().alias("hours_since_cart"), pl.col("cart_id").is_not_null().alias("is_recovered"))
        .select(list(AttributedPurchases.to_schema().columns))
        .sort("order_id")
    )
