"""Publishing a day: the order of its steps, what counts as finished, and how damage is found."""

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from conftest import DAY

from platform_assets.lake import Lake, LakeTable, Manifest, tables
from platform_assets.lake.files import file_sha256, locked, write_atomically


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def staged(lake: Lake, name: str, values: Sequence[int]) -> Path:
    path = lake.staging / "run" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({"a": list(values)}).write_parquet(path)
    return path


def part(lake: Lake, table: LakeTable, values: Sequence[int], **facts: str) -> tuple[LakeTable, Path, Manifest]:
    path = staged(lake, table.name, values)
    return table, path, Manifest.of_file(table.key, DAY, path, len(values), inputs={}, **facts)


def test_a_published_day_is_its_data_file_and_a_manifest_that_says_what_it_holds(lake: Lake) -> None:
    table = lake.table("silver", "stg_x")

    published = lake.publish(DAY, [part(lake, table, [1, 2, 3])], "run-1")[0]

    assert table.data(DAY) == lake.root / "silver" / "stg_x" / f"ingest_dt={DAY}" / "data.parquet"
    assert pl.read_parquet(table.data(DAY), hive_partitioning=False)["a"].to_list() == [1, 2, 3]
    entry = published.files[0]
    assert (entry.path, entry.rows, entry.bytes) == ("data.parquet", 3, table.data(DAY).stat().st_size)
    assert entry.sha256 == published.content_hash == file_sha256(table.data(DAY))
    assert (table.manifest(DAY), table.days()) == (published, [DAY])
    assert (published.run_id, published.partition) == ("run-1", "2025-10-01")


def test_old_manifests_go_first_then_all_data_and_new_manifests_come_last(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, valid = lake.table("quarantine", "quarantine_x"), lake.table("silver", "stg_x")
    lake.publish(DAY, [part(lake, held, [1]), part(lake, valid, [1])], "run-1")
    seen = []

    def look(name: str) -> None:
        finished = [table.manifest(DAY) is not None for table in (held, valid)]
        rows = [pl.read_parquet(table.data(DAY), hive_partitioning=False).height for table in (held, valid)]
        seen.append((name.split(":")[1], finished, rows))

    monkeypatch.setattr(tables, "failpoint", look)
    lake.publish(DAY, [part(lake, held, [1, 2]), part(lake, valid, [1, 2])], "run-2")

    assert seen == [
        ("before-data", [False, False], [1, 1]),
        ("after-data", [False, False], [2, 1]),
        ("before-data", [False, False], [2, 1]),
        ("after-data", [False, False], [2, 2]),
        ("before-manifest", [False, False], [2, 2]),
        ("after-manifest", [True, False], [2, 2]),
        ("before-manifest", [True, False], [2, 2]),
        ("after-manifest", [True, True], [2, 2]),
    ]


def test_what_is_already_published_stays_untouched(lake: Lake) -> None:
    table = lake.table("silver", "stg_x")
    first = lake.publish(DAY, [part(lake, table, [1])], "run-1")[0]
    times = [path.stat().st_mtime_ns for path in sorted(table.day_folder(DAY).iterdir())]

    again = lake.publish(DAY, [part(lake, table, [1])], "run-2")[0]

    assert (again, again.run_id) == (first, "run-1")
    assert [path.stat().st_mtime_ns for path in sorted(table.day_folder(DAY).iterdir())] == times


def test_the_same_rows_with_other_failed_checks_are_published_again(lake: Lake) -> None:
    table = lake.table("silver", "stg_x")
    lake.publish(DAY, [part(lake, table, [1], failed_checks=("rules",))], "run-1")

    lake.publish(DAY, [part(lake, table, [1])], "run-2")

    manifest = table.manifest(DAY)
    assert manifest is not None
    assert (manifest.failed_checks, manifest.run_id) == ((), "run-2")


@pytest.mark.parametrize("damage", ["gone", "not json", "of another shape"])
def test_a_day_without_a_usable_manifest_is_unfinished(damage: str, lake: Lake) -> None:
    table = lake.table("silver", "stg_x")
    lake.publish(DAY, [part(lake, table, [1])], "run-1")
    manifest = table.day_folder(DAY) / "_MANIFEST.json"
    if damage == "gone":
        manifest.unlink()
    else:
        manifest.write_text('{"table": 1}' if damage == "of another shape" else '{"table": ')

    assert table.manifest(DAY) is None
    assert table.corrupt_files(DAY) == ["_MANIFEST.json"]


@pytest.mark.parametrize("damage", ["gone", "shorter", "longer"])
def test_a_data_file_of_another_size_than_stated_makes_the_day_unfinished_until_it_is_run_again(
    damage: str, lake: Lake
) -> None:
    table = lake.table("silver", "stg_x")
    lake.publish(DAY, [part(lake, table, [1])], "run-1")
    whole = table.data(DAY).read_bytes()
    table.data(DAY).unlink() if damage == "gone" else table.data(DAY).write_bytes(
        whole[:-1] if damage == "shorter" else whole + b"\0"
    )
    assert table.manifest(DAY) is None

    lake.publish(DAY, [part(lake, table, [1])], "run-2")

    assert table.data(DAY).read_bytes() == whole
    assert table.manifest(DAY) is not None


def test_flipped_bytes_of_the_same_size_are_found_by_the_hash_and_mended_by_running_the_day_again(lake: Lake) -> None:
    table = lake.table("silver", "stg_x")
    lake.publish(DAY, [part(lake, table, [1, 2, 3])], "run-1")
    whole = table.data(DAY).read_bytes()
    table.data(DAY).write_bytes(whole[:20] + bytes([whole[20] ^ 255]) + whole[21:])
    assert table.manifest(DAY) is not None, "the size alone does not tell"
    assert table.corrupt_files(DAY) == ["data.parquet"]

    lake.publish(DAY, [part(lake, table, [1, 2, 3])], "run-2")

    assert table.data(DAY).read_bytes() == whole
    assert table.corrupt_files(DAY) == []


def test_a_reader_of_the_old_file_keeps_it_while_it_is_replaced(lake: Lake) -> None:
    table = lake.table("silver", "stg_x")
    lake.publish(DAY, [part(lake, table, [1])], "run-1")
    old = table.data(DAY).read_bytes()

    with table.data(DAY).open("rb") as reader:
        head = reader.read(10)
        lake.publish(DAY, [part(lake, table, [7, 8, 9])], "run-2")
        assert head + reader.read() == old

    assert table.data(DAY).read_bytes() != old


def test_leftovers_of_killed_runs_are_outside_every_table_and_change_nothing(lake: Lake) -> None:
    table = lake.table("silver", "stg_x")
    orphan = staged(lake, "stg_x", [9])
    (table.day_folder(DAY)).mkdir(parents=True)
    (table.day_folder(DAY) / ".abc.tmp").write_bytes(b'{"half": ')
    orphan.write_bytes(b"PAR1 half a file")

    lake.publish(DAY, [part(lake, table, [1])], "run-2")

    assert not orphan.is_relative_to(table.folder)
    assert [path.name for path in lake.root.glob("silver/stg_x/**/*.parquet")] == ["data.parquet"]
    assert pl.read_parquet(table.folder / "**/*.parquet", hive_partitioning=True)["a"].to_list() == [1]


def test_a_lock_is_held_by_one_at_a_time_and_freed_when_the_work_fails(tmp_path: Path) -> None:
    import fcntl

    path = tmp_path / "locks" / "x"
    with pytest.raises(RuntimeError, match="boom"), locked(path), path.open() as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        raise RuntimeError("boom")
    with path.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_small_file_is_replaced_in_one_step_and_leaves_no_temporary_behind(tmp_path: Path) -> None:
    target = tmp_path / "new" / "pointer.json"
    write_atomically(target, b"1")
    write_atomically(target, b"2")

    assert [path.name for path in target.parent.iterdir()] == ["pointer.json"]
    assert target.read_bytes() == b"2"


def test_a_manifest_of_another_version_of_the_platform_is_still_read(lake: Lake) -> None:
    table = lake.table("silver", "stg_x")
    published = lake.publish(DAY, [part(lake, table, [1])], "run-1")[0]
    path = table.day_folder(DAY) / "_MANIFEST.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"a_field_of_tomorrow": 1}))

    assert table.manifest(DAY) == published
