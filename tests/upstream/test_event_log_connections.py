"""The event log's kept connections: what it writes is Dagster's own layout, and it behaves like the log it replaces.

Leans on a private method of dagster 1.13: `SqliteEventLogStorage._connect`.
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy
import yaml
from dagster._core.storage.event_log import SqliteEventLogStorage

from platform_assets.event_log import OPEN_DATABASES, OpenSqliteEventLogStorage
from platform_assets.settings import PROJECT

DAYS = dg.DailyPartitionsDefinition("2025-10-01")


@dg.multi_asset(
    specs=[dg.AssetSpec("orders", partitions_def=DAYS)], check_specs=[dg.AssetCheckSpec("rules", asset="orders")]
)
def orders() -> Iterator[dg.MaterializeResult[None]]:
    yield dg.MaterializeResult(metadata={"rows": 3}, check_results=[dg.AssetCheckResult(passed=False)])


JOB = dg.Definitions([orders]).resolve_implicit_global_asset_job_def()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dagster.yaml").write_text((PROJECT / "dagster.yaml").read_text())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


def run(instance: dg.DagsterInstance, day: str) -> str:
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return JOB.execute_in_process(quiet, instance=instance, partition_key=day).run_id


def story(instance: dg.DagsterInstance, run_id: str) -> list[str | None]:
    return [entry.dagster_event_type and entry.dagster_event_type.value for entry in instance.all_logs(run_id)]


def test_the_instance_of_dagster_yaml_uses_it(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, OpenSqliteEventLogStorage)


def test_dagster_without_it_reads_the_same_events(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        run_id = run(instance, "2025-10-01")
        written = story(instance, run_id)
    settings = yaml.safe_load((home / "dagster.yaml").read_text())
    del settings["event_log_storage"]
    (home / "dagster.yaml").write_text(yaml.dump(settings))

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
