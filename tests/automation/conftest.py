"""Four days whose masters and snapshots are up to date, computed once; each test that changes them has a copy."""

import shutil
from pathlib import Path

import pytest
from conftest import DAY, Platform, days_from, empty_shop
from end_to_end.convergence import platform_at

from platform_assets.contracts import Contracts


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Path:
    root, days = tmp_path_factory.mktemp("refreshed"), days_from(DAY, 4)
    platform = platform_at(root, contracts)
    empty_shop(platform, days)
    platform.bronze(days)
    platform.silver(days, masters=True)
    platform.dims(days)
    return root


@pytest.fixture
def four_days(refreshed: Path, platform: Platform) -> Platform:
    """2025-10-01 to 04, empty but for a customer and a product; in bronze, masters and snapshots, and nowhere else."""
    shutil.copytree(refreshed, platform.settings.lake.parent, dirs_exist_ok=True)
    return platform
