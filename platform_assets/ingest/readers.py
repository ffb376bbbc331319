"""Readers: one landed file to one bronze Parquet file, every value as it came.

Here: Parquet, CSV and JSON (array or lines), gzip or zstd; lines that cannot be parsed are kept with their error.
Typed formats keep their types, text formats bring text: the same declaration cleans both (dbt/macros/cleaning.sql).
Not here: where the file goes, or whether its columns are the declared ones.
"""

import hashlib
import io
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from platform_assets.contracts import SourceTable
from platform_assets.ingest.deliveries import LandedFile
from platform_assets.ingest.records import MAX_COLUMNS, Record, csv_records, json_records
from platform_assets.lake import file_sha256
from platform_assets.lake.parquet import PARQUET
from platform_assets.lake.sql import quoted

if TYPE_CHECKING:
    import duckdb
    import polars as pl

RESERVED = {"_source_file", "_source_row", "_batch_id", "_error", "_line", "ingest_dt", "file_row_number"}
ROWS_PER_FRAME = 100_000


class UnreadableFileError(ValueError):
    """No row of the file can be read; the message says why, in words for the producer."""


@dataclass(frozen=True)
class BronzeFile:
    """What was read: rows (unparsable ones included) and the columns with their types as they came."""

    rows: int
    unparsable: int
    columns: dict[str, str]


def read_file(
    connection: "duckdb.DuckDBPyConnection", table: SourceTable, file: LandedFile, copy: Path, sha256: str, out: Path
) -> BronzeFile:
    """Read `copy` (a private copy of the landed file) into `out`. Raises UnreadableFileError."""
    import duckdb
    import pyarrow as pa

    if copy.stat().st_size == 0:
        raise UnreadableFileError("the file is empty (0 bytes)")
    try:
        if file.format == "parquet":
            frame = None
            without_type = _checked_parquet_columns(copy)
            relation = connection.read_parquet(str(copy), file_row_number=True, hive_partitioning=False)
            source = f"read_parquet({quoted(str(copy))}, file_row_number = true, hive_partitioning = false)"
            select = (
                "* exclude (file_row_number), file_row_number + 1 as _source_row,"
                " null::varchar as _error, null::varchar as _line"
            )
            names = set(relation.columns) - {"file_row_number"}
        else:
            frame = _text_frame(table, file, copy)
            relation, select, source = connection.from_arrow(frame.to_arrow()), "*", "landed"
            relation.create_view(source, replace=True)
            names = set(frame.columns) - {"_source_row", "_error", "_line"}
            without_type = set()
        carried = _folder_column(table, file, names)
        added = "".join(f", {quoted(value)} as {name}" for name, value in carried.items())
        rows = connection.execute(
            f"copy (select {select}{added}, {quoted(file.name)} as _source_file,"
            f" '{sha256}' as _batch_id from {source})"
            f" to {quoted(str(out))} {PARQUET}"
        ).fetchall()[0][0]
        unparsable = frame["_error"].count() if frame is not None else 0
        types = {name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True) if name in names}
        types |= dict.fromkeys(without_type, '"NULL"') | dict.fromkeys(carried, "VARCHAR")
        return BronzeFile(rows, unparsable, types)
    except (duckdb.Error, pa.ArrowException, EOFError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnreadableFileError(f"not readable as {file.format}: {_private(reason, copy)}") from error


def _private(reason: str, copy: Path) -> str:
    """The reason without the path of our private copy: it differs from run to run."""
    return reason.replace(str(copy), "the file")


def _folder_column(table: SourceTable, file: LandedFile, names: set[str]) -> dict[str, str]:
    """Hive style: a declared column that only the folder's name carries, and its value."""
    key, value = file.folder_key, file.folder_value
    if key and value and key in table.columns and key not in {name.lower() for name in names}:
        return {key: value}
    return {}


def check_names(names: Sequence[str]) -> None:
    """Raises UnreadableFileError for column names that cannot be stored as they came."""
    if len(names) > MAX_COLUMNS:
        raise UnreadableFileError(f"{len(names)} columns, {MAX_COLUMNS} are the most that are read")
    folded = [name.lower() for name in names]
    reserved = RESERVED.intersection(folded)
    if reserved:
        raise UnreadableFileError(f"the column name {min(reserved)} is reserved")
    if len(set(folded)) != len(folded) or "" in folded:
        raise UnreadableFileError(f"a column name is blank or repeated (in any case): {str(list(names))[:500]}")
    if any("\0" in name for name in names):
        raise UnreadableFileError("a column name has a NUL byte")


def _checked_parquet_columns(copy: Path) -> set[str]:
    """The columns that hold nothing but null and say so by their type, which DuckDB takes for INTEGER."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(copy)
    check_names(schema.names)
    return {column.name for column in schema if pa.types.is_null(column.type)}


def _text_frame(table: SourceTable, file: LandedFile, copy: Path) -> "pl.DataFrame":
    """All records as text columns plus _source_row, _error and _line (the raw text of unparsable records)."""
    import polars as pl

    with _decompressed(copy, file.compression) as stream:
        if file.format == "csv":
            header, records = csv_records(stream, table.landing.delimiter)
            check_names(header)
            frames = [_csv_frame(header, chunk) for chunk in _chunks(records)]
        else:
            frames = [_json_frame(chunk) for chunk in _chunks(json_records(stream))]
    return pl.concat(frames, how="diagonal")


def _decompressed(copy: Path, compression: str | None) -> IO[bytes]:
    import pyarrow as pa

    raw = pa.input_stream(str(copy), compression=compression)
    return io.BufferedReader(cast("io.RawIOBase", raw), buffer_size=1 << 20)


def _chunks(records: Iterable[Record]) -> Iterator[tuple[Record, ...]]:
    """At least one chunk, so that a file without records still has columns."""
    remaining = iter(records)
    chunk = tuple(islice(remaining, ROWS_PER_FRAME))
    yield chunk
    while chunk := tuple(islice(remaining, ROWS_PER_FRAME)):
        yield chunk


def _csv_frame(header: list[str], chunk: tuple[Record, ...]) -> "pl.DataFrame":
    blank: list[str | None] = [None] * len(header)
    rows: Iterator[Sequence[str | None]] = (record.values or blank for record in chunk)
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    return _frame(dict(zip(header, columns, strict=True)), chunk)


def _json_frame(chunk: tuple[Record, ...]) -> "pl.DataFrame":
    names = dict.fromkeys(name for record in chunk for name in record.fields)
    return _frame({name: [record.fields.get(name) for record in chunk] for name in names}, chunk)


def _frame(
    columns: "dict[str, list[str | None] | tuple[str | None, ...]]", chunk: tuple[Record, ...]
) -> "pl.DataFrame":
    import polars as pl

    check_names(list(columns))
    return pl.DataFrame(
        columns | {
            "_source_row": [record.number for record in chunk],
            "_error": [record.error for record in chunk],
            "_line": [record.raw for record in chunk],
        },
        schema=dict.fromkeys(columns, pl.String) | {"_source_row": pl.Int64, "_error": pl.String, "_line": pl.String},
    )  # fmt: skip


def records_sha256(copy: Path) -> str | None:
    """The other hash that producers put into manifests: of the records as pandas writes them to JSON.

    The shop does so: its Parquet is written after hashing, so that the hash survives another compression. None when
    the file has values that have no such form.
    """
    import polars as pl

    try:
        frame = pl.scan_parquet(copy, hive_partitioning=False)
        if any(
            kind.is_nested() or kind.is_temporal() or kind.is_decimal() or kind == pl.Binary
            for kind in frame.collect_schema().dtypes()
        ):
            return None
        text = frame.collect().write_json().replace("/", "\\/")
    except pl.exceptions.PolarsError:
        return None
    if not text.isascii():
        text = re.sub(r"[^\x00-\x7f]", lambda found: json.dumps(found.group())[1:-1], text)
    return hashlib.sha256(text.encode()).hexdigest()


def private_copy(file: LandedFile, folder: Path) -> tuple[Path, str]:
    """Copy a landed file and hash the copy: producers may overwrite theirs while we read."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / "landed"
    shutil.copyfile(file.path, copy)
    return copy, file_sha256(copy)
