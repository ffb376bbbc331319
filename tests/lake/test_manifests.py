"""Manifests are read once, and again when the file is another one."""

import time
from datetime import date
from pathlib import Path

import pytest

from platform_assets.lake import Lake, LakeTable, Manifest, manifests

DAY = date(2025, 10, 1)


@pytest.fixture
def table(tmp_path: Path) -> LakeTable:
    return Lake(tmp_path).table("silver", "stg_orders")


def publish(table: LakeTable, content: str) -> None:
    staged = table.root / "staged"
    staged.parent.mkdir(parents=True, exist_ok=True)
    staged.write_text(content)
    manifest = Manifest.of_file(table.key, DAY, staged, len(content), {})
    Lake(table.root).publish(DAY, [(table, staged, manifest)], "run")


def rows(table: LakeTable) -> int | None:
    manifest = table.manifest(DAY)
    return manifest.rows if manifest else None


def test_a_day_published_again_and_again_always_shows_its_newest_manifest(table: LakeTable) -> None:
    """All manifests are of one size, and many within one tick of the clock."""
    for turn in range(200):
        publish(table, "x" * (100 + turn))
        assert rows(table) == 100 + turn


def test_a_manifest_that_is_gone_damaged_or_of_other_data_is_none_and_comes_back_when_mended(
    table: LakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifests, "SETTLED", -1)
    publish(table, "data")
    path, data = table.day_folder(DAY) / "_MANIFEST.json", table.data(DAY)
    whole = path.read_bytes()
    assert rows(table) == 4

    path.unlink()
    assert rows(table) is None
    path.write_bytes(whole[:-40])
    assert rows(table) is None
    path.write_bytes(whole)
    assert rows(table) == 4
    data.write_text("other data")
    assert rows(table) is None
    data.unlink()
    assert rows(table) is None


def test_a_manifest_is_read_once_when_its_last_change_is_some_time_ago(
    table: LakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifests, "SETTLED", 200_000_000)
    publish(table, "data")
    assert table.manifest(DAY) is not table.manifest(DAY)
    time.sleep(0.25)

    assert table.manifest(DAY) is table.manifest(DAY)
