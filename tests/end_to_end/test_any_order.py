"""Same bytes in any order: one range, day by day, in another order and in chunks all end in the same lake and gold."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import Platform
from end_to_end.convergence import DAYS, State, copy_of, one_by_one, platform_at, settle, state_of

from platform_assets.audit import behind
from platform_assets.contracts import Contracts

MIXED = [
    DAYS[number] for number in (2, 3, 1, 0)
]  # of the six pairs of days only one is in order, and the first is last


def test_every_layer_run_again_leaves_the_same_bytes_untouched_manifests_and_equal_gold(
    tmp_path: Path, undisturbed: tuple[Platform, State]
) -> None:
    again = copy_of(undisturbed[0], tmp_path)
    before = state_of(again)
    assert before.results() == undisturbed[1].results()
    inode = again.settings.warehouse.stat().st_ino

    again.refresh(DAYS, "again")
    one_by_one(again, [DAYS[2]])

    assert state_of(again) == before
    assert settle(again) == 0
    assert again.settings.warehouse.stat().st_ino == inode, "gold is not built when nothing changed"


@pytest.mark.parametrize("order", [DAYS, MIXED], ids=["forwards", "mixed"])
def test_days_run_one_by_one_in_any_order_end_like_one_range(
    order: Sequence[date], tmp_path: Path, contracts: Contracts, undisturbed: tuple[Platform, State]
) -> None:
    platform = platform_at(tmp_path, contracts, undisturbed[0].landing)

    one_by_one(platform, order)
    passes = settle(platform)

    assert state_of(platform).results() == undisturbed[1].results()
    assert (passes == 0) == (order == DAYS), "only days run before an earlier one are behind"


def test_days_computed_in_chunks_end_like_days_computed_at_once(
    tmp_path: Path, contracts: Contracts, undisturbed: tuple[Platform, State]
) -> None:
    whole = platform_at(tmp_path, contracts, undisturbed[0].landing)
    chunked = Platform(replace(whole.settings, rows_per_chunk=1), contracts)

    chunked.up_to_silver(DAYS)

    # Silver alone is computed in chunks; what comes after it reads these bytes.
    at_once = {path: content for path, content in undisturbed[1].files.items() if not path.startswith("enriched/")}
    assert chunked.data_files() == at_once
    assert {table.split("/")[0] for table in behind(chunked.settings, contracts)} == {"enriched", "gold"}


def test_the_gold_comparison_would_see_a_single_changed_cent(
    tmp_path: Path, undisturbed: tuple[Platform, State]
) -> None:
    import duckdb

    other = copy_of(undisturbed[0], tmp_path)
    with duckdb.connect(str(other.settings.warehouse)) as connection:
        connection.execute(
            "update gold.fact_orders set line_total = line_total + 0.01"
            " where order_line_key = (select min(order_line_key) from gold.fact_orders)"
        )

    assert state_of(other).gold != undisturbed[1].gold
