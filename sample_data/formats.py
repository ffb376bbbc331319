"""Frames as bytes: Parquet, CSV, JSON and NDJSON, plain or compressed; equal frames give equal bytes.

In text formats a number column may hold text (an unreadable number): CSV writes it as it is, JSON writes the
unreadable values as strings and all others as numbers. Broken lines are added here, because only here there
are lines. Nothing is read, and nothing is written to disk.
"""

import gzip
import importlib
import io
import json
from typing import Any

import polars as pl

# Imported by name because pyarrow carries no types.
_pa: Any = importlib.import_module("pyarrow")

NUMBERS: dict[str, type[pl.Int64] | type[pl.Float64]] = {
    "product_id": pl.Int64,
    "quantity": pl.Int64,
    "inventory_quantity": pl.Int64,
    "cart_item_id": pl.Int64,
    "return_item_id": pl.Int64,
    "quantity_returned": pl.Int64,
    "unit_price": pl.Float64,
    "discount_amount": pl.Float64,
    "cost_price": pl.Float64,
    "gross_total": pl.Float64,
    "net_total": pl.Float64,
    "total_discount_amount": pl.Float64,
    "cart_total": pl.Float64,
    "refunded_amount": pl.Float64,
}


def suffix(format: str, compression: str | None) -> str:
    """The file name's ending, e.g. 'parquet' or 'csv.gz'."""
    ending = {"gzip": ".gz", "zstd": ".zst"}.get(compression or "none", "")
    return format if format == "parquet" else format + ending


def encode(frame: pl.DataFrame, format: str, compression: str | None, unparsable: int = 0) -> bytes:
    """The bytes of one file of `frame.height` rows, plus `unparsable` broken lines in csv and ndjson.

    Raises ValueError for a format that is none.
    """
    if format == "parquet":
        return _parquet(frame.rechunk(), compression or "zstd")
    if format == "csv":
        body = frame.write_csv().encode()
        body += b"".join(b"cut off,here" + b",?" * (len(frame.columns) + i) + b"\n" for i in range(unparsable))
    elif format in ("json", "ndjson"):
        body = _ndjson(frame)
        if format == "ndjson":
            body += b'{"cut": "of\n' * unparsable
        else:
            body = b"[" + b",\n".join(body.splitlines()) + b"]\n"
    else:
        raise ValueError(f"unknown format {format!r}")
    return _packed(body, compression or "none")


def _parquet(frame: pl.DataFrame, compression: str) -> bytes:
    buffer = io.BytesIO()
    # Level 1: files of hashes hardly shrink, and higher levels only cost time.
    if compression == "zstd":
        frame.write_parquet(buffer, compression="zstd", compression_level=1, row_group_size=250_000)
    elif compression == "gzip":
        frame.write_parquet(buffer, compression="gzip", row_group_size=250_000)
    else:
        frame.write_parquet(buffer, compression="uncompressed", row_group_size=250_000)
    return buffer.getvalue()


def _ndjson(frame: pl.DataFrame) -> bytes:
    """Rows with readable numbers first, written natively; then the few others."""
    texts = [c for c, kind in NUMBERS.items() if frame.schema.get(c) == pl.String]
    if not texts:
        return frame.write_ndjson().encode()
    unreadable = pl.any_horizontal(
        pl.col(c).is_not_null() & pl.col(c).cast(NUMBERS[c], strict=False).is_null() for c in texts
    )
    native = frame.filter(~unreadable).with_columns(pl.col(c).cast(NUMBERS[c]) for c in texts)
    rest = frame.filter(unreadable).to_dicts()
    for row in rest:
        for column in texts:
            row[column] = _number_or_text(row[column], NUMBERS[column] is pl.Int64)
    return native.write_ndjson().encode() + b"".join(json.dumps(row).encode() + b"\n" for row in rest)


def _number_or_text(value: str | None, whole: bool) -> int | float | str | None:
    try:
        return value if value is None else int(value) if whole else float(value)
    except ValueError:
        return value


def _packed(body: bytes, compression: str) -> bytes:
    if compression == "gzip":
        # The header's time would make equal content differ.
        return gzip.compress(body, compresslevel=6, mtime=0)
    if compression == "zstd":
        packed: bytes = _pa.compress(body, codec="zstd", asbytes=True)
        return packed
    return body
