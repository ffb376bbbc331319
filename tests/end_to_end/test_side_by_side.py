"""Processes side by side: four writers of different days, random kills, and readers that never see anything half."""

import random
import shutil
import signal
from dataclasses import replace
from pathlib import Path

from conftest import Platform, customer, order, product
from end_to_end.convergence import DAYS, State, copy_of, is_readable, platform_at, settle, state_of
from end_to_end.crew import refresh_all, start
from end_to_end.witness import gold_facts, keep_reading, lake_facts, views_facts

from platform_assets.contracts import Contracts


def test_four_processes_over_different_days_at_the_same_time_end_like_one_run(
    tmp_path: Path, contracts: Contracts, undisturbed: tuple[Platform, State]
) -> None:
    platform = platform_at(tmp_path, contracts, undisturbed[0].landing)

    crew = [start(refresh_all, platform, [day], f"writer-{day}") for day in DAYS]
    for writer in crew:
        writer.join(120)

    assert [writer.exitcode for writer in crew] == [0, 0, 0, 0]
    settle(platform)
    assert state_of(platform).results() == undisturbed[1].results()


def test_a_run_killed_at_random_times_leaves_whole_files_and_ends_like_an_undisturbed_one(
    tmp_path: Path, contracts: Contracts, undisturbed: tuple[Platform, State]
) -> None:
    platform = platform_at(tmp_path, contracts, undisturbed[0].landing)
    moments = random.Random(11)

    for number in range(4):
        run = start(refresh_all, platform, DAYS, f"killed-{number}")
        run.join(moments.uniform(0.5, 4.0))
        run.kill()
        run.join()
        if run.exitcode == -signal.SIGKILL and platform.settings.lake.exists():
            files = platform.data_files()
            assert all(is_readable(platform, path) for path in files)
        assert run.exitcode in (0, -signal.SIGKILL)
    platform.refresh(DAYS, "after")
    settle(platform)

    assert state_of(platform).results() == undisturbed[1].results()
    assert list(platform.lake.root.rglob("*.tmp")) == []


def test_readers_see_only_whole_files_and_whole_warehouses_while_days_are_replaced(
    tmp_path: Path, undisturbed: tuple[Platform, State]
) -> None:
    shutil.copytree(undisturbed[0].landing, tmp_path / "landing")
    platform = copy_of(undisturbed[0], tmp_path)
    platform = Platform(replace(platform.settings, landing=tmp_path / "landing"), platform.contracts)
    stop, kinds = tmp_path / "stop", (lake_facts, views_facts, gold_facts)
    allowed = {kind: kind(platform) for kind in kinds}
    readers = {kind: start(keep_reading, platform, kind, tmp_path / kind.__name__, stop) for kind in kinds}

    for number in range(2):
        change(platform, number)
        platform.refresh(DAYS, f"change-{number}")
        for kind in kinds:
            allowed[kind] |= kind(platform)
    stop.touch()
    for reader in readers.values():
        reader.join(60)

    errors = [path.read_text() for path in tmp_path.glob("*.error")]
    assert (errors, [reader.exitcode for reader in readers.values()]) == ([], [0, 0, 0])
    for kind in kinds:
        seen = set((tmp_path / kind.__name__).read_text().splitlines())
        assert seen <= allowed[kind]
        assert len(seen & allowed[kind]) > len(allowed[kind]) / 2, "the readers ran during the changes"
    assert len(allowed[gold_facts]) == 3


def change(platform: Platform, number: int) -> None:
    """Other orders, a customer's other tier and a product's other price, for day `number`."""
    day, tier = DAYS[number], ("Gold", "Silver", "Platinum")[number]
    platform.drop("orders", f"ingest_dt={day}", [order(number, day, net_total=10.0 + number)], file="again.parquet")
    platform.drop("customers", f"ingest_dt={day}", [customer(1, loyalty_tier=tier)])
    platform.drop("product_catalog", f"ingest_dt={day}", [product(1, unit_price=12.0 + number)])
