"""History: what one more day costs on top of 10, 100 and 300 small days.

Here: growing one lake and timing the day after each length. Not here: which of its steps should be flat (the report
says).
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import Measured, run_platform
from benchmarks.drops import drops_of, sample_of


@dataclass(frozen=True)
class OneMoreDay:
    """The run of one day after `days` days were loaded in ranges."""

    days: int
    measured: Measured


def one_more_day(data: Path, rows_a_day: int, lengths: Sequence[int]) -> Iterator[OneMoreDay]:
    """Load each length in a range on top of the one before, then run the next day on its own.

    The lake as it was before the timed day is kept as `history/after-<days>`, to look into with a profiler.
    """
    days = max(lengths) + 1
    drops = drops_of(sample_of(rows_a_day * days, days), data)
    lake = data / "history" / "lake"
    shutil.rmtree(data / "history", ignore_errors=True)
    next_day = 0
    for length in sorted(lengths):
        if next_day < length:
            run_platform(drops, lake, drops.day(next_day), drops.day(length - 1))
        shutil.copytree(lake, data / "history" / f"after-{length}")
        yield OneMoreDay(length, run_platform(drops, lake, drops.day(length), drops.day(length)))
        next_day = length + 1
