"""Settings: every environment is spelled out, and a value that cannot work says what to write."""

from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from platform_assets.settings import PROJECT, SettingError, Settings


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("PLATFORM_ENV", "production", "write one of local, dev, qa, prod."),
        ("PLATFORM_ENV", "Prod", "write one of local, dev, qa, prod."),
        ("PLATFORM_ENV", "", "write one of local, dev, qa, prod."),
        ("PLATFORM_GATES", "off", "write one of warn, strict."),
        ("PLATFORM_START_DATE", "01.10.2025", "write it like 2020-01-31."),
        ("PLATFORM_START_DATE", "2025-02-30", "write it like 2020-01-31."),
        ("PLATFORM_START_DATE", "20251001", "write it like 2020-01-31."),
        ("PLATFORM_END_DATE", "tomorrow", "write it like 2020-01-31."),
        ("PLATFORM_DATA", "gs://bucket/data", "only local folders are supported so far."),
        ("PLATFORM_LANDING", "gs://bucket/landing", "only local folders are supported so far."),
        ("PLATFORM_LAKE", "gs://bucket/lake", "only local folders are supported so far."),
        ("PLATFORM_WAREHOUSE", "gs://bucket/warehouse", "only local folders are supported so far."),
        ("PLATFORM_LAKE", "", "only local folders are supported so far."),
        ("PLATFORM_ROWS_PER_CHUNK", "0", "write a whole number from 1."),
        ("PLATFORM_ROWS_PER_CHUNK", "-3", "write a whole number from 1."),
        ("PLATFORM_ROWS_PER_CHUNK", "1.5", "write a whole number from 1."),
        ("PLATFORM_ROWS_PER_CHUNK", "all", "write a whole number from 1."),
        ("PLATFORM_DAYS_PER_RUN", "0", "write a whole number from 1."),
        ("PLATFORM_MEMORY_LIMIT", "lots", "write it like 4GB or 512MB."),
        ("PLATFORM_MEMORY_LIMIT", "4", "write it like 4GB or 512MB."),
        ("PLATFORM_MEMORY_LIMIT", "0GB", "write it like 4GB or 512MB."),
    ],
)
def test_a_value_that_cannot_work_is_named_and_the_message_says_what_to_write(
    name: str, value: str, instead: str
) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_env({name: value})
    assert str(caught.value).startswith(f"{name}={value!r}")
    assert str(caught.value).endswith(instead)


@pytest.mark.parametrize(
    ("name", "folder", "character"),
    [
        ("PLATFORM_DATA", "/x/a=b", "="),
        ("PLATFORM_DATA", "/x/a?b", "?"),
        ("PLATFORM_LAKE", "/x/*", "*"),
        ("PLATFORM_LAKE", "/x/a[1]", "["),
    ],
)
def test_a_lake_whose_path_means_more_than_a_name_to_its_readers_is_refused(
    name: str, folder: str, character: str
) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_env({name: folder})
    assert str(caught.value).startswith(f"{name}: {character!r} in the lake's path '{folder}")
    assert str(caught.value).endswith("write a path without = * ? and [.")


def test_landing_zones_and_warehouses_may_be_called_anything() -> None:
    settings = Settings.from_env({"PLATFORM_LANDING": "/x/dt=1", "PLATFORM_WAREHOUSE": "/x/a=b"})
    assert (settings.landing, settings.warehouse.parent) == (Path("/x/dt=1"), Path("/x/a=b"))


@pytest.mark.parametrize("end", ["2025-10-01", "2025-09-30"])
def test_the_days_end_after_they_start(end: str) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_env({"PLATFORM_START_DATE": "2025-10-01", "PLATFORM_END_DATE": end})
    assert str(caught.value) == f"PLATFORM_END_DATE={end}: write a day after PLATFORM_START_DATE=2025-10-01."


@pytest.mark.parametrize(("environment", "strict"), [("local", False), ("dev", True), ("qa", True), ("prod", True)])
def test_gates_warn_locally_and_are_strict_everywhere_else(environment: str, strict: bool) -> None:
    assert Settings.from_env({"PLATFORM_ENV": environment}).strict is strict


@pytest.mark.parametrize(("gates", "strict"), [("warn", False), ("strict", True)])
@pytest.mark.parametrize("environment", ["local", "prod"])
def test_gates_can_be_set_on_their_own(environment: str, gates: str, strict: bool) -> None:
    assert Settings.from_env({"PLATFORM_ENV": environment, "PLATFORM_GATES": gates}).strict is strict


def test_without_any_variable_a_laptop_works_in_the_folder_data() -> None:
    assert asdict(Settings.from_env({})) == {
        "environment": "local",
        "landing": Path.cwd() / "data" / "landing",
        "lake": Path.cwd() / "data" / "lake",
        "warehouse": Path.cwd() / "data" / "warehouse" / "warehouse.duckdb",
        "dbt_project": PROJECT / "dbt",
        "start_date": date(2020, 1, 1),
        "end_date": None,
        "strict": False,
        "rows_per_chunk": 1_500_000,
        "days_per_run": 31,
        "memory_limit": "1GB",
        "retries": {"count": 1, "delay": 60, "longest": 60},
        "thresholds": {},
    }


def test_each_path_can_be_set_on_its_own_and_is_made_absolute() -> None:
    found = Settings.from_env({"PLATFORM_DATA": "/d", "PLATFORM_LANDING": "drops", "PLATFORM_WAREHOUSE": "/w"})
    assert (found.landing, found.lake) == (Path.cwd() / "drops", Path("/d/lake"))
    assert found.warehouse == Path("/w/warehouse.duckdb")


@pytest.mark.parametrize("amount", ["4GB", "512MB", "1.5 GB", "800MiB", "2TB"])
def test_amounts_of_memory_are_written_as_duckdb_reads_them(amount: str) -> None:
    import duckdb

    assert Settings.from_env({"PLATFORM_MEMORY_LIMIT": amount}).memory_limit == amount
    with duckdb.connect() as connection:
        connection.execute(f"set memory_limit = '{amount}'")


def test_an_empty_day_is_an_unset_day() -> None:
    found = Settings.from_env({"PLATFORM_START_DATE": "", "PLATFORM_END_DATE": ""})
    assert (found.start_date, found.end_date) == (date(2020, 1, 1), None)
