"""Retries: a real step that meets a passing problem works at the next attempt; a refused or wrong one is left."""

import fcntl
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pytest
from conftest import DAY, Platform, empty_shop, order

from platform_assets.dbt_process import DbtError
from platform_assets.definitions import build_definitions
from platform_assets.gates import DayVerdict, table_step
from platform_assets.gates.retries import is_passing
from platform_assets.lake import ReplacedInputError
from platform_assets.partitions import ingest_days
from platform_assets.settings import Retries

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
FEW = Retries(count=2, delay=0.01, longest=0.01)
SPEC = dg.AssetSpec("things")


def impatient(platform: Platform) -> Platform:
    return Platform(replace(platform.settings, retries=FEW), platform.contracts)


def outcome(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> tuple[bool, int]:
    """Whether the run succeeded, and how many steps were tried again."""
    restarts = [event for event in result.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"]
    return result.success, len(restarts)


def run_step(
    platform: Platform, instance: dg.DagsterInstance, attempt: Callable[[int], DayVerdict]
) -> tuple[bool, int]:
    """A step whose attempts are numbered from 0."""
    step = table_step(
        SPEC,
        (),
        lambda context, days: [attempt(context.retry_number)],
        platform.settings,
        ingest_days(platform.settings),
    )
    job = dg.Definitions([step], jobs=[dg.define_asset_job("all", "*")]).resolve_job_def("all")
    return outcome(
        instance, job.execute_in_process(QUIET, instance=instance, partition_key=str(DAY), raise_on_error=False)
    )


@pytest.mark.parametrize(
    ("bad_attempts", "expected"), [(0, (True, 0)), (1, (True, 1)), (2, (True, 2)), (3, (False, 2))]
)
def test_a_step_is_tried_as_often_as_its_environment_says(
    platform: Platform, instance: dg.DagsterInstance, bad_attempts: int, expected: tuple[bool, int]
) -> None:
    def attempt(number: int) -> DayVerdict:
        if number < bad_attempts:
            raise OSError(5, "Input/output error")
        return DayVerdict(DAY, 1, {})

    assert run_step(impatient(platform), instance, attempt) == expected


@pytest.mark.parametrize(("replacements", "restarts"), [(4, 0), (5, 1)])
def test_a_computation_whose_inputs_are_replaced_is_repeated_at_once_before_dagster_waits(
    platform: Platform, instance: dg.DagsterInstance, replacements: int, restarts: int
) -> None:
    left = [ReplacedInputError("silver/stg_orders was replaced while it was read")] * replacements

    def attempt(number: int) -> DayVerdict:
        if left:
            raise left.pop()
        return DayVerdict(DAY, 1, {})

    assert run_step(impatient(platform), instance, attempt) == (True, restarts)


@pytest.mark.parametrize(
    "problem", [ValueError("a mistake"), DbtError("Compilation Error in model stg_orders"), KeyError("x")]
)
def test_a_problem_that_will_not_pass_fails_at_once_although_a_retry_would_take_a_minute(
    platform: Platform, instance: dg.DagsterInstance, problem: Exception
) -> None:
    def attempt(number: int) -> DayVerdict:
        raise problem

    assert platform.settings.retries == Retries(1, 60, 60)
    assert run_step(platform, instance, attempt) == (False, 0)


def test_a_refusal_is_not_tried_again(platform: Platform, instance: dg.DagsterInstance) -> None:
    empty_shop(platform, [DAY])
    (platform.landing / "orders" / f"ingest_dt={DAY}" / "_MANIFEST.json").unlink()
    platform.drop("orders", f"ingest_dt={DAY}", [order(1)], manifest=False)
    result = impatient(platform.strict()).materialize([DAY], instance, job="bronze_layer")
    assert outcome(instance, result) == (False, 0)
    failures = [event.step_key for event in result.get_step_failure_events()]
    assert failures == ["bronze_orders"]


def test_a_real_bronze_step_that_cannot_write_at_first_lands_the_day_at_the_next_attempt(
    platform: Platform, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk says no once: the operating system is what is replaced, not our code."""
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1), order(2)])
    works, refusals = os.replace, [OSError(28, "No space left on device")]

    def full_at_first(staged: Path, target: Path) -> None:
        if refusals and "bronze/shop/orders" in str(target):
            raise refusals.pop()
        works(staged, target)

    monkeypatch.setattr(os, "replace", full_at_first)
    result = impatient(platform).materialize([DAY], instance, job="bronze_layer")
    assert outcome(instance, result) == (True, 1)
    published = platform.lake.bronze("shop", "orders").manifest(DAY)
    assert published is not None
    assert published.rows == 2
    assert list(platform.lake.staging.rglob("*.parquet")) == []


@pytest.mark.parametrize(
    ("job", "locks"), [("silver_layer", {"quarantine_customers", "quarantine_orders"}), ("gold_layer", {".lock"})]
)
def test_silver_and_gold_whose_tables_are_computed_together_are_tried_again_too(
    platform: Platform, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, job: str, locks: set[str]
) -> None:
    empty_shop(platform, [DAY])
    platform.up_to_silver([DAY])
    shutil.rmtree(
        platform.settings.lake / "silver" if job == "silver_layer" else platform.settings.warehouse.parent,
        ignore_errors=True,
    )
    steps = {node.name for node in build_definitions(platform.settings).resolve_job_def(job).nodes}
    works = fcntl.flock

    def busy_at_first(file: Any, operation: int) -> None:
        name = Path(file.name).name
        if name in locks:
            locks.remove(name)
            raise BlockingIOError(11, "Resource temporarily unavailable")
        works(file, operation)

    monkeypatch.setattr(fcntl, "flock", busy_at_first)
    result = impatient(platform).materialize([DAY], instance, job=job)
    tried = {event.step_key for event in result.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"}
    assert result.success
    assert tried == steps


@pytest.mark.parametrize(
    ("problem", "passes"),
    [
        (FileNotFoundError("gone"), True),
        (BlockingIOError("locked"), True),
        (PermissionError("not yours"), False),
        (IsADirectoryError("a folder"), False),
        (DbtError("Runtime Error in model stg_orders\n  IO Error: Could not read"), True),
        (DbtError("fact_orders: Database Error: TProtocolException: Invalid data"), True),
        (DbtError("fact_orders: Binder Error: column not found"), False),
        (KeyboardInterrupt(), False),
        (dg.Failure("refused", allow_retries=False), False),
    ],
)
def test_what_may_pass_is_told_from_what_will_not(problem: BaseException, passes: bool) -> None:
    assert is_passing(problem) is passes


@pytest.mark.parametrize(
    ("sql", "passes"), [("from 'nowhere.parquet'", True), ("selec 1", False), ("from nothing", False)]
)
def test_of_duckdbs_errors_those_of_reading_may_pass(sql: str, passes: bool) -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.Error) as caught:
        connection.execute(sql)
    assert is_passing(caught.value) is passes


def test_whatever_duckdb_and_polars_raise_about_a_file_that_is_replaced_while_they_read_it_may_pass(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The errors are theirs and change with their versions: this makes them happen."""
    versions = [tmp_path / f"{rows}.parquet" for rows in (50_000, 45_000)]
    for number, path in enumerate(versions):
        texts = pl.int_range(50_000 - number * 5_000, eager=True).cast(pl.String)
        pl.DataFrame({"a": texts.cast(pl.Int64), "b": "x" + texts}).write_parquet(path)
    shown, stop = tmp_path / "shown.parquet", threading.Event()
    shutil.copy(versions[0], shown)

    def keep_replacing() -> None:
        while not stop.is_set():
            for path in versions:
                os.replace(shutil.copy(path, tmp_path / "next"), shown)

    def read_by_duckdb() -> None:
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(f"select max(a), max(b) from '{shown}'").fetchall()

    writer = threading.Thread(target=keep_replacing)
    writer.start()
    found: list[BaseException] = []
    try:
        for read in (read_by_duckdb, lambda: pl.scan_parquet(shown).max().collect()):
            for _ in range(60):
                try:
                    read()
                except BaseException as problem:  # Polars' panics are no Exceptions
                    found.append(problem)
    finally:
        stop.set()
        writer.join()
    assert [repr(problem)[:200] for problem in found if not is_passing(problem)] == []
