"""Declarations as Python values: sources, silver models, and the mistake a declaration can hold.

Here: the types. Not here: reading them (sources.py, models.py), judging rows (dbt/macros) or frames (gates/schemas.py);
gold declares itself to dbt alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

LINEAGE = {
    "_unreadable": "text",
    "_source_file": "text",
    "_source_row": "bigint",
    "_batch_id": "text",
    "_arrived_dt": "date",
}
# Of two statements of a key the one with the larger of these is newer, compared in this order; null is the smallest.
# SQL says it in newest_first (dbt/macros/day_partitions.sql), tests/silver/test_version_order.py that it is the same.
VERSION_ORDER = ("_arrived_dt", "ingestion_ts", "event_id", "ingest_dt")


class DeclarationError(ValueError):
    """A mistake in the YAML: names file, table and column, and says what to write instead."""

    def __init__(self, file: str, where: str, problem: str, instead: str) -> None:
        super().__init__(f"dbt/{file}: {where}: {problem}. Write {instead}.")


@dataclass(frozen=True)
class Landing:
    """How the folders of a table in the landing zone become ingest days; see models/sources/shop.yml."""

    delivery: str
    folder: str | None
    first_delivery: str
    manifest_required: bool
    empty_days_allowed: bool
    delimiter: str


@dataclass(frozen=True)
class Volume:
    """Rows that a day should bring: bounds, and how far from the days before it may be, in standard deviations."""

    least: int = 0
    most: int | None = None
    zscore: float | None = None
    trailing_days: int = 28
    min_days: int = 7


@dataclass(frozen=True)
class Freshness:
    """How old the newest day may be, counted from its end."""

    warn_after: timedelta | None
    fail_after: timedelta | None


@dataclass(frozen=True)
class SourceTable:
    """What arrives: one bronze table. `columns` maps name to the type in typed formats; files may come without those
    that are `optional`."""

    source: str
    name: str
    description: str
    columns: Mapping[str, str]
    landing: Landing
    file: str = ""
    owner: str | None = None
    volume: Volume | None = None
    freshness: Freshness | None = None
    optional: frozenset[str] = frozenset()

    @property
    def version(self) -> str:
        """Changes when what a day is judged by changes: then its verdict is an old one."""
        judged_by = repr((sorted(self.columns.items()), sorted(self.optional), self.landing))
        return hashlib.sha256(judged_by.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Column:
    """One declared column of a silver table."""

    name: str
    data_type: str
    description: str
    nullable: bool


@dataclass(frozen=True)
class ForeignKey:
    """A parent that must be known: another silver table or, for masters, their snapshot (`layer` is dims)."""

    name: str
    column: str
    layer: str
    table: str
    parent_column: str


@dataclass(frozen=True)
class SilverModel:
    """One silver table: its columns in stored order, its key, its parents, and the limits its gate keeps to."""

    name: str
    source: tuple[str, str]
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    is_master: bool
    max_quarantined: float
    min_known_keys: float
    version: str
    file: str = ""

    @property
    def quarantine(self) -> str:
        return "quarantine_" + self.name.removeprefix("stg_")

    @property
    def stored_types(self) -> dict[str, str]:
        """Columns and declared types of the published files, lineage included, `ingest_dt` not (it is the folder)."""
        return {column.name: column.data_type for column in self.columns} | LINEAGE


def meta_of(declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """`config.meta`, where dbt wants it, or `meta`, where it still accepts it (as macros/cleaning.sql does)."""
    return dict((declared.get("config") or {}).get("meta") or declared.get("meta") or {})
