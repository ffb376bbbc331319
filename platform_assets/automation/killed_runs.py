"""Runs of the command line that were killed: Dagster shows them as started for ever, and the sensors wait for them.

Here: the lock that a process holds while it lives, named in the tags of its runs, and failing the runs of processes
that are gone. Not here: runs that the daemon launched (deploy/abandoned_runs.py).
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import dagster as dg

from platform_assets.lake import is_locked, locked

PROCESS_TAG = "platform_assets/process"
FOLDER = ".platform_assets"
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@contextmanager
def process_tags(home: Path) -> Iterator[dict[str, str]]:
    """The tags of this process's runs; valid until it ends, however it ends. `home` is DAGSTER_HOME."""
    name = uuid4().hex
    lock = _lock(home, name)
    with ExitStack() as held:
        with _nobody_sweeps(home):
            held.enter_context(locked(lock))
        try:
            yield {PROCESS_TAG: name}
        finally:
            lock.unlink()


def fail_killed_runs(instance: dg.DagsterInstance, home: Path) -> list[str]:
    """Mark the unfinished runs of dead processes as failed, and delete the locks they left; the ids of the runs."""
    unfinished = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
    dead = [run.run_id for run in unfinished if not _is_alive(home, run.tags.get(PROCESS_TAG))]
    # Asked again: a run may have ended, and its process too, between the two looks.
    killed = instance.get_runs(dg.RunsFilter(dead, statuses=UNFINISHED)) if dead else []
    for run in killed:
        instance.report_run_failed(run, "The process that worked on this run was killed.")
    with _nobody_sweeps(home):
        for left in (home / FOLDER).glob("*.lock"):
            if not is_locked(left):
                left.unlink(missing_ok=True)
    return [run.run_id for run in killed]


def _nobody_sweeps(home: Path) -> AbstractContextManager[None]:
    """A new lock file looks like that of a dead process until it is locked: making one and sweeping take turns."""
    return locked(home / ".platform_assets.lock")


def _is_alive(home: Path, process: str | None) -> bool:
    """Whether the process may be at work. Runs without the tag, or with a made-up one, are not ours to judge."""
    if not process or not re.fullmatch("[0-9a-f]{32}", process):
        return True
    return is_locked(_lock(home, process))


def _lock(home: Path, process: str) -> Path:
    return home / FOLDER / f"{process}.lock"
