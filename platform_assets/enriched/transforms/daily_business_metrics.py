"""Daily business metrics: what every calendar date sold, returned and converted, against the days before it.

Grain: one row per event date (R), the partition's own day always among them, with zeros where nothing happened. Money
in the shop's currency; rates and the spread to 6 places; revenue is net revenue wherever a column says no more.
Source: newest versions of orders, carts and returns. Partition D restates, as known by the end of D, every date whose
numbers D's arrivals may change; of two partitions that state a date the newer one holds.

- A cart counts on the date it was created, and is converted when some order claimed it (claims.py), whatever its
  stated status.
- return_rate: returns made on the date / orders placed on the date. A rate without a denominator is null.
- Trailing columns cover calendar days before the date, the date itself excluded. Days without orders count as zero from
  the first order date known on; days before it do not count. A window with less history than it needs is null, and a
  window that history fills only in part uses what there is.
- The z-scores say how many sample standard deviations orders, their average value and the return rate are from their mean
  over the 30 days before; days without the rate do not count. Null without enough history or without any spread.
- anomaly_flag: HIGH or LOW when net revenue is beyond `anomaly_sigmas` sample standard deviations of the 30-day mean,
  both as published; UNKNOWN while these are null. Without any spread every deviation counts.
"""

from collections.abc import Collection
from datetime import date, timedelta

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import Series

from platform_assets.enriched.thresholds import DailyBusinessMetrics as Thresholds
from platform_assets.enriched.transforms.arithmetic import MONEY, RATE_PLACES, rate, share_of_money
from platform_assets.enriched.transforms.claims import days_of_reach, with_claimed_cart
from platform_assets.enriched.transforms.event_dates import falls_on

COUNTS = ("orders_count", "carts_created", "converted_carts", "returns_count")
TOTALS = ("gross_revenue", "net_revenue", "refund_total")
ZSCORES = {
    "orders_zscore": "orders_count",
    "order_value_zscore": "avg_order_value",
    "return_rate_zscore": "return_rate",
}
MEAN, SPREAD = "of_mean", "of_spread"  # the two windows before a date


class DailyBusinessMetrics(pa.DataFrameModel):
    """The shape and the rules of the result."""

    metric_dt: Series[pl.Date] = pa.Field(unique=True, description="The date.")
    orders_count: Series[pl.Int64] = pa.Field(ge=0, description="Orders placed.")
    gross_revenue: Series[MONEY] = pa.Field(ge=0, description="Revenue before discounts.")  # type: ignore[valid-type]
    net_revenue: Series[MONEY] = pa.Field(ge=0, description="Revenue after discounts.")  # type: ignore[valid-type]
    avg_order_value: Series[MONEY] = pa.Field(nullable=True, ge=0, description="Net revenue per order.")  # type: ignore[valid-type]
    carts_created: Series[pl.Int64] = pa.Field(ge=0, description="Carts created.")
    converted_carts: Series[pl.Int64] = pa.Field(ge=0, description="Of these, carts that an order claimed.")
    cart_conversion_rate: Series[pl.Float64] = pa.Field(
        nullable=True, ge=0, le=1, description="Converted / created carts."
    )
    returns_count: Series[pl.Int64] = pa.Field(ge=0, description="Returns made.")
    return_rate: Series[pl.Float64] = pa.Field(nullable=True, ge=0, le=1, description="Returns / orders, at most 1.")
    refund_total: Series[MONEY] = pa.Field(ge=0, description="Refunds of these returns.")  # type: ignore[valid-type]
    orders_mean_7d: Series[pl.Float64] = pa.Field(nullable=True, ge=0, description="Mean orders of the 7 days before.")
    revenue_mean_7d: Series[MONEY] = pa.Field(nullable=True, ge=0, description="Mean revenue of the 7 days before.")  # type: ignore[valid-type]
    revenue_mean_30d: Series[MONEY] = pa.Field(nullable=True, ge=0, description="Mean revenue of the 30 days before.")  # type: ignore[valid-type]
    revenue_stddev_30d: Series[pl.Float64] = pa.Field(
        nullable=True, ge=0, description="Standard deviation of the same."
    )
    orders_zscore: Series[pl.Float64] = pa.Field(nullable=True, description="Orders, in deviations from their mean.")
    order_value_zscore: Series[pl.Float64] = pa.Field(nullable=True, description="The same of avg_order_value.")
    return_rate_zscore: Series[pl.Float64] = pa.Field(nullable=True, description="The same of return_rate.")
    anomaly_flag: Series[pl.String] = pa.Field(
        isin=["HIGH", "LOW", "NORMAL", "UNKNOWN"], description="Revenue against mean and deviation."
    )

    class Config:
        strict = True
        ordered = True

    @pa.dataframe_check
    @classmethod
    def net_within_gross(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("net_revenue") <= pl.col("gross_revenue"))

    @pa.dataframe_check
    @classmethod
    def converted_within_created(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("converted_carts") <= pl.col("carts_created"))

    @pa.dataframe_check
    @classmethod
    def null_only_without_a_denominator(cls, data: pa.PolarsData) -> pl.LazyFrame:
        sold, opened = pl.col("orders_count") > 0, pl.col("carts_created") > 0
        of_orders = [pl.col(name).is_not_null() == sold for name in ("avg_order_value", "return_rate")]
        return data.lazyframe.select(
            pl.all_horizontal(*of_orders, pl.col("cart_conversion_rate").is_not_null() == opened)
        )

    @pa.dataframe_check
    @classmethod
    def unknown_only_without_a_spread(cls, data: pa.PolarsData) -> pl.LazyFrame:
        unknown = pl.col("anomaly_flag") == "UNKNOWN"
        return data.lazyframe.select(unknown == pl.col("revenue_stddev_30d").is_null())


def days_before(limits: Thresholds) -> int:
    """How many days before the first of `touched` a cart or a return may matter; of orders the first ones do, too."""
    return days_of_reach(limits.claim_hours) + max(limits.mean_days, limits.spread_days)


def daily_business_metrics(
    orders: pl.LazyFrame,
    carts: pl.LazyFrame,
    returns: pl.LazyFrame,
    touched: list[date],
    limits: Thresholds,
    day: date,
) -> pl.LazyFrame:
    """One row per date that the arrivals of `day` may change. The first three inputs hold newest versions."""
    begin, stated = _begin_and_stated(orders, {day, *touched}, limits)
    trailing = range(max(limits.mean_days, limits.spread_days) + 1)
    summed = {when - timedelta(days=back) for when in stated for back in trailing}
    happened = (
        pl.LazyFrame({"metric_dt": pl.date_range(min(summed), max(summed), eager=True)})
        .join(_sold(orders, summed), on="metric_dt", how="left")
        .join(_created(carts, stated), on="metric_dt", how="left")
        .join(_converted(orders, carts, stated, limits.claim_hours), on="metric_dt", how="left")
        .join(_returned(returns, summed), on="metric_dt", how="left")
        .with_columns(pl.col(COUNTS).fill_null(0), pl.col(TOTALS).fill_null(0).cast(MONEY))
        .with_columns(
            share_of_money(pl.col("net_revenue"), pl.col("orders_count")).alias("avg_order_value"),
            rate(pl.col("converted_carts"), pl.col("carts_created")).alias("cart_conversion_rate"),
            rate(pl.col("returns_count"), pl.col("orders_count")).alias("return_rate"),
        )
        .sort("metric_dt")
        .collect()  # few rows, which the windows below would compute anew for each use
    )
    beside = _with_days_before(happened.lazy(), begin, limits.mean_days, MEAN)
    return (
        _with_days_before(beside, begin, limits.spread_days, SPREAD)
        .with_columns(_trailing(begin, limits))
        .filter(pl.col("metric_dt").is_in(sorted(stated)))
        .with_columns(_anomaly(limits.anomaly_sigmas).alias("anomaly_flag"))
        .select(list(DailyBusinessMetrics.to_schema().columns))
        .sort("metric_dt")
    )


def _begin_and_stated(orders: pl.LazyFrame, touched: set[date], limits: Thresholds) -> tuple[date | None, set[date]]:
    """The first order date known, and the dates to state, none of them after the newest touched one.

    A touched date changes conversions of carts that its orders may claim, and the windows that cover it. When touched
    dates lie at or before the first order date, history may have begun elsewhere before: at the latest on the first
    date with orders that is not touched. Then every date until a whole window after that one may change.
    """
    placed = pl.col("order_date").dt.date()
    begin, unchanged = (
        orders.select(placed.min().alias("begin"), placed.filter(~placed.is_in(sorted(touched))).min().alias("kept"))
        .collect()
        .row(0)
    )
    back = days_of_reach(limits.claim_hours)
    ahead = max(limits.mean_days, limits.spread_days, limits.mean_min_history, limits.spread_min_history)
    stated = {when + timedelta(days=shift) for when in touched for shift in range(-back, ahead + 1)}
    if begin and min(touched) <= begin:
        until = unchanged + timedelta(days=ahead) if unchanged else max(touched)
        stated |= {min(touched) + timedelta(days=shift) for shift in range((until - min(touched)).days + 1)}
    return begin, {when for when in stated if when <= max(touched)}


def _sold(orders: pl.LazyFrame, dates: Collection[date]) -> pl.LazyFrame:
    return (
        orders.filter(falls_on("order_date", dates))
        .group_by(pl.col("order_date").dt.date().alias("metric_dt"))
        .agg(
            pl.len().cast(pl.Int64).alias("orders_count"),
            pl.col("gross_total").sum().alias("gross_revenue"),
            pl.col("net_total").sum().alias("net_revenue"),
        )
    )


def _created(carts: pl.LazyFrame, dates: Collection[date]) -> pl.LazyFrame:
    created = carts.filter(falls_on("created_at", dates)).select(pl.col("created_at").dt.date().alias("metric_dt"))
    return created.group_by("metric_dt").agg(pl.len().cast(pl.Int64).alias("carts_created"))


def _converted(orders: pl.LazyFrame, carts: pl.LazyFrame, dates: Collection[date], claim_hours: int) -> pl.LazyFrame:
    """Carts created on each date that some order claimed: all orders and rival carts are within reach after them."""
    reach = range(days_of_reach(claim_hours) + 1)
    near = {when + timedelta(days=ahead) for when in dates for ahead in reach}
    buyers = orders.filter(falls_on("order_date", near)).select("customer_id", "order_date")
    claimed = with_claimed_cart(buyers, carts.filter(falls_on("created_at", near)), claim_hours)
    return (
        claimed.filter(pl.col("cart_id").is_not_null())
        .unique("cart_id")
        .group_by(pl.col("cart_created_at").dt.date().alias("metric_dt"))
        .agg(pl.len().cast(pl.Int64).alias("converted_carts"))
    )


def _returned(returns: pl.LazyFrame, dates: Collection[date]) -> pl.LazyFrame:
    return (
        returns.filter(pl.col("return_date").is_in(sorted(dates)))
        .group_by(pl.col("return_date").alias("metric_dt"))
        .agg(
            pl.len().cast(pl.Int64).alias("returns_count"),
            pl.col("refunded_amount").sum().alias("refund_total"),
        )
    )


def _with_days_before(happened: pl.LazyFrame, begin: date | None, days: int, name: str) -> pl.LazyFrame:
    """Beside each date lists of what the `days` before it had, newest first; days before history began are in none."""
    columns = {column: f"{column}_{name}" for column in ("net_revenue", *ZSCORES.values())}
    lists = [pl.col(column).drop_nulls().reverse().alias(alias) for column, alias in columns.items()]
    history = happened.filter(pl.col("metric_dt") >= pl.lit(begin, dtype=pl.Date))
    past = history.rolling("metric_dt", period=f"{days}d", closed="left").agg(lists)
    return happened.join(past, on="metric_dt", how="left", maintain_order="left")


def _trailing(begin: date | None, limits: Thresholds) -> list[pl.Expr]:
    """Means and spread of the days before, given as lists; null without enough of them."""
    history = (pl.col("metric_dt") - pl.lit(begin, dtype=pl.Date)).dt.total_days()
    enough_for_means, enough_for_spread = history >= limits.mean_min_history, history >= limits.spread_min_history

    def mean_revenue(name: str) -> pl.Expr:
        revenue = pl.col(f"net_revenue_{name}")
        return share_of_money(revenue.list.sum(), revenue.list.len())

    def zscore(column: str) -> pl.Expr:
        past = pl.col(f"{column}_{SPREAD}").cast(pl.List(pl.Float64))
        spread = past.list.std().round(RATE_PLACES)  # equal floats may spread by 1e-17
        score = (pl.col(column).cast(pl.Float64) - past.list.mean()) / spread
        return pl.when(enough_for_spread & (spread > 0)).then(score.round(RATE_PLACES))

    spread = pl.col(f"net_revenue_{SPREAD}").cast(pl.List(pl.Float64)).list.std()
    return [
        *(zscore(column).alias(name) for name, column in ZSCORES.items()),
        pl.when(enough_for_means)
        .then(pl.col(f"orders_count_{MEAN}").list.mean().round(RATE_PLACES))
        .alias("orders_mean_7d"),
        pl.when(enough_for_means).then(mean_revenue(MEAN)).alias("revenue_mean_7d"),
        pl.when(enough_for_spread).then(mean_revenue(SPREAD)).alias("revenue_mean_30d"),
        pl.when(enough_for_spread).then(spread.round(RATE_PLACES)).alias("revenue_stddev_30d"),
    ]


def _anomaly(sigmas: float) -> pl.Expr:
    revenue, mean = pl.col("net_revenue").cast(pl.Float64), pl.col("revenue_mean_30d").cast(pl.Float64)
    allowed = pl.col("revenue_stddev_30d") * sigmas
    return (
        pl.when(allowed.is_null()).then(pl.lit("UNKNOWN"))
        .when(revenue > (mean + allowed).round(RATE_PLACES)).then(pl.lit("HIGH"))
        .when(revenue < (mean - allowed).round(RATE_PLACES)).then(pl.lit("LOW"))
        .otherwise(pl.lit("NORMAL"))
    )  # fmt: skip
