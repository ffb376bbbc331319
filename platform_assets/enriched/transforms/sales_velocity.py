"""Sales velocity: units of a product sold on a date, against the mean of the week before it.

Grain: one row per date and product with sales on it. Units. Source: orders and their lines as known by the day.
Partition: the event dates that the day's arrivals touch, and those whose trailing week holds one, stated anew for all
products; a newer partition's statement holds. A touched date without any sale left has no rows.

- `trailing_mean` is over the 7 calendar days (a threshold) before the date, the date itself excluded; days without
  sales count as zero. `trend` = quantity / mean. Both have 6 places.
- History is counted in calendar days from the first date of any order to the date. With less than 7 days of it (a
  threshold) mean and trend are null and the label is UNKNOWN.
- Sales after a week without any have a mean of 0, no trend, and the label UP.
- A late order older than all others moves the first date of history; so does the correction of the only order of the
  first date. Then the first week of the dates left untouched is stated anew too.
"""

from datetime import date, timedelta

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import Series

from platform_assets.enriched.thresholds import SalesVelocity as Thresholds
from platform_assets.enriched.transforms.arithmetic import RATE_PLACES
from platform_assets.enriched.transforms.event_dates import on_event_dates

KEY = ("metric_dt", "product_id")


class SalesVelocity(pa.DataFrameModel):
    """The shape and the rules of the result."""

    metric_dt: Series[pl.Date] = pa.Field(description="The date.")
    product_id: Series[pl.String] = pa.Field(description="The product.")
    quantity: Series[pl.Int64] = pa.Field(gt=0, description="Units sold on the date.")
    trailing_mean: Series[pl.Float64] = pa.Field(
        nullable=True, ge=0, description="Mean units a day in the 7 days before."
    )
    trend: Series[pl.Float64] = pa.Field(nullable=True, ge=0, description="Quantity / trailing mean.")
    trend_label: Series[pl.String] = pa.Field(
        isin=["UP", "DOWN", "STABLE", "UNKNOWN"],
        description="The trend against its limits; UNKNOWN without enough history.",
    )

    @pa.dataframe_check
    @classmethod
    def unknown_means_that_there_is_no_mean(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select((pl.col("trend_label") == "UNKNOWN") == pl.col("trailing_mean").is_null())

    @pa.dataframe_check
    @classmethod
    def trend_is_known_exactly_with_a_mean_above_zero(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("trend").is_not_null() == (pl.col("trailing_mean") > 0).fill_null(False))

    class Config:
        strict = True
        ordered = True
        unique = ["metric_dt", "product_id"]  # noqa: RUF012 Pandera takes a list only


def days_before(limits: Thresholds) -> int:
    """How many days before the first of `touched` a sale may matter, beside the first dates of all."""
    return limits.mean_days


def sales_velocity(
    orders: pl.LazyFrame, order_items: pl.LazyFrame, touched: list[date], limits: Thresholds, day: date
) -> pl.LazyFrame:
    """One row per restated date and product with sales, as known by the end of `day`.

    Only the first dates of history are collected here: they decide which dates, and so which files, are read.
    """
    first, first_untouched = _first_dates(orders, touched)
    restated = _restated(touched, first_untouched, limits)
    read = {one - timedelta(days=back) for one in restated for back in range(limits.mean_days + 1)}
    sold = (
        on_event_dates(order_items, orders, "order_id", "order_date", read)
        .group_by(KEY)
        .agg(pl.col("quantity").cast(pl.Int64).sum())
    )
    before = pl.col("quantity").rolling_sum_by("metric_dt", window_size=f"{limits.mean_days}d", closed="left")
    history = (pl.col("metric_dt") - pl.lit(first, pl.Date)).dt.total_days()
    known = history >= limits.mean_min_history
    units, units_before = pl.col("quantity"), pl.col("units_before")
    return (
        sold.with_columns(before.over("product_id").fill_null(0).alias("units_before"))
        .filter(pl.col("metric_dt").is_in(restated))
        .with_columns(
            pl.when(known).then((units_before / limits.mean_days).round(RATE_PLACES)).alias("trailing_mean"),
            pl.when(known & (units_before > 0))
            .then((units * limits.mean_days / units_before).round(RATE_PLACES))
            .alias("trend"),
        )
        .with_columns(_label(limits).alias("trend_label"))
        .select(list(SalesVelocity.to_schema().columns))
        .sort(KEY)
    )


def _first_dates(orders: pl.LazyFrame, touched: list[date]) -> tuple[date | None, date | None]:
    """The first date of any order, and the first one that is not touched."""
    placed = pl.col("order_date").dt.date()
    untouched = placed.filter(~placed.is_in(touched))
    first, first_untouched = orders.select(placed.min(), untouched.min().alias("untouched")).collect().row(0)
    return first, first_untouched


def _restated(touched: list[date], first_untouched: date | None, limits: Thresholds) -> list[date]:
    """The touched dates, the dates whose trailing days hold one, and the first days of a history whose beginning may
    have moved; none after the newest touched date."""
    dates = {one + timedelta(days=ahead) for one in touched for ahead in range(limits.mean_days + 1)}
    if first_untouched and min(touched) < first_untouched:
        dates |= {first_untouched + timedelta(days=ahead) for ahead in range(limits.mean_min_history)}
    return sorted(one for one in dates if one <= max(touched))


def _label(limits: Thresholds) -> pl.Expr:
    mean, trend = pl.col("trailing_mean"), pl.col("trend")
    return (
        pl.when(mean.is_null()).then(pl.lit("UNKNOWN"))
        .when(trend.is_null() | (trend > limits.up)).then(pl.lit("UP"))
        .when(trend < limits.down).then(pl.lit("DOWN"))
        .otherwise(pl.lit("STABLE"))
    )  # fmt: skip
