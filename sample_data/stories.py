"""Which rows of a day are dirty or play a part in a story: numbered beforehand, for any day.

The layout of a day hands out its first row numbers to fates; from `clean_from` on every row is clean. Fates
prefixed 'line:' leave the order (cart, return) clean and befall its first line. Late parents are
derived from the same layouts, so the child and its late parent agree without meeting. No frames of rows here.
"""

from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from .config import SampleConfig
from .dirt import allot, at_least_one

LINES = 4.5
"""Mean lines of an order or a cart."""
_CHILD = {"orders": "order_items", "shopping_carts": "cart_items", "returns": "return_items"}
_LETTER = {"orders": "O", "shopping_carts": "C"}
LATE_PRODUCTS = 10_000_000


@dataclass(frozen=True)
class Layout:
    """The fates of a day in row order with their counts, and the day's number of rows."""

    rows: int
    fates: tuple[tuple[str, int], ...]

    @property
    def clean_from(self) -> int:
        """The number of the first row without a fate."""
        return sum(count for _, count in self.fates)

    def count(self, fate: str) -> int:
        """Rows with a fate."""
        return sum(count for name, count in self.fates if name == fate)

    def frame(self) -> pl.DataFrame:
        """One row per row of the day: _n (Int64), _fate ('' = clean), _k (Int64, number within the fate)."""
        names = [name for name, count in self.fates for _ in range(count)]
        within = [i for _, count in self.fates for i in range(count)]
        rest = self.rows - len(names)
        fate = pl.concat([pl.Series(names, dtype=pl.String), pl.repeat("", rest, dtype=pl.String, eager=True)])
        k = pl.concat([pl.Series(within, dtype=pl.Int64), pl.zeros(rest, dtype=pl.Int64, eager=True)])
        return pl.DataFrame({"_n": pl.int_range(self.rows, eager=True), "_fate": fate, "_k": k})


@lru_cache(maxsize=256)
def layout(config: SampleConfig, table: str, day: int) -> Layout:
    """The layout of orders, shopping_carts (those without an order) or returns on a day.

    At most half of the rows have a fate, so that clean rows to refer to always exist.
    """
    rows, turn, lines = _sizes(config, table, day)
    fates = allot(config, table, turn, rows) + _tales(config, table, day, rows)
    child = _CHILD[table]
    fates += [(f"line:{name}", count) for name, count in allot(config, child, turn, rows * lines)]
    tales = ("late_product", "twin") if table == "orders" else ("duplicate",)
    fates += [(f"line:{name}", at_least_one(config, rows, 0.002)) for name in tales]
    kept, left = list[tuple[str, int]](), rows // 2
    for name, count in fates:
        if min(count, left) > 0:
            kept.append((name, min(count, left)))
            left -= min(count, left)
    return Layout(rows, tuple(kept))


def _sizes(config: SampleConfig, table: str, day: int) -> tuple[int, int, float]:
    """Rows, ordinal of the delivery, mean lines per row."""
    if table == "orders":
        return config.orders_on(day), day, LINES
    if table == "shopping_carts":
        return config.open_carts_on(day), day, LINES
    # Reasons take turns; a day without returns must not use up a turn.
    return config.returns_on(day), day - (day + 3) // 7, 2.3


def _tales(config: SampleConfig, table: str, day: int, rows: int) -> list[tuple[str, int]]:
    rates = {"late_customer": 0.003, "duplicate": 0.003}
    if table == "orders":
        rates = {"late_customer": 0.003, "resent": 0.003, "resent_invalid": 0.001, "resent_later": 0.003}
        rates |= {"late_file": 0.03} if config.has_late_file(day) else {}
        rates |= {"corrected": 0.05} if config.is_corrected(day) else {}
    elif table == "returns":
        rates = {"duplicate": 0.003}
    return [(name, at_least_one(config, rows, rate)) for name, rate in rates.items()]


def arrival(day: int, k: int) -> int:
    """The day on which the late parent number `k` of a day arrives: one or two days later."""
    return day + 1 + k % 2


def late_parents(config: SampleConfig, fate: str, day: int) -> list[str]:
    """Names of the late customers (fate 'late_customer') or products that arrive on a day, e.g. '00003O1'."""
    tables = ("orders", "shopping_carts") if fate == "late_customer" else ("orders",)
    return [
        f"{then:05d}{_LETTER[table]}{k}"
        for then in range(max(0, day - 2), day)
        for table in tables
        for k in range(layout(config, table, then).count(fate))
        if arrival(then, k) == day
    ]


def late_product_number(day: int, k: int) -> int:
    """The product number missed by the order line number `k` of a day with that fate."""
    return LATE_PRODUCTS + day * 100_000 + k


def late_products(config: SampleConfig, day: int) -> list[int]:
    """Numbers of the late products that arrive on a day."""
    names = late_parents(config, "line:late_product", day)
    return [late_product_number(int(name[:5]), int(name[6:])) for name in names]
