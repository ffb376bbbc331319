"""The one partitions definition: a day is an ingest date.

Here: the definition and the only way from a partition key to a date. Not here: which days a landed file counts for
(`ingest/drops.py`). Partition keys come from people and schedulers, so they are parsed, never pasted.
"""

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
    day = date.fromisoformat(key) if len(key) == 10 else None
    if day is None or day.isoformat() != key:
        raise ValueError(f"{key!r} is not an ingest day: write it like 2020-01-31.")
    return day
