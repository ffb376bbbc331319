"""Broken files: a file of which no row can be read is kept as it is and named; a broken line costs itself.

Decided here through the platform, with files as they lie in the landing zone, in warn mode and strict.
"""

import gzip

import polars as pl
import pytest
from conftest import Platform, order
from ingest.written_drops import (
    DAY,
    FOLDER,
    bronze,
    compressed,
    drift,
    kept_lines,
    land,
    orders,
    problems,
    published,
    put,
    received,
    refused_when_strict,
)

CSV = pl.DataFrame(orders(1, 2)).write_csv().encode()


def parquet(platform: Platform) -> bytes:
    return platform.drop("orders", FOLDER, orders(1, 2)).read_bytes()


def assert_kept_as_bytes(platform: Platform, data: bytes, file: str, reason: str) -> None:
    """The reason, in both modes, and in warn mode the bytes as they came, in a partition without rows."""
    put(platform, data, file, rows=0)
    expected = f"orders/{FOLDER}/{file}: {reason}"
    assert expected in refused_when_strict(platform)
    verdict = land(platform)
    assert verdict.failed == ["reconciliation"]
    assert expected in problems(verdict)
    manifest = published(platform)
    assert manifest is not None
    (entry,) = manifest.files
    assert entry.path.endswith(".unreadable")
    assert (platform.lake.bronze("shop", "orders").day_folder(DAY) / entry.path).read_bytes() == data
    assert manifest.rows == 0


@pytest.mark.parametrize("file", ["part.parquet", "part.csv", "part.json", "part.csv.gz"])
def test_an_empty_file_is_unreadable(platform: Platform, file: str) -> None:
    assert_kept_as_bytes(platform, b"", file, "the file is empty (0 bytes)")


@pytest.mark.parametrize("cut", [1, 4, 100, 2_000])
def test_a_truncated_parquet_is_unreadable(platform: Platform, cut: int) -> None:
    data = parquet(platform)[:-cut]
    (platform.landing / "orders" / FOLDER / "part-0000.parquet").unlink()
    assert_kept_as_bytes(platform, data, "part.parquet", "not readable as parquet: ")


def test_what_only_pretends_to_be_parquet_is_unreadable(platform: Platform) -> None:
    assert_kept_as_bytes(platform, b"PAR1" + b"x" * 100 + b"PAR1", "part.parquet", "not readable as parquet: ")


@pytest.mark.parametrize("codec", ["gz", "zst"])
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_truncated_or_mislabelled_compressed_file_is_unreadable(platform: Platform, codec: str, kind: str) -> None:
    data = CSV if kind == "csv" else pl.DataFrame(orders(1, 2)).write_json().encode()
    cut = compressed(data, codec)[:-6]
    assert_kept_as_bytes(platform, cut, f"part.{kind}.{codec}", f"not readable as {kind}: Truncated compressed stream")
    verdict_of_plain = put(platform, data, f"part.{kind}.{codec}", rows=0)
    assert "not readable" in problems(land(platform)), verdict_of_plain


@pytest.mark.parametrize("file", ["part.csv", "part.json", "part.ndjson.gz"])
def test_utf16_is_unreadable_by_name(platform: Platform, file: str) -> None:
    data = compressed(CSV.decode().encode("utf-16"), "gz" if file.endswith("gz") else None)
    kind = "csv" if "csv" in file else "json"
    assert_kept_as_bytes(platform, data, file, f"not readable as {kind}: the text is UTF-16 or UTF-32, not UTF-8")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"order_id,email,order_id", "a column name is blank or repeated (in any case)"),
        (b"order_id,email,ORDER_ID", "a column name is blank or repeated (in any case)"),
        (b"order_id,,email", "a column name is blank or repeated (in any case)"),
        (b"order_id,e\0mail,x", "a column name has a NUL byte"),
        (b'"order_id,email', "not readable as csv: the first line is not a CSV header in UTF-8"),
        (b"order_id,_source_row", "the column name _source_row is reserved"),
        (b"order_id,_Source_Row", "the column name _source_row is reserved"),
        (b",".join(b"c%d" % number for number in range(2_001)), "2001 columns, 2000 are the most that are read"),
    ],
)
def test_a_header_that_cannot_name_columns_makes_the_file_unreadable(
    platform: Platform, header: bytes, reason: str
) -> None:
    assert_kept_as_bytes(platform, header + b"\n1,2,3\n", "part.csv", reason)


@pytest.mark.parametrize("data", [b"\n\n", b"\xef\xbb\xbf"])
def test_a_csv_without_a_header_is_no_crash(platform: Platform, data: bytes) -> None:
    put(platform, data, "part.csv", rows=0)
    assert "not readable as csv: the first line is not a CSV header" in problems(land(platform))


@pytest.mark.parametrize("name", ["_source_row", "_ERROR", "ingest_dt", "file_row_number"])
def test_a_reserved_column_name_is_refused_in_every_format(platform: Platform, name: str) -> None:
    row = order(1) | {name: "x"}
    platform.drop("orders", FOLDER, [row], "a.parquet", manifest=False)
    put(platform, pl.DataFrame([row]).write_csv().encode(), "b.csv")
    put(platform, pl.DataFrame([row]).write_ndjson().encode(), "c.ndjson")
    found = problems(land(platform))
    assert found.count(f"the column name {name.lower()} is reserved") == 3


def test_the_lines_of_a_broken_csv_are_all_accounted_for(platform: Platform) -> None:
    data = b'order_id,email\n1,a\n2\n3,b,c\n4,"x" y\n5,caf\xe9\n6,"open\n7,g\n'
    put(platform, data, "part.csv", rows=7)
    verdict = land(platform)
    assert (verdict.rows, verdict.numbers["unparsable"]) == (7, 5)
    assert "reconciliation" not in verdict.failed
    assert kept_lines(platform) == [
        (3, "2", "1 fields, the header has 2"),
        (4, "3,b,c", "3 fields, the header has 2"),
        (5, '4,"x" y', "misquoted: ',' expected after '\"'"),
        (6, "5,caf\\xe9", "not UTF-8"),
        (7, '6,"open', "misquoted: unexpected end of data"),
    ]
    good = bronze(platform).filter(pl.col("_error").is_null())
    assert good.select("_source_row", "order_id", "email").rows() == [(2, "1", "a"), (8, "7", "g")]


def test_a_cut_array_is_read_up_to_the_cut_and_its_manifest_is_contradicted(platform: Platform) -> None:
    put(platform, b'[{"order_id": "1"},\n{"order_id": "2"},\n{"order_', "part.json", rows=5)
    assert f"orders/{FOLDER}/part.json: 4 rows, its manifest says 5" in problems(land(platform))
    assert [(row, line) for row, line, _ in kept_lines(platform)] == [(3, '{"order_'), (3, "")]


def test_hostile_json_fields_cost_their_record_only(platform: Platform) -> None:
    lines = [b'{"order_id": "1"}', b'{"": 1}', b'{"a\\u0000b": 1}', b'{"order_id": "\\ud800"}', b"5", b"[" * 100_000]
    put(platform, b"\n".join(lines), "part.ndjson", rows=6)
    land(platform)
    assert received(platform)[0] == {"order_id": "1"}
    assert received(platform)[3] == {"order_id": "\\ud800"}
    assert [row for row, _, _ in kept_lines(platform)] == [2, 3, 5, 6]


def test_one_broken_file_costs_no_other_file_of_the_day(platform: Platform) -> None:
    platform.drop("orders", FOLDER, orders(1, 2), "good.parquet", manifest=False)
    put(platform, gzip.compress(CSV)[:-9], "bad.csv.gz")
    assert land(platform).rows == 2
    assert bronze(platform)["order_id"].to_list() == ["ORD-1", "ORD-2"]


def test_a_header_only_csv_is_a_valid_empty_day(platform: Platform) -> None:
    put(platform, CSV.splitlines(keepends=True)[0], "part.csv", rows=0)
    verdict = land(platform.strict())
    assert (verdict.refused, verdict.rows, drift(verdict)) == (None, 0, "none")
