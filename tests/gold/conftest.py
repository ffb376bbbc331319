"""An empty warehouse to give facts to."""

from pathlib import Path

import pytest
from gold.given_facts import GivenGold

from platform_assets.contracts import Contracts


@pytest.fixture
def given(tmp_path: Path, contracts: Contracts) -> GivenGold:
    return GivenGold(tmp_path / "warehouse.duckdb", contracts)
