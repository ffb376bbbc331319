"""The undisturbed run that others are held against, made once per session, whatever the number of its processes."""

import os

import pytest
from conftest import Platform
from end_to_end.convergence import DAYS, SAMPLE, State, platform_at, settle, state_of

from platform_assets.contracts import Contracts
from platform_assets.lake import locked
from sample_data import generate

Undisturbed = tuple[Platform, State]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Undisturbed:
    """The sample, all days in one run. Its landing zone may be read by others; nothing of it may be written."""
    session = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        session = session.parent  # one for all workers
    platform, made = platform_at(session / "undisturbed", contracts), session / "undisturbed.made"
    with locked(session / "undisturbed.lock"):
        if not made.exists():
            generate(SAMPLE, platform.landing)
            platform.refresh(DAYS, "undisturbed")
            assert settle(platform) == 0
            made.touch()
    return platform, state_of(platform)
