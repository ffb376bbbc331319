"""Processes of their own for tests that kill them or run them side by side.

Here: starting one and dying in one. A fork server imports the platform and warms dbt once, so that a process costs
milliseconds.
"""

import multiprocessing
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from conftest import Platform

from platform_assets.contracts import Contracts, current_manifest
from platform_assets.settings import PROJECT, Settings

PRELOADED = ["end_to_end.warm_dbt", "conftest", "dbt.cli.main", "end_to_end.crew",
             "platform_assets.__main__"]  # fmt: skip
CONTRACTS = Contracts(current_manifest(PROJECT / "dbt"))
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(PRELOADED)


def start(work: Callable[..., Any], platform: Platform, *arguments: Any, failpoint: str = "") -> Any:
    """Run `work(platform, …)` in a new process, which dies by SIGKILL at `failpoint`; join it and see its exitcode."""
    process = _context.Process(target=_work, args=(work, platform.settings, arguments, failpoint), daemon=True)
    process.start()
    return process


def _work(work: Callable[..., Any], settings: Settings, arguments: tuple[Any, ...], failpoint: str) -> None:
    silent = os.open(os.devnull, os.O_WRONLY)  # dbt talks
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    os.environ["PLATFORM_FAILPOINT"] = failpoint
    work(Platform(settings, CONTRACTS), *arguments)


def refresh_layer(platform: Platform, layer: str, days: Any) -> None:
    """One layer alone; of silver the orders and of enriched lifetime value, which stand for the other tables."""
    from platform_assets.silver.refresh import SilverRefresh

    if layer in ("silver", "quarantine"):
        models = (platform.contracts.silver["stg_orders"],)
        SilverRefresh(platform.settings, platform.lake, platform.contracts, models, layer).run(days)
    else:
        enriched = partial(platform.enriched, only=["customer_lifetime_value"])
        {"bronze": platform.bronze, "dims": platform.dims, "enriched": enriched, "gold": platform.gold}[layer](days)


def open_instance(_platform: Platform, home: Path) -> None:
    """Dagster's instance in `home`, as the command line opens it."""
    from platform_assets.__main__ import _instance

    os.environ["DAGSTER_HOME"] = str(home)
    _instance(home)


def refresh_all(platform: Platform, days: Any, run_id: str) -> None:
    """Every layer."""
    platform.refresh(days, run_id)
