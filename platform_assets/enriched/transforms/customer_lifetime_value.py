"""Customer lifetime value: what every known customer bought, returned and is worth, as of the end of a day.

Grain: one row per customer of the day's snapshot, prospects without orders included; guests have no row. Money in the
shop's currency. Source: orders, returns and customers as known by the day, over the whole history.
"""

from datetime import date

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import Series

from platform_assets.enriched.thresholds import CustomerLifetimeValue as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY, share_of_money


class CustomerLifetimeValue(pa.DataFrameModel):
    """The shape and the rules of the result."""

    customer_id: Series[pl.String] = pa.Field(unique=True, description="The customer.")
    order_count: Series[pl.Int64] = pa.Field(ge=0, description="Orders so far.")
    return_count: Series[pl.Int64] = pa.Field(ge=0, description="Returns so far.")
    total_spent: Series[MONEY] = pa.Field(ge=0, description="Net totals of all orders.")  # type: ignore[valid-type]
    total_refunded: Series[MONEY] = pa.Field(ge=0, description="Refunds of all returns.")  # type: ignore[valid-type]
    net_clv: Series[MONEY] = pa.Field(description="Spent less refunded.")  # type: ignore[valid-type]
    avg_order_value: Series[MONEY] = pa.Field(nullable=True, ge=0, description="Spent per order; null without orders.")  # type: ignore[valid-type]
    first_order_date: Series[pl.Datetime("us")] = pa.Field(nullable=True, description="Time of the first order, UTC.")  # type: ignore[valid-type]
    last_order_date: Series[pl.Datetime("us")] = pa.Field(nullable=True, description="Time of the last order, UTC.")  # type: ignore[valid-type]
    days_since_last_order: Series[pl.Int64] = pa.Field(
        nullable=True, ge=0, description="Calendar days since then; null without orders."
    )
    segment: Series[pl.String] = pa.Field(
        isin=["prospect", "churned", "one-timer", "whale", "regular"],
        description="Where the customer stands; the first that holds: prospect, churned, one-timer, whale, regular.",
    )
    predicted_bucket: Series[pl.String] = pa.Field(
        nullable=True, isin=["high", "medium", "low"], description="Lifetime value bucket that the shop predicted."
    )
    actual_bucket: Series[pl.String] = pa.Field(isin=["high", "medium", "low"], description="Bucket by net_clv.")
    value_segment: Series[pl.String] = pa.Field(
        isin=["VIP", "High", "Medium", "Low", "At Risk"], description="Segment by orders and net_clv."
    )
    recency_segment: Series[pl.String] = pa.Field(
        nullable=True,
        isin=["Active", "At Risk", "Churning", "Churned"],
        description="Segment by days since the last order.",
    )
    frequency_segment: Series[pl.String] = pa.Field(
        nullable=True, isin=["1", "2-4", "5-9", "10+"], description="Segment by number of orders."
    )

    class Config:
        strict = True
        ordered = True


def customer_lifetime_value(
    customers: pl.LazyFrame, orders: pl.LazyFrame, returns: pl.LazyFrame, day: date, limits: Thresholds
) -> pl.LazyFrame:
    """One row per customer as of the end of `day`. All three inputs hold the newest version of each key."""
    bought = orders.group_by("customer_id").agg(
        pl.len().cast(pl.Int64).alias("order_count"),
        pl.col("net_total").sum().alias("total_spent"),
        pl.col("order_date").min().alias("first_order_date"),
        pl.col("order_date").max().alias("last_order_date"),
    )
    gave_back = returns.group_by("customer_id").agg(
        pl.len().cast(pl.Int64).alias("return_count"), pl.col("refunded_amount").sum().alias("total_refunded")
    )
    counts = [pl.col(name).fill_null(0) for name in ("order_count", "return_count")]
    money = [pl.col(name).fill_null(0).cast(MONEY) for name in ("total_spent", "total_refunded")]
    return (
        customers.select("customer_id", pl.col("clv_bucket").alias("predicted_bucket"))
        .join(bought, on="customer_id", how="left")
        .join(gave_back, on="customer_id", how="left")
        .with_columns(*counts, *money)
        .with_columns(
            (pl.col("total_spent") - pl.col("total_refunded")).cast(MONEY).alias("net_clv"),
            pl.when(pl.col("order_count") > 0)
            .then(share_of_money(pl.col("total_spent"), pl.col("order_count")))
            .alias("avg_order_value"),
            (pl.lit(day) - pl.col("last_order_date").dt.date()).dt.total_days().alias("days_since_last_order"),
        )
        .with_columns(*_segments(limits))
        .select(list(CustomerLifetimeValue.to_schema().columns))
        .sort("customer_id")
    )


def _segments(limits: Thresholds) -> list[pl.Expr]:
    orders, net, quiet = pl.col("order_count"), pl.col("net_clv"), pl.col("days_since_last_order")
    segment = (
        pl.when(orders == 0).then(pl.lit("prospect"))
        .when(quiet >= limits.churned_days).then(pl.lit("churned"))
        .when(orders == 1).then(pl.lit("one-timer"))
        .when((net >= limits.whale_net) | (orders >= limits.whale_orders)).then(pl.lit("whale"))
        .otherwise(pl.lit("regular"))
    )  # fmt: skip
    bucket = (
        pl.when(net >= limits.bucket_high).then(pl.lit("high"))
        .when(net >= limits.bucket_medium).then(pl.lit("medium"))
        .otherwise(pl.lit("low"))
    )  # fmt: skip
    value, recency, frequency = pl.lit("At Risk"), pl.lit("Churned"), pl.lit("10+")
    for name, least_orders, least_net in reversed(limits.value_segments):
        value = pl.when((orders >= least_orders) & (net >= least_net)).then(pl.lit(name)).otherwise(value)
    for name, most_days in reversed(limits.recency_segments):
        recency = pl.when(quiet <= most_days).then(pl.lit(name)).otherwise(recency)
    for name, most_orders in reversed(limits.frequency_segments):
        frequency = pl.when(orders <= most_orders).then(pl.lit(name)).otherwise(frequency)
    return [
        segment.alias("segment"),
        bucket.alias("actual_bucket"),
        value.alias("value_segment"),
        pl.when(orders > 0).then(recency).alias("recency_segment"),
        pl.when(orders > 0).then(frequency).alias("frequency_segment"),
    ]
