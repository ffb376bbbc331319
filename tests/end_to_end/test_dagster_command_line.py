"""The code location as `dagster` itself loads and runs it: validate, one partition, a range, a hostile key."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import DAY, Platform, days_from, empty_shop

DAYS = days_from(DAY, 3)
BRONZE = "key:bronze/orders"


@pytest.fixture
def shop(platform: Platform, tmp_path: Path) -> Platform:
    empty_shop(platform, DAYS)
    (tmp_path / "dagster").mkdir()
    return platform


def dagster(platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = platform.settings.lake.parent
    environment = os.environ | {
        "DAGSTER_HOME": str(root / "dagster"),
        "PLATFORM_DATA": str(root),
        "PLATFORM_START_DATE": str(DAY),
        "PLATFORM_END_DATE": "2025-11-01",
    }
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "dagster",
        *arguments,
        "-m",
        "platform_assets.definitions",
        "-a",
        "defs",
    ]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_dagster_validates_and_materializes_a_partition_and_a_range(shop: Platform) -> None:
    validated = dagster(shop, "definitions", "validate")
    assert validated.returncode == 0, validated.stderr

    one = dagster(shop, "asset", "materialize", "--select", BRONZE, "--partition", str(DAYS[0]))
    assert one.returncode == 0, one.stderr
    orders = shop.lake.bronze("shop", "orders")
    assert orders.days() == DAYS[:1]

    selection = f"{BRONZE} or key:bronze/customers or key:silver/stg_customers or key:dims/customers"
    some = dagster(shop, "asset", "materialize", "--select", selection, "--partition-range", f"{DAYS[0]}...{DAYS[2]}")

    assert some.returncode == 0, some.stderr
    assert orders.days() == shop.lake.table("silver", "stg_customers").days() == DAYS
    assert shop.lake.table("dims", "customers").days() == DAYS


def test_a_hostile_partition_key_is_refused_with_an_error_and_changes_nothing(shop: Platform) -> None:
    shop.bronze(DAYS[:1])
    shop.silver(DAYS[:1], masters=True)
    before, key = shop.data_files(), "2025-10-01'; drop table"
    for option, hostile in (("--partition", key), ("--partition-range", f"{key}...{key}")):
        refused = dagster(shop, "asset", "materialize", "--select", "key:silver/stg_customers", option, hostile)

        assert refused.returncode != 0, option
        assert "drop table" in refused.stderr, option
        assert shop.data_files() == before, option


@pytest.mark.parametrize(
    "key", ["2025-10-01'; drop table", "2025-1-1", "20251001", "../../etc", "2025-13-01", "", "２025-10-01"]
)
def test_only_a_day_written_like_2020_01_31_is_a_partition_key(key: str) -> None:
    from platform_assets.partitions import parse_day

    with pytest.raises(ValueError):
        parse_day(key)
    assert parse_day("2025-10-01") == DAY
