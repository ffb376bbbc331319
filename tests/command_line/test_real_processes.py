"""The command line as a process of its own: a strict run, and what loading definitions imports."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import DAY, Platform, days_from, empty_shop, order
from end_to_end.crew import open_instance, start

from platform_assets.settings import PROJECT


def run(folder: Path, data: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python <arguments>` in `folder`, with nothing of the caller's platform in its environment."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PLATFORM_", "DAGSTER_"))}
    settings = {"PLATFORM_DATA": str(data), "PLATFORM_START_DATE": "2025-10-01"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=inherited | settings | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def dagster_home(folder: Path) -> str:
    home = folder / "dagster"
    home.mkdir()
    shutil.copyfile(PROJECT / "dagster.yaml", home / "dagster.yaml")  # without telemetry, among others
    return str(home)


def test_a_backfill_makes_runs_of_so_many_days_oldest_first_and_stops_at_the_first_that_fails(
    platform: Platform, tmp_path: Path
) -> None:
    days = days_from(DAY, 5)
    empty_shop(platform, days)
    platform.drop("orders", f"ingest_dt={days[3]}", [order(1, net_total=-1.0)])
    command = ("-m", "platform_assets", "backfill", "--to", str(days[4]))
    home = dagster_home(tmp_path)
    ran = run(PROJECT, tmp_path, *command, PLATFORM_GATES="strict", PLATFORM_DAYS_PER_RUN="2", DAGSTER_HOME=home)

    assert ran.returncode == 1, ran.stdout + ran.stderr
    shown = [line for line in ran.stdout.splitlines() if line.startswith("Pass")]
    assert shown == [
        "Pass 1: ingest days 2025-10-01 to 2025-10-02",
        "Pass 1: ingest days 2025-10-03 to 2025-10-04",
    ]
    assert "silver/stg_orders 2025-10-04: failed rules" in ran.stderr
    assert platform.lake.table("silver", "stg_orders").days() == days[:3]


def test_a_strict_run_of_bad_rows_exits_with_1_prints_the_reason_and_publishes_nothing_of_them(
    platform: Platform, tmp_path: Path
) -> None:
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1), order(2, net_total=-1.0)])
    home = dagster_home(tmp_path)
    ran = run(PROJECT, tmp_path, "-m", "platform_assets", "run", PLATFORM_GATES="strict", DAGSTER_HOME=home)

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "FAILED silver: " in ran.stderr
    assert "silver/stg_orders 2025-10-01: failed rules" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert platform.lake.table("silver", "stg_orders").days() == []
    assert platform.lake.table("dims", "customers").days() == [DAY]
    assert not platform.settings.warehouse.exists()


HEAVY = ("polars", "pandera", "pandas", "dbt.cli", "dbt.adapters.duckdb", "google.cloud", "dagster_gcp")
LOAD = f"""
import sys
from platform_assets.definitions import defs
defs().resolve_all_job_defs()
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_definitions_load_without_dagster_home_and_without_heavy_libraries(platform: Platform, tmp_path: Path) -> None:
    loaded = run(PROJECT, tmp_path, "-c", LOAD)
    assert (loaded.returncode, loaded.stdout) == (0, "[]\n"), loaded.stderr


def test_processes_that_start_together_on_a_new_dagster_home_all_get_an_instance(
    platform: Platform, tmp_path: Path
) -> None:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")

    together = [start(open_instance, platform, tmp_path) for _ in range(4)]
    for process in together:
        process.join(120)
    assert [process.exitcode for process in together] == [0, 0, 0, 0]

    later = start(open_instance, platform, tmp_path)
    later.join(120)
    assert later.exitcode == 0
