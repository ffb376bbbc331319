"""Child processes, measured: the platform and the bare script, each in a process of its own.

Here: starting them in fresh folders, seconds, memory, and the seconds of each step of the platform's run. Not here:
what is made of the figures.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from benchmarks.drops import Drops

PROJECT = Path(__file__).parents[1]
LAYERS = ("bronze", "silver", "dims", "enriched", "gold")


class ChildError(RuntimeError):
    """A measured process failed; the message is the end of its output."""


@dataclass(frozen=True)
class Measured:
    """One process: wall and CPU seconds from start to exit, peak resident memory in MB, seconds per layer.

    `outside` are wall seconds in no layer: start, imports, definitions, and what Dagster does around steps.
    """

    wall: float
    cpu: float
    peak_mb: float
    layers: dict[str, float] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def outside(self) -> float:
        return self.wall - sum(self.layers.values())


def run_platform(drops: Drops, data: Path, first: date, last: date) -> Measured:
    """One run of all layers over the days, on what `data` holds already."""
    home = data / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "dagster.yaml", home)
    settings = {
        "PLATFORM_LANDING": str(drops.landing),
        "PLATFORM_DATA": str(data),
        "PLATFORM_START_DATE": drops.first.isoformat(),
        "PLATFORM_END_DATE": (drops.last + timedelta(days=1)).isoformat(),
        "DAGSTER_HOME": str(home),
    }
    known = _finished_runs(home)
    arguments = ["-m", "platform_assets", "run", "--from", str(first), "--to", str(last)]
    measured, _ = _run(arguments, settings, data / "run.log")
    steps: dict[str, float] = {}
    for run_id, of_run in _step_seconds(home).items():
        for step, seconds in of_run.items() if run_id not in known else ():
            steps[step] = steps.get(step, 0) + seconds
    layers = {layer: sum(took for step, took in steps.items() if step.split("_")[0] == layer) for layer in LAYERS}
    return Measured(measured.wall, measured.cpu, measured.peak_mb, layers, steps)


def run_bare(drops: Drops, out: Path, marts: Path) -> Measured:
    """The bare script over all days, from nothing. What it deducts, importing what only gates need, is deducted."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    arguments = ["-m", "benchmarks.bare", str(drops.landing), str(out), str(drops.first), str(drops.last), str(marts)]
    measured, output = _run(arguments, {}, out / "run.log")
    layers: dict[str, float] = json.loads(output.splitlines()[-1])
    wall, cpu = layers.pop("deducted"), layers.pop("deducted_cpu")
    return Measured(measured.wall - wall, measured.cpu - cpu, measured.peak_mb, layers)


def _run(arguments: Sequence[str], settings: dict[str, str], log: Path) -> tuple[Measured, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PLATFORM_", "DAGSTER_"))}
    with log.open("w") as output:
        started = time.monotonic()
        child = subprocess.Popen(
            [sys.executable, *arguments], cwd=PROJECT, env=inherited | settings, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(child.pid, 0)  # the resources of this child alone
        wall = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text()
    if child.returncode:
        raise ChildError(f"{' '.join(arguments)} ended with {child.returncode}:\n{text[-3000:]}")
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return Measured(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / unit), text


def _finished_runs(home: Path) -> set[str]:
    return set(_step_seconds(home)) if (home / "history").exists() else set()


def _step_seconds(home: Path) -> dict[str, dict[str, float]]:
    """Wall seconds of each step by run, from Dagster's own records."""
    import dagster as dg

    previous = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(home)  # dagster.yaml names its storage by it
    try:
        with dg.DagsterInstance.get() as instance:
            return {
                run.run_id: {
                    step.step_key: step.end_time - step.start_time
                    for step in instance.get_run_step_stats(run.run_id)
                    if step.start_time and step.end_time
                }
                for run in instance.get_runs()
            }
    finally:
        if previous is None:
            del os.environ["DAGSTER_HOME"]
        else:
            os.environ["DAGSTER_HOME"] = previous
