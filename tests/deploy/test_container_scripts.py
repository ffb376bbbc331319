"""The scripts inside the containers: what they call healthy, which runs they give up, what they leave behind."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.tags import GRPC_INFO_TAG

from platform_assets.settings import PROJECT

HEALTH = runpy.run_path(str(PROJECT / "deploy" / "health.py"))
FAIL_ABANDONED_RUNS = runpy.run_path(str(PROJECT / "deploy" / "abandoned_runs.py"))["fail_abandoned_runs"]
STATUS = dg.DagsterRunStatus


def answer(status: str, kind: str | None) -> dict[str, Any]:
    """What the web server says about one code location."""
    content = {"__typename": kind, "message": "No module named x"} if kind else None
    location = {"name": "platform_assets.definitions", "loadStatus": status, "locationOrLoadError": content}
    return {"data": {"workspaceOrError": {"__typename": "Workspace", "locationEntries": [location]}}}


def test_a_server_with_its_code_location_loaded_is_healthy() -> None:
    assert HEALTH["problem"](answer("LOADED", "RepositoryLocation")) is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer("LOADING", None), "platform_assets.definitions is LOADING"),
        (answer("LOADED", "PythonError"), "No module named x"),
        ({"data": {"workspaceOrError": {"__typename": "Workspace", "locationEntries": []}}}, "no code location"),
        ({"data": {"workspaceOrError": {"__typename": "PythonError"}}}, "no code location"),
        ({"data": None, "errors": [{"message": "bad question"}]}, "bad question"),
    ],
)
def test_a_server_without_its_code_location_is_unhealthy_and_says_why(said: dict[str, Any], reason: str) -> None:
    assert reason in HEALTH["problem"](said)


def test_a_server_that_does_not_answer_is_unhealthy(capsys: pytest.CaptureFixture[str]) -> None:
    assert HEALTH["main"]("http://127.0.0.1:9/graphql") == 1  # port 9 is "discard": nothing listens on it
    assert "does not answer" in capsys.readouterr().out


def test_only_launched_runs_that_were_going_on_are_given_up() -> None:
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def day() -> None:
        nothing()

    launched = {GRPC_INFO_TAG: '{"host": "code", "port": 4000}'}
    with dg.instance_for_test() as instance:

        def run(status: STATUS, tags: dict[str, str]) -> str:
            return instance.create_run_for_job(day, status=status, tags=tags).run_id

        going_on = {run(status, launched) for status in (STATUS.STARTING, STATUS.STARTED, STATUS.CANCELING)}
        others = {
            run(STATUS.STARTED, {}): STATUS.STARTED,  # by the command line, in a container of its own
            run(STATUS.NOT_STARTED, {}): STATUS.NOT_STARTED,
            run(STATUS.SUCCESS, launched): STATUS.SUCCESS,
        }
        assert set(FAIL_ABANDONED_RUNS(instance)) == going_on
        statuses = {run.run_id: run.status for run in instance.get_runs()}
        assert statuses == dict.fromkeys(going_on, STATUS.FAILURE) | others
        assert FAIL_ABANDONED_RUNS(instance) == []


def start(home: Path, *command: str) -> subprocess.Popen[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"DAGSTER_HOME": str(home), "PATH": path}
    script = ["sh", str(PROJECT / "deploy" / "start.sh"), *command]
    return subprocess.Popen(script, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(shutil.which("flock") is None, reason="the containers' Debian has it; here it is missing")
def test_containers_that_start_together_share_one_whole_instance_with_the_settings_of_the_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: true}  # of an older image\n")
    together = [start(tmp_path, "sh", "-c", "echo started; exit 7") for _ in range(2)]
    assert [(process.communicate()[0], process.returncode) for process in together] == [("started\n", 7)] * 2
    assert (tmp_path / "dagster.yaml").read_text() == (PROJECT / "dagster.yaml").read_text()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as instance:
        assert instance.get_runs() == [] and instance.all_asset_keys() == []
