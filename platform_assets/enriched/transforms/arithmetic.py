"""Arithmetic of the transforms: money is decimal and rounds half away from zero, as SQL does; rates are shares.

Here: the types and the two divisions that every transform shares. Not here: anything about a single table.
"""

import polars as pl

MONEY = pl.Decimal(18, 2)
EXACT = pl.Decimal(38, 9)  # dividing money keeps its two places and rounds half to even; SQL rounds half up
RATE_PLACES = 6


def share_of_money(amount: pl.Expr, parts: pl.Expr) -> pl.Expr:
    """Money divided by a count, to the cent; null when there are no parts."""
    divisor = pl.when(parts != 0).then(parts)  # a decimal divided by zero raises, also in a branch not taken
    return (amount.cast(EXACT) / divisor).round(2, "half_away_from_zero").cast(MONEY)


def rate(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """part / whole as a float in [0, 1], 6 places; null when the whole is 0 or either is null."""
    ratio = part.cast(pl.Float64) / whole.cast(pl.Float64)
    return pl.when(whole != 0).then(ratio.clip(0.0, 1.0).round(RATE_PLACES))
