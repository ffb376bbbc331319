"""A step that fails leaves nothing in staging, whichever layer it is of: the next attempt finds it clean."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import DAY, Platform, empty_shop, order


def fails_and_leaves_nothing(platform: Platform, day_folder: Path, step: Callable[[], object]) -> None:
    """A file stands where the day's folder belongs: the step computes all it has to, and cannot publish."""
    day_folder.parent.mkdir(parents=True, exist_ok=True)
    day_folder.write_text("in the way")
    with pytest.raises(OSError, match=day_folder.name):
        step()
    day_folder.unlink()
    assert list(platform.lake.staging.rglob("*")) == []


def test_a_step_of_any_layer_that_cannot_publish_leaves_nothing_in_staging(platform: Platform) -> None:
    lake, days = platform.lake, [DAY]
    empty_shop(platform, days)
    platform.drop("orders", f"ingest_dt={DAY}", [order(1)])

    orders = lake.bronze("shop", "orders")
    fails_and_leaves_nothing(platform, orders.day_folder(DAY), lambda: platform.bronze(days))
    platform.bronze(days)
    held = lake.table("quarantine", "quarantine_customers")
    fails_and_leaves_nothing(platform, held.day_folder(DAY), lambda: platform.silver(days, masters=True))
    platform.silver(days, masters=True)
    customers = lake.table("dims", "customers")
    fails_and_leaves_nothing(platform, customers.day_folder(DAY), lambda: platform.dims(days))
    platform.dims(days)
    platform.silver(days, masters=False)
    economics = lake.table("enriched", "shipping_economics")
    fails_and_leaves_nothing(
        platform, economics.day_folder(DAY), lambda: platform.enriched(days, only=["shipping_economics"])
    )
