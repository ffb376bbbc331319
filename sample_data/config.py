"""What a sample is: its sizes, its seed and the calendar of what goes wrong when.

Here live `SampleConfig` and everything that follows from it without drawing a single row: how many rows a
day has, which day gets a late file, a correction, a missing drop or a new column. Days are counted from 0
(= `start`), and every schedule is a function of the day's number alone, so that a longer sample begins with
exactly the files of a shorter one. No rows and no files here.
"""

import datetime as dt
from dataclasses import dataclass

FORMATS = ("parquet", "csv", "json", "ndjson")
COMPRESSIONS = ("none", "gzip", "zstd")

LATE_FILE_AFTER = 2
CORRECTED_AFTER = 3
RESENT_AFTER = 2


class ConfigError(ValueError):
    """A sample that cannot be generated; the message says which setting is wrong and what it may be."""


@dataclass(frozen=True)
class SampleConfig:
    """Sizes, period and dirt of one sample.

    `orders_per_day`, `customers` and `products` are nominal row counts; `dirt_rate` is the share of a table's
    rows given to each single reason. Small tables are lifted so that a reason comes up about every sixth
    delivered day, as long as all reasons of the table together stay below `dirt_cap` of its rows.
    `through` is the last day (inclusive) the landing zone knows of; None means the last day of the sample.
    `compression` None means what is usual for the format: zstd inside Parquet, none for text.
    Raises ConfigError on impossible settings.
    """

    start: dt.date = dt.date(2025, 10, 1)
    days: int = 7
    orders_per_day: int = 300
    customers: int = 2000
    products: int = 300
    seed: int = 7
    through: dt.date | None = None
    clean: bool = False
    format: str = "parquet"
    compression: str | None = None
    carts_per_order: float = 0.9
    returns_per_order: float = 0.2
    dirt_rate: float = 0.001
    dirt_cap: float = 0.04
    drift_day: int = 3

    def __post_init__(self) -> None:
        """Refuse what cannot be generated, naming the setting."""
        for name, least in (("days", 1), ("orders_per_day", 1), ("customers", 1), ("products", 10)):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if self.days > 60_000 or self.orders_per_day > 10_000_000:
            raise ConfigError("at most 60,000 days and 10,000,000 orders per day")
        if self.through is not None and not self.start <= self.through <= self.date(self.days - 1):
            last = self.date(self.days - 1)
            raise ConfigError(f"through must lie within {self.start} .. {last}, got {self.through}")
        if self.format not in FORMATS:
            raise ConfigError(f"format must be one of {', '.join(FORMATS)}, got {self.format!r}")
        if self.compression is not None and self.compression not in COMPRESSIONS:
            raise ConfigError(f"compression must be one of {', '.join(COMPRESSIONS)}, got {self.compression!r}")
        if not 0 <= self.dirt_rate <= 0.02 or not 0 <= self.dirt_cap <= 1:
            raise ConfigError("dirt_rate must lie within 0 .. 0.02 and dirt_cap within 0 .. 1")
        if not 0 <= self.carts_per_order <= 20 or not 0 <= self.returns_per_order <= 1:
            raise ConfigError("carts_per_order must lie within 0 .. 20 and returns_per_order within 0 .. 1")

    def date(self, day: int) -> dt.date:
        """The calendar date of a day's number."""
        return self.start + dt.timedelta(days=day)

    @property
    def last(self) -> int:
        """The number of the last day that has been delivered."""
        return self.days - 1 if self.through is None else (self.through - self.start).days

    @property
    def is_text(self) -> bool:
        """Whether numbers travel as text, so that a number can be unreadable."""
        return self.format != "parquet"

    def orders_on(self, day: int) -> int:
        """Orders placed on a day: Sundays are busier, and the shop grows slowly (and not for ever)."""
        sunday = 1.15 if self.date(day).weekday() == 6 else 1.0
        return max(1, round(self.orders_per_day * sunday * (1 + 0.001 * min(day, 365))))

    def open_carts_on(self, day: int) -> int:
        """Carts of a day that did not become an order."""
        return round(self.orders_on(day) * self.carts_per_order)

    def returns_on(self, day: int) -> int:
        """Returns of a day, 0 on a day without a returns drop."""
        return 0 if self.misses_returns(day) else round(self.orders_on(day) * self.returns_per_order)

    @property
    def new_customers_per_day(self) -> int:
        """Customers that sign up per day."""
        return max(1, round(self.customers * 0.002))

    def known_customers(self, day: int) -> int:
        """How many customer numbers may shop on a day and had signed up two days before.

        Two days, because the cart of an order may be two days older than the order.
        """
        return self.customers + max(0, day - 2) * self.new_customers_per_day

    def has_late_file(self, day: int) -> bool:
        """Whether orders and order_items of the day get one more file two days later."""
        return not self.clean and day % 7 == 2

    def is_corrected(self, day: int) -> bool:
        """Whether the orders and order_items drop of the day is replaced three days later."""
        return not self.clean and day % 7 == 1

    def misses_returns(self, day: int) -> bool:
        """Whether the day has no drop of returns and return_items."""
        return not self.clean and day % 7 == 3

    def has_gift_message(self, day: int) -> bool:
        """Whether orders of the day carry the column that was not there before."""
        return not self.clean and day >= self.drift_day


TINY = SampleConfig(days=5, orders_per_day=40, customers=200, products=60)
