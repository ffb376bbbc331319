"""Folders of the landing zone: data files, the producer's manifest and the `_SUCCESS` marker.

A folder holds the files of all its stages for ever; its manifest lists the active ones: base and late files,
or only the corrected ones once those have arrived. Nothing depends on the wall clock. A file that is already
there with the same bytes is left alone, so that a later `through` adds and changes only what arrived since.
"""

import datetime as dt
import hashlib
import itertools
import json
import os
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from .config import SampleConfig
from .draws import event_ids
from .formats import encode, suffix
from .parts import Part

_BUCKET = "gs://acme-analytics-raw/ecom/raw"
_STAGES = ("base", "late", "corrected")


def active(parts: Iterable[Part], last: int) -> list[Part]:
    """The parts that count at the end of day `last`: a correction replaces, per table and folder."""
    arrived = [p for p in parts if p.arrives <= last]
    replaced = {(p.table, p.folder) for p in arrived if p.stage == "corrected"}
    return [p for p in arrived if p.stage == "corrected" or (p.table, p.folder) not in replaced]


def deliver(parts: list[Part], config: SampleConfig, landing: Path) -> None:
    """Writes the files of whole folders and one manifest per folder; raises OSError if the disk refuses.

    `parts` must be all parts of their folders that have arrived by the config's last day.
    """
    listed: dict[tuple[str, str], list[tuple[Part, dict[str, object]]]] = {}
    counted = {id(p) for p in active(parts, config.last)}
    parts = [p for p in parts if p.arrives <= config.last]
    for part, ids in zip(parts, _event_ids(parts, config), strict=True):
        path = f"{part.table}/{part.folder}/{part.name}.{suffix(config.format, config.compression)}"
        broken = part.unparsable if config.format in ("csv", "ndjson") else 0
        body = encode(_as_sent(part, ids, path, config), config.format, config.compression, broken)
        _put(landing / path, body)
        entry = {
            "path": path,
            "rows": part.frame.height + broken,
            "checksum": hashlib.sha256(body).hexdigest(),
        }
        if id(part) in counted:
            listed.setdefault((part.table, part.folder), []).append((part, entry))
    for (table, folder), files in listed.items():
        manifest = _manifest(table, folder, files, config)
        _put(
            landing / table / folder / "_MANIFEST.json",
            json.dumps(manifest, indent=2, sort_keys=True).encode(),
        )
        _put(landing / table / folder / "_SUCCESS", b"")


def _event_ids(parts: list[Part], config: SampleConfig) -> list[pl.Series]:
    """The ids of each part's rows, drawn in one go: many folders hold only a few rows."""
    if not parts:
        return []
    ids = event_ids(pl.concat([p.frame["_event"] for p in parts]), config.seed)
    ends = itertools.accumulate(p.frame.height for p in parts)
    return [ids.slice(end - p.frame.height, p.frame.height) for p, end in zip(parts, ends, strict=True)]


def _written(part: Part, config: SampleConfig) -> dt.datetime:
    midnight = dt.datetime.combine(config.date(part.arrives + 1), dt.time(), dt.UTC)
    return midnight + dt.timedelta(hours=part.hours)


def _batch(part: Part, config: SampleConfig) -> str:
    return f"{part.batch}-{config.date(part.arrives):%Y%m%d}T000000"


def _as_sent(part: Part, ids: pl.Series, path: str, config: SampleConfig) -> pl.DataFrame:
    """The frame without hidden columns, with the producer's lineage."""
    at = _written(part, config)
    older = (at - dt.timedelta(hours=1)).isoformat()
    return part.frame.select(pl.exclude("^_.*$")).with_columns(
        pl.lit(_batch(part, config)).alias("batch_id"),
        pl.select(pl.when(part.frame["_older"]).then(pl.lit(older)).otherwise(pl.lit(at.isoformat())))
        .to_series()
        .alias("ingestion_ts"),
        ids.alias("event_id"),
        pl.lit(f"{_BUCKET}/{path}").alias("source_file"),
    )


def _manifest(
    table: str, folder: str, files: list[tuple[Part, dict[str, object]]], config: SampleConfig
) -> dict[str, object]:
    newest = max((part for part, _ in files), key=lambda p: (p.arrives, _STAGES.index(p.stage)))
    first, last = newest.event_days or (None, None)
    return {
        "batch_id": _batch(newest, config),
        "checksums": [entry["checksum"] for _, entry in files],
        "created_at": max(_written(part, config) for part, _ in files).isoformat(),
        "files": [entry for _, entry in files],
        "generator_version": None,
        "max_event_dt": last,
        "min_event_dt": first,
        "partition": folder,
        "schema_version": "0.1.0",
        "table": table,
        "total_rows": sum(int(str(entry["rows"])) for _, entry in files),
    }


def _put(path: Path, body: bytes) -> None:
    """Writes a file in one step, or not at all if it already holds these bytes."""
    if path.exists() and path.stat().st_size == len(body) and path.read_bytes() == body:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(body)
    os.replace(partial, path)
