"""Shipping economics: what customers paid for shipping, and what it cost.

Grain: one row per order that arrived on the day. Money in the shop's currency. Source: the day's partition of orders.
Partition: the events that arrived on the day; an order stated again is in the partition of each day that states it.

`shipping_margin` = charged - actual; shipping at a loss is negative. `margin_pct` = margin / charged, as a fraction at
full precision; null when nothing was charged (null, 0 or less) or the cost is not known.
"""

from datetime import date

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import Series

from platform_assets.enriched.transforms.arithmetic import MONEY


class ShippingEconomics(pa.DataFrameModel):
    """The shape and the rules of the result."""

    order_id: Series[pl.String] = pa.Field(unique=True, description="The order.")
    order_date: Series[pl.Datetime("us")] = pa.Field(description="When it was placed, UTC.")  # type: ignore[valid-type]
    order_channel: Series[pl.String] = pa.Field(nullable=True, description="Channel of the order.")
    shipping_speed: Series[pl.String] = pa.Field(nullable=True, description="Speed that was bought.")
    is_expedited: Series[pl.Boolean] = pa.Field(nullable=True, description="Whether expedited handling was bought.")
    shipping_charged: Series[MONEY] = pa.Field(nullable=True, description="What the customer paid for shipping.")  # type: ignore[valid-type]
    shipping_actual: Series[MONEY] = pa.Field(nullable=True, description="What shipping cost the company.")  # type: ignore[valid-type]
    shipping_margin: Series[MONEY] = pa.Field(nullable=True, description="Charged less actual.")  # type: ignore[valid-type]
    margin_pct: Series[pl.Float64] = pa.Field(nullable=True, description="Margin / charged, as a fraction.")

    @pa.dataframe_check
    @classmethod
    def margin_is_charged_less_actual(cls, data: pa.PolarsData) -> pl.LazyFrame:
        margin = (pl.col("shipping_charged") - pl.col("shipping_actual")).cast(MONEY)
        return data.lazyframe.select(pl.col("shipping_margin").eq_missing(margin))

    @pa.dataframe_check
    @classmethod
    def margin_pct_is_known_exactly_when_something_was_charged(cls, data: pa.PolarsData) -> pl.LazyFrame:
        known = (pl.col("shipping_charged") > 0).fill_null(False) & pl.col("shipping_actual").is_not_null()
        return data.lazyframe.select(pl.col("margin_pct").is_not_null() == known)

    class Config:
        strict = True
        ordered = True


def shipping_economics(orders: pl.LazyFrame, day: date) -> pl.LazyFrame:
    """One row per order of `orders`, which holds the arrivals of `day`."""
    charged, actual = pl.col("shipping_charged"), pl.col("shipping_actual")
    margin = charged - actual
    return (
        orders.rename({"shipping_cost": "shipping_charged", "actual_shipping_cost": "shipping_actual"})
        .with_columns(
            margin.cast(MONEY).alias("shipping_margin"),
            pl.when(charged > 0).then(margin.cast(pl.Float64) / charged.cast(pl.Float64)).alias("margin_pct"),
        )
        .select(list(ShippingEconomics.to_schema().columns))
        .sort("order_id")
    )
