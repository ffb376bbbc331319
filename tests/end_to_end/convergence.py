"""What the end-to-end tests share: a small dirty sample, settling, and what is compared in the end.

Here: no expectations. Bytes of the lake and ordered rows of gold are the two identities of a platform.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
from conftest import DAY, Platform, days_from

from platform_assets.audit import behind
from platform_assets.contracts import Contracts
from platform_assets.settings import Settings
from sample_data import SampleConfig

SAMPLE = SampleConfig(days=4, orders_per_day=30, customers=60, products=20)
DAYS = days_from(DAY, SAMPLE.days)
Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class State:
    """A platform's results: {data file: sha256}, {manifest: (bytes, mtime)} and {gold table: ordered rows}."""

    files: dict[str, str]
    manifests: dict[str, tuple[bytes, int]]
    gold: Rows

    def results(self) -> tuple[dict[str, str], Rows]:
        return self.files, self.gold


def platform_at(root: Path, contracts: Contracts, landing: Path | None = None) -> Platform:
    """An empty platform below `root` that reads `landing` (its own when None)."""
    environment = {"PLATFORM_DATA": str(root), "PLATFORM_START_DATE": str(DAY), "PLATFORM_MEMORY_LIMIT": "1GB"}
    if landing:
        environment["PLATFORM_LANDING"] = str(landing)
    return Platform(Settings.from_env(environment), contracts)


def copy_of(platform: Platform, root: Path) -> Platform:
    """The same lake and warehouse at another place, the same landing zone."""
    settings = replace(
        platform.settings, lake=root / "lake", warehouse=root / "warehouse" / platform.settings.warehouse.name
    )
    shutil.copytree(platform.settings.lake, settings.lake)
    shutil.copytree(platform.settings.warehouse.parent, settings.warehouse.parent)
    return Platform(settings, platform.contracts)


def settle(platform: Platform, run_id: str = "settle") -> int:
    """Refresh the days that are behind until none is; the number of passes it took."""
    for passes in range(6):
        stale = behind(platform.settings, platform.contracts)
        if not stale:
            return passes
        platform.refresh(sorted({day for days in stale.values() for day in days}), f"{run_id}-{passes}")
    raise AssertionError(f"still behind after 6 passes: {stale}")


def state_of(platform: Platform) -> State:
    manifests = {
        str(path.relative_to(platform.settings.lake)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(platform.settings.lake.rglob("_MANIFEST.json"))
    }
    return State(platform.data_files(), manifests, gold_rows(platform))


def gold_rows(platform: Platform) -> Rows:
    """Every row of every gold table, in order of all columns."""
    with duckdb.connect(str(platform.settings.warehouse), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'gold' order by 1"
        ).fetchall()
        return {name: connection.execute(f'select * from gold."{name}" order by all').fetchall() for (name,) in tables}


def is_readable(platform: Platform, relative: str) -> bool:
    """Whether all of a Parquet file can be decoded."""
    return pl.read_parquet(platform.settings.lake / relative, hive_partitioning=False).height >= 0


def one_by_one(platform: Platform, days: Sequence[date]) -> None:
    """A run of its own for each day, in the given order. The last makes the marts too: every build makes them anew."""
    for number, day in enumerate(days):
        platform.up_to_silver([day], f"run-{number}")
        platform.enriched([day], f"run-{number}")
        if number < len(days) - 1:
            platform.facts()
    platform.gold(days)
