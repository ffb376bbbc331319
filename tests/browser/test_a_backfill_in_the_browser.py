"""The Dagster UI in a real browser: the lineage, a backfill of three days launched by hand, and all of it green.

Needs Chromium (Debian: `apt-get install chromium`); skipped where there is none.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from platform_assets.settings import PROJECT
from sample_data import TINY, generate

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
STARTED, LOADED, DONE = 180, 120_000, 300  # seconds, the browser's milliseconds, seconds
DAYS = ("2025-10-01", "2025-10-02", "2025-10-03")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """`dagster dev` over three landed days."""
    generate(TINY, tmp_path / "landing")
    (tmp_path / "dagster").mkdir()
    shutil.copy(PROJECT / "dagster.yaml", tmp_path / "dagster")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    deployment = {"PLATFORM_DATA": str(tmp_path), "PLATFORM_START_DATE": DAYS[0], "PLATFORM_END_DATE": "2025-10-04"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "dagster", "dev", "-w", str(PROJECT / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
    with (tmp_path / "dev.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, *command], cwd=PROJECT, env=os.environ | deployment, stdout=log, stderr=log
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/server_info", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(60)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(STARTED):
        assert server.poll() is None, "dagster dev has stopped"
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(1)
    raise TimeoutError(url)


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser.new_page(viewport={"width": 1700, "height": 1000})
        browser.close()


def test_three_days_launched_from_the_lineage_end_green(address: str, page: Page) -> None:
    page.goto(f"{address}/asset-groups")
    for layer in ("bronze", "silver", "quarantine", "dims", "enriched", "gold"):
        expect(page.get_by_text(layer, exact=True).first).to_be_visible(timeout=LOADED)

    page.get_by_role("button", name="Materialize all").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("All", exact=True).click(timeout=LOADED)
    expect(dialog.get_by_text("3 partitions")).to_be_visible(timeout=LOADED)
    dialog.get_by_role("button", name="Launch backfill").click()
    expect(dialog).to_be_hidden(timeout=LOADED)

    with dg.DagsterInstance.get() as instance:
        _wait_until_done(instance)
        assert {run.status.value for run in instance.get_runs()} == {"SUCCESS"}
        for key in (["bronze", "orders"], ["quarantine", "quarantine_orders"], ["gold", "fact_orders"]):
            assert instance.get_materialized_partitions(dg.AssetKey(key)) == set(DAYS), key
    page.goto(f"{address}/assets/gold/fact_orders")
    expect(page.get_by_text("Latest materialization")).to_be_visible(timeout=LOADED)
    expect(page.get_by_text(DAYS[-1]).first).to_be_visible(timeout=LOADED)


def _wait_until_done(instance: dg.DagsterInstance) -> None:
    for _ in range(DONE):
        backfills = instance.get_backfills()
        if backfills and backfills[0].status.value.startswith("COMPLETED"):
            return
        assert not backfills or "FAIL" not in backfills[0].status.value
        time.sleep(1)
    raise TimeoutError("the backfill did not end")
