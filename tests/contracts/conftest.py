"""A copy of the manifest that a test may spoil."""

import copy
from typing import Any

import pytest

from platform_assets.contracts import Contracts


@pytest.fixture
def manifest(contracts: Contracts) -> dict[str, Any]:
    """The project's manifest, the test's own."""
    kept = ("nodes", "sources", "macros")
    return {name: copy.deepcopy(contracts.manifest[name]) for name in kept}
