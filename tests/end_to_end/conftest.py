"""The undisturbed run that others are held against, made once per session."""

import pytest
from conftest import Platform
from end_to_end.convergence import DAYS, SAMPLE, State, platform_at, settle, state_of

from platform_assets.contracts import Contracts
from sample_data import generate

Undisturbed = tuple[Platform, State]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Undisturbed:
    """The sample, all days in one run. Its landing zone may be read by others; nothing of it may be written."""
    platform = platform_at(tmp_path_factory.mktemp("undisturbed"), contracts)
    generate(SAMPLE, platform.landing)
    platform.refresh(DAYS, "undisturbed")
    assert settle(platform) == 0
    return platform, state_of(platform)
