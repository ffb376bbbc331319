"""A snapshot made from an older one is the same bytes as one made from all statements, in any order of days."""

import random
import shutil
from datetime import date, datetime

import polars as pl
import pytest
from conftest import DAY, Platform, days_from

from platform_assets.contracts import SilverModel
from platform_assets.dims.snapshots import refresh_snapshots, snapshot_table
from platform_assets.gates.schemas import polars_type
from platform_assets.lake import Manifest

DAYS = days_from(DAY, 8)
KEYS = [f"C{number}" for number in range(12)]


@pytest.fixture
def model(platform: Platform) -> SilverModel:
    return platform.contracts.silver["stg_customers"]


def state(platform: Platform, model: SilverModel, day: date, chance: random.Random) -> None:
    """The silver day, anew: other keys with other values, some of them null, stated at other times."""
    table = platform.lake.table("silver", model.name)
    types = {name: polars_type(kind) for name, kind in model.stored_types.items()}
    rows = [
        {
            "customer_id": key,
            "loyalty_tier": chance.choice(["bronze", "gold", None]),
            "age": chance.choice([None, 40, 41]),
            "_arrived_dt": day,
            "event_id": chance.choice([None, "1", "2"]),
            "ingestion_ts": chance.choice([None, datetime(2025, 10, chance.randint(1, 30))]),
        }
        for key in chance.sample(KEYS, chance.randint(0, len(KEYS)))
    ]
    staged = platform.lake.root / "staged.parquet"
    staged.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame([{name: row.get(name) for name in types} for row in rows], schema=types).write_parquet(staged)
    platform.lake.publish(day, [(table, staged, Manifest.of_file(table.key, day, staged, len(rows), {}))], "test")


def refresh(platform: Platform, model: SilverModel, days: list[date]) -> dict[date, bytes]:
    refresh_snapshots(platform.settings, platform.lake, model, days, "test")
    return {day: snapshot_table(platform.lake, model).data(day).read_bytes() for day in days}


def from_nothing(platform: Platform, model: SilverModel, day: date) -> bytes:
    """The day's snapshot in a lake without any other."""
    others, aside = snapshot_table(platform.lake, model).folder, platform.lake.root / "aside"
    others.rename(aside)
    made = refresh(platform, model, [day])[day]
    shutil.rmtree(others)
    aside.rename(others)
    return made


@pytest.mark.parametrize("seed", range(4))
def test_snapshots_of_random_histories_are_those_made_from_all_statements(
    seed: int, platform: Platform, model: SilverModel
) -> None:
    chance = random.Random(seed)
    for day in DAYS:
        state(platform, model, day, chance)
    for _ in range(12):
        asked = sorted(chance.sample(DAYS, chance.randint(1, 4)))
        made = refresh(platform, model, asked)
        for day in asked:
            assert made[day] == from_nothing(platform, model, day), (asked, day)
        state(platform, model, chance.choice(DAYS), chance)


def test_a_snapshot_reads_no_statements_that_an_older_snapshot_stands_for(
    platform: Platform, model: SilverModel
) -> None:
    """Their files are emptied behind the back of the manifests: who reads them fails."""
    for day in DAYS:
        state(platform, model, day, random.Random(5))
    refresh(platform, model, DAYS[:5])
    expected = from_nothing(platform, model, DAYS[7])
    for day in DAYS[:5]:
        file = platform.lake.table("silver", model.name).data(day)
        file.write_bytes(b"-" * file.stat().st_size)

    assert refresh(platform, model, DAYS[5:])[DAYS[7]] == expected
