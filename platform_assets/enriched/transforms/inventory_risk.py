"""Inventory risk: stock against what was sold and returned lately, as of the end of a day.

Grain: one row per product of the day's snapshot. Units, and money in the shop's currency. Source: the snapshot, and
orders and returns as known by the day whose order or return date is in the trailing window: the 28 days (a threshold)
that end with the day, the day included. Partition: the full state as of the day.

- A stock that is not stated counts as 0. A cost that is not stated makes the locked capital unknown (null).
- `utilization_ratio` = units sold / stock, 0 without stock; it may exceed 1. `return_signal` = units returned / units
  sold, 0 without sales. The score is the sum of the two as shown, clipped to [0, 1].
"""

from datetime import date, timedelta

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import Series

from platform_assets.enriched.thresholds import InventoryRisk as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY, RATE_PLACES, rate
from platform_assets.enriched.transforms.event_dates import on_event_dates


class InventoryRisk(pa.DataFrameModel):
    """The shape and the rules of the result."""

    product_id: Series[pl.String] = pa.Field(unique=True, description="The product.")
    product_name: Series[pl.String] = pa.Field(description="Its name.")
    category: Series[pl.String] = pa.Field(nullable=True, description="Its category.")
    inventory_quantity: Series[pl.Int64] = pa.Field(ge=0, description="Units in stock; 0 when not stated.")
    sales_volume: Series[pl.Int64] = pa.Field(ge=0, description="Units sold in the trailing days.")
    return_volume: Series[pl.Int64] = pa.Field(ge=0, description="Units returned in the trailing days.")
    utilization_ratio: Series[pl.Float64] = pa.Field(ge=0, description="Units sold / stock; 0 without stock.")
    return_signal: Series[pl.Float64] = pa.Field(
        ge=0, le=1, description="Units returned / sold, at most 1; 0 without sales."
    )
    locked_capital: Series[MONEY] = pa.Field(  # type: ignore[valid-type]
        nullable=True, ge=0, description="Cost × stock; null without a stated cost."
    )
    attention_score: Series[pl.Float64] = pa.Field(
        ge=0, le=1, description="Utilization ratio plus return signal, clipped to [0, 1]."
    )
    risk_tier: Series[pl.String] = pa.Field(isin=["HIGH", "MODERATE", "HEALTHY"], description="Tier by the score.")

    @pa.dataframe_check
    @classmethod
    def score_is_the_clipped_sum_of_its_parts(cls, data: pa.PolarsData) -> pl.LazyFrame:
        parts = pl.col("utilization_ratio") + pl.col("return_signal")
        return data.lazyframe.select((pl.col("attention_score") - parts.clip(0.0, 1.0)).abs() < 1e-6)

    @pa.dataframe_check
    @classmethod
    def nothing_is_used_without_stock(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select((pl.col("inventory_quantity") > 0) | (pl.col("utilization_ratio") == 0))

    class Config:
        strict = True
        ordered = True


def days_before(limits: Thresholds) -> int:
    """How many days before `day` a sale or a return may matter."""
    return limits.trailing_days - 1


def inventory_risk(
    products: pl.LazyFrame, orders: pl.LazyFrame, order_items: pl.LazyFrame, returns: pl.LazyFrame,
    return_items: pl.LazyFrame, limits: Thresholds, day: date,
) -> pl.LazyFrame:  # fmt: skip
    """One row per product as of the end of `day`."""
    window = [day - timedelta(days=back) for back in range(limits.trailing_days)]
    sold = _units(on_event_dates(order_items, orders, "order_id", "order_date", window), "quantity")
    returned = _units(on_event_dates(return_items, returns, "return_id", "return_date", window), "quantity_returned")
    sales, stock = pl.col("sales_volume"), pl.col("inventory_quantity")
    return (
        products.join(sold.rename({"units": "sales_volume"}), on="product_id", how="left")
        .join(returned.rename({"units": "return_volume"}), on="product_id", how="left")
        .with_columns(stock.cast(pl.Int64).fill_null(0), sales.fill_null(0), pl.col("return_volume").fill_null(0))
        .with_columns(
            pl.when(stock > 0).then(sales / stock).otherwise(0.0).round(RATE_PLACES).alias("utilization_ratio"),
            rate(pl.col("return_volume"), sales).fill_null(0.0).alias("return_signal"),
            (pl.col("cost_price") * stock).cast(MONEY).alias("locked_capital"),
        )
        .with_columns(_score().alias("attention_score"))
        .with_columns(_tier(limits).alias("risk_tier"))
        .select(list(InventoryRisk.to_schema().columns))
        .sort("product_id")
    )


def _units(lines: pl.LazyFrame, quantity: str) -> pl.LazyFrame:
    return lines.group_by("product_id").agg(pl.col(quantity).cast(pl.Int64).sum().alias("units"))


def _score() -> pl.Expr:
    return (pl.col("utilization_ratio") + pl.col("return_signal")).clip(0.0, 1.0).round(RATE_PLACES)


def _tier(limits: Thresholds) -> pl.Expr:
    score = pl.col("attention_score")
    return (
        pl.when(score >= limits.high).then(pl.lit("HIGH"))
        .when(score >= limits.moderate).then(pl.lit("MODERATE"))
        .otherwise(pl.lit("HEALTHY"))
    )  # fmt: skip
