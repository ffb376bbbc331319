"""`generate`: all days of a sample, one after the other, into files and a ledger.

This is the order of work only: what a row is, is said in the tables' modules. Memory holds one day.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .carts import cart_parts
from .catalogue import product_parts
from .config import SampleConfig
from .deliveries import active, deliver
from .ledger import Bookkeeper, Ledger
from .orders import order_parts
from .parts import Part
from .people import customer_parts
from .returns import return_parts
from .stories import late_parents, late_products


def generate(config: SampleConfig, landing: Path, progress: Callable[[str], None] | None = None) -> Ledger:
    """Writes the landing zone as it stands at the end of the config's last day; returns its ledger.

    Files of other runs in `landing` stay. `progress` gets one line per day. Raises OSError if a write fails.
    """
    book = Bookkeeper(config)
    started = time.monotonic()
    customers, products = config.customers, config.products
    for day in range(config.last + 1):
        rows = 0
        for parts in _tables(config, day):
            deliver(parts, config, landing)
            counted = active(parts, config.last)
            book.add(counted)
            rows += sum(p.frame.height for p in counted)
        customers += config.new_customers_per_day + len(late_parents(config, "late_customer", day))
        products += len(late_products(config, day))
        if progress:
            progress(f"{config.date(day)}  {rows:>11,} rows  {time.monotonic() - started:6.1f} s")
    return book.close(customers, products)


def to_stderr(line: str) -> None:
    """Progress for people."""
    print(line, file=sys.stderr, flush=True)


def _tables(config: SampleConfig, day: int) -> Iterator[list[Part]]:
    """The parts of a day, folder by folder complete, so that no more than one pair of tables is in memory."""
    yield customer_parts(config, day)
    yield product_parts(config, day)
    yield list(order_parts(config, day))
    yield list(cart_parts(config, day))
    yield list(return_parts(config, day))
