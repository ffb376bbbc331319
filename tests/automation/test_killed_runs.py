"""Runs whose process was killed, and the locks that it left: real processes that hold real locks."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import dagster as dg
import pytest

from platform_assets.automation.killed_runs import PROCESS_TAG, fail_killed_runs, process_tags
from platform_assets.lake import locked
from platform_assets.settings import PROJECT

HOLD = """
import sys
from pathlib import Path
from platform_assets.automation.killed_runs import PROCESS_TAG, process_tags
with process_tags(Path(sys.argv[1])) as tags:
    print(tags[PROCESS_TAG], flush=True)
    sys.stdin.read()
"""


@dg.job
def everything() -> None:
    """No steps: only its runs' states matter."""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def started(instance: dg.DagsterInstance, tags: dict[str, str]) -> str:
    return instance.create_run_for_job(everything, tags=tags, status=dg.DagsterRunStatus.STARTED).run_id


def test_the_runs_of_a_killed_process_are_failed_and_those_of_a_living_one_are_not(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    holders = [subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in "ab"]
    names = [holder.stdout.readline().decode().strip() for holder in holders if holder.stdout]
    of_killed, of_living = (started(instance, {PROCESS_TAG: name}) for name in names)
    holders[0].kill()
    holders[0].communicate()

    assert fail_killed_runs(instance, tmp_path) == [of_killed]
    assert fail_killed_runs(instance, tmp_path) == []

    states = {run.run_id: run.status.value for run in instance.get_runs()}
    assert states == {of_killed: "FAILURE", of_living: "STARTED"}
    holders[1].communicate()
    assert list((tmp_path / ".platform_assets").iterdir()) == []


def test_the_locks_of_processes_that_were_killed_between_runs_are_deleted_and_those_of_the_living_are_not(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    with process_tags(tmp_path) as tags:
        locks = tmp_path / ".platform_assets"
        (locks / f"{'0' * 32}.lock").touch()  # what a killed process leaves: a file that nobody has locked
        (locks / "notes.txt").touch()

        assert fail_killed_runs(instance, tmp_path) == []
        assert {path.name for path in locks.iterdir()} == {f"{tags[PROCESS_TAG]}.lock", "notes.txt"}


def test_a_process_that_begins_waits_for_one_that_sweeps(tmp_path: Path) -> None:
    begun = Event()

    def begin() -> None:
        with process_tags(tmp_path):
            begun.set()

    process = Thread(target=begin)
    with locked(tmp_path / ".platform_assets.lock"):
        process.start()
        assert not begun.wait(0.3)
        assert not (tmp_path / ".platform_assets").exists(), "no lock file that looks abandoned"
    process.join()
    assert begun.is_set()


@pytest.mark.parametrize("tags", [{}, {PROCESS_TAG: "../../dagster.yaml"}, {PROCESS_TAG: ""}])
def test_runs_that_no_command_line_began_are_left_alone(
    instance: dg.DagsterInstance, tmp_path: Path, tags: dict[str, str]
) -> None:
    started(instance, tags)

    assert fail_killed_runs(instance, tmp_path) == []


def test_a_finished_run_of_a_killed_process_keeps_its_state(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    with process_tags(tmp_path) as tags:
        instance.create_run_for_job(everything, tags=tags, status=dg.DagsterRunStatus.SUCCESS)

    assert fail_killed_runs(instance, tmp_path) == []
