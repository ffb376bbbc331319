"""Event dates: the lines of orders, returns and carts on the dates that their headers state.

Here: the one join of lines and headers that the product tables share. Not here: which lines, or what is summed.
"""

from collections.abc import Collection
from datetime import date, timedelta

import polars as pl


def on_event_dates(
    lines: pl.LazyFrame, headers: pl.LazyFrame, key: str, column: str, dates: Collection[date]
) -> pl.LazyFrame:
    """The lines whose header's `column` falls on one of `dates` (at least one), with that date as `metric_dt`.

    One row per line: `headers` holds each key once. A line whose header is not known has no date and so no place in
    any day; silver's foreign keys keep such lines waiting until their header arrives.
    """
    event_date = pl.col(column).dt.date()
    dated = headers.filter(
        pl.col(column) >= min(dates),  # a range as well as the dates: it skips files and row groups by their statistics
        pl.col(column) < max(dates) + timedelta(days=1),
        event_date.is_in(sorted(dates)),
    ).select(key, event_date.alias("metric_dt"))
    return lines.join(dated, on=key, how="inner")
