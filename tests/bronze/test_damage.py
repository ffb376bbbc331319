"""Damage in bronze: a file that is not what its manifest says is made again from what landed, or reported."""

import shutil

import pytest
from conftest import DAY, Platform, empty_shop, order


def damaged_orders(platform: Platform, damage: str) -> Platform:
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1), order(2)])
    platform.bronze([DAY], ["orders"])
    file = next(platform.lake.bronze("shop", "orders").day_folder(DAY).glob("*.parquet"))
    content = file.read_bytes()
    file.write_bytes({"cut": content[:-9], "flipped": content[:60] + b"?" + content[61:], "emptied": b""}[damage])
    return platform


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied"])
def test_a_damaged_bronze_file_is_made_again_from_what_landed(platform: Platform, damage: str) -> None:
    damaged_orders(platform, damage)
    assert platform.lake.bronze("shop", "orders").corrupt_files(DAY) != []

    verdict = platform.bronze([DAY], ["orders"])["orders"][DAY]

    assert verdict.failed == []
    assert platform.lake.bronze("shop", "orders").corrupt_files(DAY) == []
    manifest = platform.lake.bronze("shop", "orders").manifest(DAY)
    assert manifest is not None
    assert [entry.rows for entry in manifest.files] == [2]


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_damage_that_cannot_be_mended_is_reported_and_never_forgotten(platform: Platform, damage: str) -> None:
    damaged_orders(platform, damage)
    shutil.rmtree(platform.landing / "orders" / f"ingest_dt={DAY}")

    for _ in range(2):
        verdict = platform.bronze([DAY], ["orders"])["orders"][DAY]
        assert verdict.failed == ["reconciliation"]
        assert "is damaged, and what it was read from is gone" in verdict.checks["reconciliation"].notes["problems"]
    assert platform.strict().bronze([DAY], ["orders"])["orders"][DAY].refused is not None
