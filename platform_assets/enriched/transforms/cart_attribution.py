"""Cart attribution: what became of the carts of the last days.

Grain: one row per cart created in the `window_days` that end with the day, as known by its end. Money in the shop's
currency, hours to 6 places. Source: newest versions of carts, their items and orders. Partition D states the carts of
D and the days before; of two partitions that state a cart the newer one holds, and no partition changes another.

A cart goes to the first (order_date, order_id) order that claimed it (claims.py); an order that loses it claims no
other. Its value is its stated total, else what its items add up to, else 0. It is converted when an order claimed it,
else abandoned when it has a value, else empty; the status stated by the shop plays no part.
"""

from datetime import date, timedelta

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import Series

from platform_assets.enriched.thresholds import CartAttribution as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY
from platform_assets.enriched.transforms.claims import hours_to_order, with_claimed_cart
from platform_assets.enriched.transforms.event_dates import falls_on


class CartAttribution(pa.DataFrameModel):
    """The shape and the rules of the result."""

    cart_id: Series[pl.String] = pa.Field(unique=True, description="The cart.")
    customer_id: Series[pl.String] = pa.Field(description="Its customer; GUEST-… without an account.")
    created_at: Series[pl.Datetime("us")] = pa.Field(description="When it was created, UTC.")  # type: ignore[valid-type]
    cart_value: Series[MONEY] = pa.Field(ge=0, description="Stated total, else its items at their prices, else 0.")  # type: ignore[valid-type]
    item_count: Series[pl.Int64] = pa.Field(ge=0, description="Units in the cart.")
    category_count: Series[pl.Int64] = pa.Field(ge=0, description="Different known categories in it.")
    cart_status: Series[pl.String] = pa.Field(
        isin=["converted", "abandoned", "empty"], description="What became of it."
    )
    order_id: Series[pl.String] = pa.Field(nullable=True, description="The first order that claimed it.")
    order_channel: Series[pl.String] = pa.Field(nullable=True, description="Channel of that order.")
    time_to_purchase_hours: Series[pl.Float64] = pa.Field(
        nullable=True, ge=0, description="Hours from cart to that order, 6 places."
    )
    abandoned_value: Series[MONEY] = pa.Field(ge=0, description="Its value when abandoned, else 0.")  # type: ignore[valid-type]

    class Config:
        strict = True
        ordered = True

    @pa.dataframe_check
    @classmethod
    def converted_means_an_order(cls, data: pa.PolarsData) -> pl.LazyFrame:
        converted, ordered = pl.col("cart_status") == "converted", pl.col("order_id").is_not_null()
        timed = pl.col("time_to_purchase_hours").is_not_null()
        return data.lazyframe.select((converted == ordered) & (converted == timed))

    @pa.dataframe_check
    @classmethod
    def one_cart_an_order(cls, data: pa.PolarsData) -> pl.LazyFrame:
        order = pl.col("order_id")
        return data.lazyframe.select(order.is_null() | order.is_unique())

    @pa.dataframe_check
    @classmethod
    def abandoned_value_is_that_of_abandoned_carts(cls, data: pa.PolarsData) -> pl.LazyFrame:
        abandoned = pl.col("cart_status") == "abandoned"
        lost = pl.when(abandoned).then(pl.col("cart_value")).otherwise(0)
        return data.lazyframe.select(pl.col("abandoned_value") == lost)

    @pa.dataframe_check
    @classmethod
    def unclaimed_is_abandoned_when_worth_anything(cls, data: pa.PolarsData) -> pl.LazyFrame:
        claimed = pl.col("cart_status") == "converted"
        return data.lazyframe.select(claimed | ((pl.col("cart_status") == "abandoned") == (pl.col("cart_value") > 0)))

    @pa.dataframe_check
    @classmethod
    def categories_within_items(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("category_count") <= pl.col("item_count"))


def days_before(limits: Thresholds) -> int:
    """How many days before `day` a cart or an order may matter."""
    return limits.window_days - 1


def cart_attribution(
    carts: pl.LazyFrame, cart_items: pl.LazyFrame, orders: pl.LazyFrame, limits: Thresholds, day: date
) -> pl.LazyFrame:
    """One row per cart created on `day` or the `window_days` - 1 before. All inputs hold newest versions.

    Orders and carts before the window cannot matter: an order placed in it prefers the newest cart.
    """
    window = [day - timedelta(days=back) for back in range(limits.window_days)]
    stated = carts.filter(falls_on("created_at", window))
    buyers = (
        with_claimed_cart(orders.filter(falls_on("order_date", window)), stated, limits.claim_hours)
        .filter(pl.col("cart_id").is_not_null())
        .sort("order_date", "order_id")
        .unique("cart_id", keep="first", maintain_order=True)
        .select("cart_id", "order_id", "order_channel", hours_to_order().alias("time_to_purchase_hours"))
    )
    return (
        stated.join(_contents(cart_items, stated), on="cart_id", how="left")
        .join(buyers, on="cart_id", how="left")
        .with_columns(
            pl.coalesce("cart_total", "items_total", pl.lit(0)).cast(MONEY).alias("cart_value"),
            pl.col("item_count").fill_null(0),
            pl.col("category_count").fill_null(0),
        )
        .with_columns(_status().alias("cart_status"))
        .with_columns(
            pl.when(pl.col("cart_status") == "abandoned")
            .then(pl.col("cart_value"))
            .otherwise(pl.lit(0).cast(MONEY))
            .alias("abandoned_value")
        )
        .select(list(CartAttribution.to_schema().columns))
        .sort("cart_id")
    )


def _contents(cart_items: pl.LazyFrame, stated: pl.LazyFrame) -> pl.LazyFrame:
    return (
        cart_items.join(stated.select("cart_id"), on="cart_id", how="semi")
        .group_by("cart_id")
        .agg(
            (pl.col("quantity") * pl.col("unit_price")).sum().alias("items_total"),
            pl.col("quantity").cast(pl.Int64).sum().alias("item_count"),
            pl.col("category").drop_nulls().n_unique().cast(pl.Int64).alias("category_count"),
        )
    )


def _status() -> pl.Expr:
    return (
        pl.when(pl.col("order_id").is_not_null()).then(pl.lit("converted"))
        .when(pl.col("cart_value") > 0).then(pl.lit("abandoned"))
        .otherwise(pl.lit("empty"))
    )  # fmt: skip
