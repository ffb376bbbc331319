"""The bare script's order of work.

`python -m benchmarks.bare <landing> <out> <first day> <last day> <folder of marts>`

Here: the steps and their seconds, which it prints as one line of JSON. Not here: what a step does.
"""

import json
import resource
import sys
import time
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import duckdb
import polars  # noqa: F401  the engine of the transforms, imported before the clock of what they need beyond it


def main(landing: Path, out: Path, first: date, last: date, marts: Path) -> dict[str, float]:
    """Everything for the days `first` to `last`, from nothing, into `out`; seconds per step.

    `deducted` and `deducted_cpu` are the seconds of importing Pandera, which only the platform's gate needs.
    """
    seconds: dict[str, float] = {}
    started, cpu = time.monotonic(), _cpu_seconds()
    import pandera.polars  # noqa: F401

    seconds["deducted"], seconds["deducted_cpu"] = time.monotonic() - started, _cpu_seconds() - cpu
    from benchmarks.bare.enriched import compute_enriched
    from benchmarks.bare.gold import build_gold
    from benchmarks.bare.silver import build_silver, write_snapshots

    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"set timezone = 'UTC'; set memory_limit = '4GB'; set temp_directory = '{out / 'spill'}'")
    steps = (
        ("silver", partial(build_silver, connection, landing, out, days)),
        ("dims", partial(write_snapshots, connection, out, days)),
        ("enriched", partial(compute_enriched, connection, out, days)),
        ("gold", partial(build_gold, connection, out, marts)),
    )
    for name, step in steps:
        started = time.monotonic()
        step()
        seconds[name] = time.monotonic() - started
    return seconds


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    landing, out, first, last, marts = sys.argv[1:]
    print(json.dumps(main(Path(landing), Path(out), date.fromisoformat(first), date.fromisoformat(last), Path(marts))))
