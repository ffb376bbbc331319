"""Comparison: the platform and the bare script on the same drops, and the overheads that no row explains.

Here: the order of measuring, the refusal to compare what differs, the aim. Not here: how a figure is printed.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.agreement import require_agreement
from benchmarks.children import Measured, run_bare, run_platform
from benchmarks.drops import Drops, drops_of, sample_of
from benchmarks.marts import write_marts
from platform_assets.definitions import build_definitions
from platform_assets.settings import Settings

RATIO, FIXED_SECONDS, SECONDS_PER_TABLE_DAY = 1.3, 15.0, 0.025
LEAST_ROWS = 1  # asks for the smallest shop there is: what it costs is overhead


@dataclass(frozen=True)
class Comparison:
    """Both runs over the same drops from nothing. `tables` counts the platform's assets without quarantine tables."""

    rows: int
    days: int
    tables: int
    platform: Measured
    bare: Measured

    @property
    def ratio(self) -> float:
        return self.platform.wall / self.bare.wall

    @property
    def aim(self) -> float:
        """Wall seconds that the platform may take."""
        return RATIO * self.bare.wall + FIXED_SECONDS + SECONDS_PER_TABLE_DAY * self.tables * self.days


@dataclass(frozen=True)
class Overheads:
    """What a run costs with almost no rows: wall and CPU seconds of one day, and of a further day for each table."""

    fixed: Measured
    wall_per_table_day: float
    cpu_per_table_day: float


def compare(data: Path, rows: int, days: int) -> Comparison:
    """Measure both on about `rows` rows. Raises DisagreementError when their results differ."""
    drops = drops_of(sample_of(rows, days), data)
    marts = data / "marts"
    shutil.rmtree(marts, ignore_errors=True)
    write_marts(marts)
    bare = run_bare(drops, data / "bare", marts)
    platform = _platform_from_nothing(drops, data / "platform")
    require_agreement(data / "platform", data / "bare")
    return Comparison(drops.rows(), days, _tables(), platform, bare)


def overheads(data: Path, days: int) -> Overheads:
    """Run the smallest shop for one day and for `days` days."""
    one, many = (
        _platform_from_nothing(drops_of(sample_of(LEAST_ROWS, number), data), data / "platform") for number in (1, days)
    )
    further = (days - 1) * _tables()
    return Overheads(one, (many.wall - one.wall) / further, (many.cpu - one.cpu) / further)


def _platform_from_nothing(drops: Drops, data: Path) -> Measured:
    shutil.rmtree(data, ignore_errors=True)
    return run_platform(drops, data, drops.first, drops.last)


def _tables() -> int:
    keys = build_definitions(Settings.from_env({})).resolve_all_asset_keys()
    return sum(key.path[0] != "quarantine" for key in keys)
