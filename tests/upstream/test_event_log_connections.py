"""The event log's kept connections: what it writes is Dagster's own layout, and it behaves like the log it replaces.

Leans on private parts of dagster 1.13: `SqliteEventLogStorage._connect` and `_db_lock`, and the batches in which events of a
range of days are handed over.
"""

import threading
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
import sqlalchemy
import yaml
from dagster._core.storage.event_log import SqliteEventLogStorage

from platform_assets import event_log
from platform_assets.automation.jobs import range_tags
from platform_assets.event_log import OPEN_DATABASES, OpenSqliteEventLogStorage
from platform_assets.settings import PROJECT

DAYS = dg.DailyPartitionsDefinition("2025-10-01")


@dg.multi_asset(
    specs=[dg.AssetSpec("orders", partitions_def=DAYS)],
    check_specs=[dg.AssetCheckSpec("rules", asset="orders")],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def orders() -> Iterator[dg.MaterializeResult[None]]:
    yield dg.MaterializeResult(metadata={"rows": 3}, check_results=[dg.AssetCheckResult(passed=False)])


JOB = dg.Definitions([orders]).resolve_implicit_global_asset_job_def()
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dagster.yaml").write_text((PROJECT / "dagster.yaml").read_text())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


def use_dagsters_own(home: Path) -> None:
    settings = yaml.safe_load((home / "dagster.yaml").read_text())
    del settings["event_log_storage"]
    (home / "dagster.yaml").write_text(yaml.dump(settings))


def run(instance: dg.DagsterInstance, day: str) -> str:
    return JOB.execute_in_process(QUIET, instance=instance, partition_key=day).run_id


def run_range(instance: dg.DagsterInstance, first: date, last: date) -> str:
    return JOB.execute_in_process(QUIET, instance=instance, tags=range_tags(first, last)).run_id


def materialize(instance: dg.DagsterInstance, day: str) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization("orders", partition=day))


def days_seen(instance: dg.DagsterInstance) -> set[str]:
    return instance.get_materialized_partitions(dg.AssetKey("orders"))


def story(instance: dg.DagsterInstance, run_id: str) -> list[str | None]:
    return [entry.dagster_event_type and entry.dagster_event_type.value for entry in instance.all_logs(run_id)]


def test_the_instance_of_dagster_yaml_uses_it(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, OpenSqliteEventLogStorage)


def test_dagster_without_it_reads_the_same_events(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        run_id = run(instance, "2025-10-01")
        written = story(instance, run_id)
    use_dagsters_own(home)

    with dg.DagsterInstance.get() as plain:
        assert type(plain.event_log_storage).__name__ == SqliteEventLogStorage.__name__
        assert story(plain, run_id) == written
        assert "ASSET_CHECK_EVALUATION" in written
        assert plain.get_materialized_partitions(dg.AssetKey("orders")) == {"2025-10-01"}


def test_an_event_that_fails_halfway_leaves_nothing_in_the_open_connection(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        storage = instance.event_log_storage
        assert isinstance(storage, OpenSqliteEventLogStorage)
        with pytest.raises(ZeroDivisionError), storage.index_connection() as connection:
            connection.execute(sqlalchemy.text("create table half (x int)"))
            connection.execute(sqlalchemy.text("insert into half values (1)"))
            raise ZeroDivisionError
        run(instance, "2025-10-01")
        assert instance.get_materialized_partitions(dg.AssetKey("orders")) == {"2025-10-01"}


def test_a_server_that_looks_at_many_runs_keeps_few_databases_open(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        runs = [run(instance, f"2025-10-{number:02d}") for number in range(1, 8)]
        storage = instance.event_log_storage
        assert isinstance(storage, OpenSqliteEventLogStorage)
        assert all(story(instance, run_id) for run_id in runs)
        assert len(storage._engines) <= OPEN_DATABASES


def test_the_days_of_a_range_are_handed_over_at_once_and_read_by_dagster_without_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[list[str | None]] = []
    own = OpenSqliteEventLogStorage.store_event_batch

    def noted(storage: OpenSqliteEventLogStorage, events: Sequence[dg.EventLogEntry]) -> None:
        batches.append([event.dagster_event_type and event.dagster_event_type.value for event in events])
        own(storage, events)

    monkeypatch.setattr(OpenSqliteEventLogStorage, "store_event_batch", noted)
    with dg.DagsterInstance.get() as instance:
        run_id = run_range(instance, date(2025, 10, 1), date(2025, 10, 5))
    assert ["ASSET_MATERIALIZATION"] * 5 in batches
    use_dagsters_own(home)

    with dg.DagsterInstance.get() as plain:
        assert story(plain, run_id).count("ASSET_MATERIALIZATION") == 5
        assert days_seen(plain) == {f"2025-10-0{number}" for number in range(1, 6)}


def entries(instance: dg.DagsterInstance, run_id: str, days: Sequence[str]) -> list[dg.EventLogEntry]:
    """Materializations of `days`, made from one that Dagster logged."""
    logged = next(
        entry
        for entry in instance.all_logs(run_id)
        if entry.dagster_event and entry.dagster_event.is_step_materialization
    )
    event, data = logged.get_dagster_event(), logged.get_dagster_event().step_materialization_data
    return [
        logged._replace(dagster_event=event._replace(event_specific_data=data._replace(materialization=made)))
        for made in (dg.AssetMaterialization("orders", partition=day) for day in days)
    ]


def test_a_batch_is_seen_by_others_at_its_end_and_leaves_nothing_when_it_fails(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dg.DagsterInstance.get() as instance, dg.DagsterInstance.get() as other:
        run_id = run(instance, "2025-10-01")
        storage, seen = instance.event_log_storage, []
        own = OpenSqliteEventLogStorage.store_event

        def noted(log: OpenSqliteEventLogStorage, event: dg.EventLogEntry) -> None:
            seen.append(days_seen(other))
            own(log, event)
            if event.get_dagster_event().partition == "2025-10-09":
                raise ZeroDivisionError

        monkeypatch.setattr(OpenSqliteEventLogStorage, "store_event", noted)
        storage.store_event_batch(entries(instance, run_id, ["2025-10-02", "2025-10-03"]))
        assert seen == [{"2025-10-01"}] * 2
        with pytest.raises(ZeroDivisionError):
            storage.store_event_batch(entries(instance, run_id, ["2025-10-04", "2025-10-09"]))
        assert days_seen(instance) == days_seen(other) == {"2025-10-01", "2025-10-02", "2025-10-03"}


def test_another_thread_waits_for_the_end_of_a_batch_and_is_no_part_of_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dg.DagsterInstance.get() as instance:
        run_id = run(instance, "2025-10-01")
        beside = threading.Thread(target=materialize, args=(instance, "2025-10-09"))
        own = OpenSqliteEventLogStorage.store_event

        def interrupted(log: OpenSqliteEventLogStorage, event: dg.EventLogEntry) -> None:
            own(log, event)
            if threading.current_thread() is not beside:
                beside.start()
                raise ZeroDivisionError

        batch = entries(instance, run_id, ["2025-10-02"])
        monkeypatch.setattr(OpenSqliteEventLogStorage, "store_event", interrupted)
        with pytest.raises(ZeroDivisionError):
            instance.event_log_storage.store_event_batch(batch)
        beside.join()
        assert days_seen(instance) == {"2025-10-01", "2025-10-09"}


def test_there_is_a_gap_after_a_long_batch_for_those_who_wait_for_the_log(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one, who looks every tenth of a second would wait for all batches of a long run."""
    gaps: list[float] = []
    clock = iter(range(1_000_000))  # every look is a second later
    monkeypatch.setattr(event_log, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=gaps.append))
    with dg.DagsterInstance.get() as instance:
        run_range(instance, date(2025, 10, 1), date(2025, 10, 5))
        assert gaps
        assert set(gaps) == {event_log.GAP}
        gaps.clear()
        materialize(instance, "2025-10-06")
        assert not gaps, "single events leave gaps enough"


def test_dagster_has_the_private_names_that_the_event_log_builds_on(tmp_path: Path) -> None:
    names = ("_connect", "_db_lock", "_initdb", "_initialized_dbs", "_has_asset_key_col_on_connection")
    storage = SqliteEventLogStorage(str(tmp_path))
    assert [name for name in names if not hasattr(storage, name)] == []
