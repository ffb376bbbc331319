"""kill -9 at every step of a publish: readers see whole files, the day shows as unfinished, a rerun mends it.

The platform is first complete, then day 2 is delivered again with other content: each layer dies while it replaces
the old content of a day by the new one.
"""

import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Platform, customer, order, product
from end_to_end.convergence import DAYS, State, copy_of, gold_rows, is_readable, settle, state_of
from end_to_end.crew import refresh_layer, start

from platform_assets.audit import behind

POSITIONS = ("before-data", "after-data", "before-manifest", "after-manifest")
TABLES = {
    "bronze": "bronze/shop/orders",
    "quarantine": "quarantine/quarantine_orders",
    "silver": "silver/stg_orders",
    "dims": "dims/customers",
    "enriched": "enriched/customer_lifetime_value",
}
FAILPOINTS = [(layer, f"{table}:{position}") for layer, table in TABLES.items() for position in POSITIONS]
CHANGED = DAYS[1]
Stages = tuple[dict[str, Platform], State, State]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory, undisturbed: tuple[Platform, State]) -> Stages:
    """{layer: the platform just before that layer takes in the new content}, the old state and the new one."""
    root = tmp_path_factory.mktemp("stages")
    shutil.copytree(undisturbed[0].landing, root / "landing")
    platform = copy_of(undisturbed[0], root / "now")
    platform = Platform(replace(platform.settings, landing=root / "landing"), platform.contracts)
    redeliver(platform)
    before: dict[str, Platform] = {}

    def keep(*layers: str) -> None:
        kept = copy_of(platform, root / layers[0])
        before.update(dict.fromkeys(layers, kept))

    keep("bronze")
    platform.bronze(DAYS)
    platform.silver(DAYS, masters=True)
    keep("dims")
    platform.dims(DAYS)
    keep("silver", "quarantine")
    platform.silver(DAYS, masters=False)
    keep("enriched")
    platform.enriched(DAYS)
    keep("gold")
    platform.gold(DAYS)
    assert settle(platform) == 0
    return before, undisturbed[1], state_of(platform)


def redeliver(platform: Platform) -> None:
    """Day 2 again: other orders, one of them bad, and a new version of a customer and of a product."""
    folder = f"ingest_dt={CHANGED}"
    platform.drop("orders", folder, [order(1, CHANGED), order(2, CHANGED, net_total=-1.0)], file="again.parquet")
    platform.drop("customers", folder, [customer(1, loyalty_tier="Gold")])
    platform.drop("product_catalog", folder, [product(1, unit_price=12.0)])


@pytest.mark.parametrize(("layer", "failpoint"), FAILPOINTS, ids=[name for _, name in FAILPOINTS])
def test_a_process_killed_in_mid_publish_leaves_whole_files_and_an_unfinished_day(
    layer: str, failpoint: str, tmp_path: Path, stages: Stages
) -> None:
    before, old, new = stages
    platform = copy_of(before[layer], tmp_path)

    dead = start(refresh_layer, platform, layer, DAYS[:2], failpoint=failpoint)
    dead.join(60)

    assert dead.exitcode == -signal.SIGKILL
    table = TABLES[layer]
    files = platform.data_files()
    touched = {path for path in files if files[path] != old.files.get(path)}
    assert all(is_readable(platform, path) for path in touched)
    assert all(files[path] in (old.files.get(path), new.files.get(path)) for path in files)
    assert set(files) >= set(old.files), "nothing that readers had is gone"
    if failpoint.endswith("after-manifest") and layer != "quarantine":
        assert platform.lake.table(*table.rsplit("/", 1)).manifest(CHANGED) is not None
    elif layer != "bronze":
        assert (
            platform.lake.table("silver" if layer == "quarantine" else layer, table_name(layer)).manifest(CHANGED)
            is None
        )
        assert (
            CHANGED
            in behind(platform.settings, platform.contracts)[table.replace("quarantine/quarantine_", "silver/stg_")]
        )

    refresh_layer(platform, layer, DAYS)

    mended = platform.data_files()
    assert {path: mended[path] for path in mended if path.startswith(table)} == {
        path: new.files[path] for path in new.files if path.startswith(table)
    }
    assert platform.lake.table(*table.rsplit("/", 1)).corrupt_files(CHANGED) == []


def table_name(layer: str) -> str:
    """The table whose manifest comes last in the layer's publish."""
    return TABLES["silver" if layer == "quarantine" else layer].rsplit("/", 1)[1]


@pytest.mark.parametrize("position", ["before-swap", "after-swap"])
def test_a_build_killed_at_the_swap_leaves_the_old_or_the_new_warehouse_and_is_made_again(
    position: str, tmp_path: Path, stages: Stages
) -> None:
    before, old, new = stages
    platform = copy_of(before["gold"], tmp_path)

    dead = start(refresh_layer, platform, "gold", DAYS, failpoint=f"warehouse:{position}")
    dead.join(60)

    assert dead.exitcode == -signal.SIGKILL
    swapped = position == "after-swap"
    assert gold_rows(platform) == (new if swapped else old).gold
    assert ("gold" in behind(platform.settings, platform.contracts)) == (not swapped)
    assert (platform.settings.warehouse.parent / ".building").exists(), "the dead build's copy is still there"

    platform.gold(DAYS)

    assert gold_rows(platform) == new.gold
    assert not behind(platform.settings, platform.contracts)
