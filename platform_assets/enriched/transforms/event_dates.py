"""Event dates: what happened on which date.

Here: the filter by dates, and the lines of orders, returns and carts on the dates that their headers state. Not here:
which dates, which lines, or what is summed.
"""

from collections.abc import Collection
from datetime import date, timedelta

import polars as pl


def on_event_dates(
    lines: pl.LazyFrame, headers: pl.LazyFrame, key: str, column: str, dates: Collection[date]
) -> pl.LazyFrame:
    """The lines whose header's `column` falls on one of `dates`, with that date as `metric_dt`.

    One row per line: `headers` holds each key once. A line whose header is not known has no date and so no place in
    any day; silver's foreign keys keep such lines waiting until their header arrives.
    """
    dated = headers.filter(falls_on(column, dates)).select(key, pl.col(column).dt.date().alias("metric_dt"))
    return lines.join(dated, on=key, how="inner")


def falls_on(column: str, dates: Collection[date]) -> pl.Expr:
    """Whether a date or timestamp is on one of `dates`. The bounds are stated too: Parquet skips what is outside them."""
    if not dates:
        return pl.lit(False)
    moment = pl.col(column)
    within = (moment >= min(dates)) & (moment < max(dates) + timedelta(days=1))
    return within & moment.dt.date().is_in(sorted(dates))
