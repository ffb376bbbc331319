"""Drops of a size, made once per configuration and kept.

Here: sizes, the cache, and counting what landed. Not here: what a drop looks like (sample_data).
"""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from sample_data import SampleConfig, generate

ROWS_PER_ORDER = 11.5  # over all eight tables, as the sample's shops are; the report counts exactly
COMPLETE = "complete.json"


@dataclass(frozen=True)
class Drops:
    """A landing zone and the days it has."""

    landing: Path
    config: SampleConfig

    @property
    def first(self) -> date:
        return self.config.start

    @property
    def last(self) -> date:
        return self.day(self.config.days - 1)

    def day(self, number: int) -> date:
        """The day of a number, counted from 0."""
        return self.config.start + timedelta(days=number)

    def rows(self) -> int:
        """Rows that count: those of each folder's newest manifest, over all tables."""
        manifests = self.landing.glob("*/*/_MANIFEST.json")
        return sum(int(json.loads(manifest.read_bytes())["total_rows"]) for manifest in manifests)


def sample_of(rows: int, days: int) -> SampleConfig:
    """A shop of about `rows` rows over `days` days: customers and products grow with its orders."""
    orders = max(10, round(rows / days / ROWS_PER_ORDER))
    return SampleConfig(
        days=days, orders_per_day=orders, customers=max(100, 7 * orders), products=min(3000, max(60, orders))
    )


def drops_of(config: SampleConfig, data: Path) -> Drops:
    """The drops of a configuration below `data`, generated unless they are there already."""
    folder = data / "drops" / f"{config.days}-days-{config.orders_per_day}-orders-a-day"
    described = json.dumps(asdict(config), default=str, sort_keys=True)
    complete = folder / COMPLETE
    if not complete.exists() or complete.read_text() != described:
        shutil.rmtree(folder, ignore_errors=True)
        generate(config, folder / "landing")
        complete.write_text(described)
    return Drops(folder / "landing", config)
