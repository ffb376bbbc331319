"""Producer manifests: what they state is held against the files, and nothing they state is believed unread.

Decided here: warn gates publish the day and mark it, strict gates publish nothing and say why; a manifest can be
arbitrary bytes and can name arbitrary paths without an error that nobody handles.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import Platform, order
from ingest.written_drops import FOLDER, land, orders, problems, published, put, put_manifest, refused_when_strict

PART = f"orders/{FOLDER}/part-0000.parquet"
MANIFEST = f"orders/{FOLDER}/_MANIFEST.json"


def assert_marked_and_strictly_refused(platform: Platform, problem: str, rows: int) -> None:
    assert problem in refused_when_strict(platform)
    verdict = land(platform)
    assert verdict.failed == ["reconciliation"]
    assert problem in problems(verdict)
    manifest = published(platform)
    assert manifest is not None
    assert (manifest.rows, manifest.failed_checks) == (rows, ("reconciliation",))


def stated(platform: Platform, **other: Any) -> dict[str, Any]:
    """A true manifest of two orders, with `other` things in it."""
    path = platform.drop("orders", FOLDER, orders(1, 2), manifest=False)
    file = {"path": PART, "rows": 2, "checksum": hashlib.sha256(path.read_bytes()).hexdigest()}
    return {"table": "orders", "partition": FOLDER, "files": [file], "total_rows": 2} | other


def test_a_true_manifest_passes_both_gates(platform: Platform) -> None:
    put_manifest(platform, stated(platform))
    assert land(platform).failed == []
    assert land(platform.strict()).refused is None


def test_a_missing_manifest_is_a_problem(platform: Platform) -> None:
    platform.drop("orders", FOLDER, orders(1, 2), manifest=False)
    assert_marked_and_strictly_refused(platform, f"{MANIFEST}: is missing, counts and hashes cannot be verified", 2)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\xfe\x00", b"null", b"[]", b'"files"', b"[" * 200_000, b"1" * 5_000,
        {"files": {}}, {"files": {"path": PART}}, {"files": PART}, {"files": [PART]}, {"files": [None]},
        {"files": [{"rows": 2}]}, {"files": [{"path": 5}]}, {"files": [{"path": [PART]}]}, {"files": None}, {},
    ],
)  # fmt: skip
def test_what_is_not_a_manifest_is_a_problem_and_the_files_found_are_read(platform: Platform, content: Any) -> None:
    stated(platform)
    put_manifest(platform, content)
    verdict = land(platform)
    assert (verdict.failed, verdict.rows) == (["reconciliation"], 2)
    assert f"{MANIFEST}: is not a producer manifest, all files are read unverified" in problems(verdict)


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"rows": 3}, f"{PART}: 2 rows, its manifest says 3"),
        ({"rows": 0}, f"{PART}: 2 rows, its manifest says 0"),
        ({"rows": -2}, f"the rows of '{PART}' are -2, not a count"),
        ({"rows": True}, f"the rows of '{PART}' are True, not a count"),
        ({"rows": "2"}, f"the rows of '{PART}' are '2', not a count"),
        ({"rows": None}, f"the rows of '{PART}' are None, not a count"),
        ({"checksum": "0" * 64}, "its manifest says 000000000000…"),
        ({"checksum": None}, f"the checksum of '{PART}' is None, not a sha256"),
        ({"checksum": 7}, f"the checksum of '{PART}' is 7, not a sha256"),
    ],
)
def test_a_statement_about_a_file_that_is_wrong_or_no_statement_is_a_problem(
    platform: Platform, other: dict[str, Any], problem: str
) -> None:
    manifest = stated(platform)
    manifest["files"][0].update(other)
    put_manifest(platform, manifest)
    assert_marked_and_strictly_refused(platform, problem, 2)


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"total_rows": 5}, "total_rows is 5, its files add up to 2"),
        ({"total_rows": True}, "total_rows is True, not a count"),
        ({"table": "returns"}, "it is for the table 'returns'"),
        ({"partition": "ingest_dt=2025-10-02"}, "it is for the partition 'ingest_dt=2025-10-02'"),
    ],
)
def test_a_manifest_that_contradicts_itself_or_its_place_is_a_problem(
    platform: Platform, other: dict[str, Any], problem: str
) -> None:
    put_manifest(platform, stated(platform, **other))
    assert_marked_and_strictly_refused(platform, f"{MANIFEST}: {problem}", 2)


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "orders/../customers/x.csv", "", "."])
def test_a_path_outside_its_folder_is_refused_unread(platform: Platform, path: str) -> None:
    manifest = stated(platform)
    manifest["files"].append({"path": path, "rows": 1, "checksum": "0" * 64})
    put_manifest(platform, manifest | {"total_rows": 3})
    assert_marked_and_strictly_refused(platform, f"{MANIFEST}: {path!r} is outside its folder: refused", 2)


@pytest.mark.parametrize(
    "path", ["a\0b.csv", "\ud800.csv", f"orders/{FOLDER}/{'x' * 5000}.csv", f"orders/{FOLDER}/loop.csv"]
)
def test_a_path_that_no_file_can_have_is_a_problem(platform: Platform, path: str) -> None:
    loop = put(platform, b"", "loop2.csv").with_name("loop.csv")
    loop.symlink_to(loop)
    manifest = stated(platform)
    manifest["files"].append({"path": path, "rows": 1, "checksum": "0" * 64})
    put_manifest(platform, manifest | {"total_rows": 3})
    verdict = land(platform)
    assert (verdict.failed, verdict.rows) == (["reconciliation"], 2)
    assert len(problems(verdict)) < 1_000 or "loop" in problems(verdict)


def test_a_link_that_leads_out_is_refused_listed_or_found(platform: Platform, tmp_path: Path) -> None:
    secret = tmp_path / "secret.parquet"
    pl.DataFrame(orders(9)).write_parquet(secret)
    manifest = stated(platform)
    (platform.landing / PART).with_name("link.parquet").symlink_to(secret)
    manifest["files"].append({"path": f"orders/{FOLDER}/link.parquet", "rows": 1, "checksum": "0" * 64})
    put_manifest(platform, manifest | {"total_rows": 3})
    listed = land(platform)
    (platform.landing / MANIFEST).unlink()
    found = land(platform)
    assert [verdict.rows for verdict in (listed, found)] == [2, 2]
    assert all("link.parquet" in problems(verdict) for verdict in (listed, found))
    assert all("is outside its folder: refused" in problems(verdict) for verdict in (listed, found))


def test_a_listed_file_that_is_not_there_is_a_problem(platform: Platform) -> None:
    manifest = stated(platform)
    manifest["files"].append({"path": f"orders/{FOLDER}/gone.csv", "rows": 0, "checksum": "0" * 64})
    put_manifest(platform, manifest)
    assert_marked_and_strictly_refused(platform, f"'orders/{FOLDER}/gone.csv' is listed but not there", 2)


def test_a_file_listed_twice_is_a_problem_and_is_read_once(platform: Platform) -> None:
    manifest = stated(platform)
    manifest["files"] *= 2
    put_manifest(platform, manifest | {"total_rows": 4})
    assert_marked_and_strictly_refused(platform, f"'{PART}' is listed twice", 2)


def test_a_hash_in_capitals_is_the_same_hash(platform: Platform) -> None:
    manifest = stated(platform)
    manifest["files"][0]["checksum"] = manifest["files"][0]["checksum"].upper()
    put_manifest(platform, manifest)
    assert land(platform).failed == []


def records_as_pandas_writes_them(rows: list[dict[str, Any]]) -> str:
    """Compact JSON, ASCII only, slashes escaped: written out here without the code under test."""
    return json.dumps(rows, separators=(",", ":")).replace("/", "\\/")


@pytest.mark.parametrize("email", ["c1@example.com", "zoë/łódź@example.com", "😀@example.com"])
def test_the_hash_of_the_records_as_json_is_as_good_as_the_hash_of_the_file(platform: Platform, email: str) -> None:
    rows = [order(1, email=email, agent_id=None), order(2, shipping_cost=5.25)]
    platform.drop(
        "orders", FOLDER, rows, checksum=hashlib.sha256(records_as_pandas_writes_them(rows).encode()).hexdigest()
    )
    assert land(platform.strict()).failed == []


def test_the_hash_of_other_records_is_not(platform: Platform) -> None:
    other = records_as_pandas_writes_them(orders(2))
    platform.drop("orders", FOLDER, orders(1), checksum=hashlib.sha256(other.encode()).hexdigest())
    assert "its manifest says" in refused_when_strict(platform)


def test_a_file_whose_values_have_no_json_form_can_only_be_verified_by_its_bytes(platform: Platform) -> None:
    platform.drop("orders", FOLDER, [order(1, extra=b"\x00\xff")], checksum="0" * 64)
    assert "its manifest says" in problems(land(platform))
