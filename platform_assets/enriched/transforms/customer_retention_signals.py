"""Customer retention signals: who may not come back, and who should be reminded, as of the end of a day.

Grain: one row per customer of the day's snapshot, those without orders included; guests have no row. Key and signals
only: what else is known of a customer is in the snapshot. Source: customers and orders as known by the day, over the
whole history. Partition: the full state as of the day.

Days are calendar days between the purchase and the day. Both ends of the danger zone belong to it. A customer without
orders is in no danger zone and is not nudged. The tier is compared without regard to case.
"""

from datetime import date

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import Series

from platform_assets.enriched.thresholds import CustomerRetentionSignals as Thresholds


class CustomerRetentionSignals(pa.DataFrameModel):
    """The shape and the rules of the result."""

    customer_id: Series[pl.String] = pa.Field(unique=True, description="The customer.")
    first_purchase_date: Series[pl.Datetime("us")] = pa.Field(  # type: ignore[valid-type]
        nullable=True, description="Time of the first order, UTC."
    )
    last_purchase_date: Series[pl.Datetime("us")] = pa.Field(nullable=True, description="Time of the last order, UTC.")  # type: ignore[valid-type]
    total_orders: Series[pl.Int64] = pa.Field(ge=0, description="Orders so far.")
    days_since_first: Series[pl.Int64] = pa.Field(
        nullable=True, ge=0, description="Calendar days since the first order."
    )
    days_since_last: Series[pl.Int64] = pa.Field(nullable=True, ge=0, description="Calendar days since the last order.")
    is_in_danger_zone: Series[pl.Boolean] = pa.Field(
        description="One order, and that so many days ago that no second may follow."
    )
    needs_bronze_nudge: Series[pl.Boolean] = pa.Field(
        description="In the nudged tier, and quiet for longer than its limit."
    )

    @pa.dataframe_check
    @classmethod
    def first_is_not_after_last(cls, data: pa.PolarsData) -> pl.LazyFrame:
        in_order = pl.col("first_purchase_date") <= pl.col("last_purchase_date")
        return data.lazyframe.select(in_order.fill_null(True))

    @pa.dataframe_check
    @classmethod
    def dates_are_known_exactly_with_orders(cls, data: pa.PolarsData) -> pl.LazyFrame:
        dates = ("first_purchase_date", "last_purchase_date", "days_since_first", "days_since_last")
        bought = pl.col("total_orders") > 0
        return data.lazyframe.select(pl.all_horizontal(pl.col(name).is_not_null() == bought for name in dates))

    @pa.dataframe_check
    @classmethod
    def danger_zone_means_exactly_one_order(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(~pl.col("is_in_danger_zone") | (pl.col("total_orders") == 1))

    @pa.dataframe_check
    @classmethod
    def nudge_means_at_least_one_order(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(~pl.col("needs_bronze_nudge") | (pl.col("total_orders") > 0))

    class Config:
        strict = True
        ordered = True


def customer_retention_signals(
    customers: pl.LazyFrame, orders: pl.LazyFrame, limits: Thresholds, day: date
) -> pl.LazyFrame:
    """One row per customer as of the end of `day`. `orders` holds the newest version of each order."""
    bought = orders.group_by("customer_id").agg(
        pl.col("order_date").min().alias("first_purchase_date"),
        pl.col("order_date").max().alias("last_purchase_date"),
        pl.len().cast(pl.Int64).alias("total_orders"),
    )
    since_first, since_last = pl.col("days_since_first"), pl.col("days_since_last")
    one_order = pl.col("total_orders") == 1
    in_danger = one_order & since_first.is_between(limits.danger_from_days, limits.danger_to_days, closed="both")
    in_tier = pl.col("loyalty_tier").str.to_lowercase() == limits.nudge_tier.lower()
    return (
        customers.select("customer_id", "loyalty_tier")
        .join(bought, on="customer_id", how="left")
        .with_columns(
            pl.col("total_orders").fill_null(0),
            _days_between("first_purchase_date", day).alias("days_since_first"),
            _days_between("last_purchase_date", day).alias("days_since_last"),
        )
        .with_columns(
            in_danger.alias("is_in_danger_zone"),
            (in_tier & (since_last > limits.nudge_after_days)).fill_null(False).alias("needs_bronze_nudge"),
        )
        .select(list(CustomerRetentionSignals.to_schema().columns))
        .sort("customer_id")
    )


def _days_between(column: str, day: date) -> pl.Expr:
    return (pl.lit(day) - pl.col(column).dt.date()).dt.total_days()
