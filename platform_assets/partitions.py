"""The one partitions definition: a day is an ingest date.

Here: the definition and the only way from a partition key to a date. Not here: which days a landed file counts for
(`ingest/drops.py`). Partition keys come from people and schedulers, so they are parsed, never pasted.
"""

import re
from contextlib import suppress
from datetime import date

import dagster as dg

from platform_assets.settings import Settings


def ingest_days(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Daily partitions from the first ingest day on, UTC, named like 2020-01-31."""
    start = settings.start_date.isoformat()
    if settings.end_date:
        return dg.DailyPartitionsDefinition(start_date=start, end_date=settings.end_date.isoformat())
    return dg.DailyPartitionsDefinition(start_date=start, end_offset=1)  # today's drops arrive during today


def parse_day(key: str) -> date:
    """The date of a partition key. Raises ValueError for anything not written exactly like 2020-01-31."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", key):
        with suppress(ValueError):
            return date.fromisoformat(key)
    raise ValueError(f"{key!r} is not an ingest day: write it like 2020-01-31.")
