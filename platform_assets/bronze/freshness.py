"""Freshness: does data still arrive?

Here: one check per source table that declares dbt's `freshness`, judged by the clock and therefore run by the clock
(automation/schedules.py), not with a day: when nothing arrives, no day is run. Not here: whether a published day is
what its inputs say (lake/staleness.py).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import dagster as dg

from platform_assets.contracts import Contracts, Freshness, SourceTable
from platform_assets.lake import Lake, PublishedContent
from platform_assets.settings import Settings


def freshness_checks(settings: Settings, contracts: Contracts) -> list[dg.AssetChecksDefinition]:
    """One step that judges every declared table; an empty list when none is declared."""
    tables = [table for table in contracts.sources.values() if table.freshness]
    if not tables:
        return []

    @dg.multi_asset_check(
        name="freshness",
        specs=[
            dg.AssetCheckSpec(
                "freshness", asset=_key(table), description="The newest day with rows is not older than declared."
            )
            for table in tables
        ],
        can_subset=True,
    )
    def freshness(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        now, lake, published = datetime.now(timezone.utc), Lake(settings.lake), PublishedContent()
        for table in tables:
            if dg.AssetCheckKey(_key(table), "freshness") in context.selected_asset_check_keys:
                manifests = published.manifests(lake.bronze(table.source, table.name))
                newest = max((day for day, manifest in manifests.items() if manifest.rows), default=None)
                yield judge(table, newest, settings.end_date, now)

    return [freshness]


def _key(table: SourceTable) -> dg.AssetKey:
    return dg.AssetKey(["bronze", table.name])


def judge(table: SourceTable, newest: date | None, end_date: date | None, now: datetime) -> dg.AssetCheckResult:
    """The age of a table at `now`, counted from the end of its newest day; a platform whose last day is over passes."""
    limits = table.freshness or Freshness(None, None)
    over = end_date is not None and now >= _start(end_date) + timedelta(days=1)
    age = now - (_start(newest) + timedelta(days=1)) if newest else timedelta.max
    failed = limits.fail_after is not None and age > limits.fail_after
    late = limits.warn_after is not None and age > limits.warn_after
    return dg.AssetCheckResult(
        asset_key=_key(table),
        check_name="freshness",
        passed=over or not (failed or late),
        severity=dg.AssetCheckSeverity.ERROR if failed else dg.AssetCheckSeverity.WARN,
        metadata={
            "newest_day": newest.isoformat() if newest else "none",
            **({"hours": round(age / timedelta(hours=1), 1)} if newest else {}),
            **({"judged": "no: the days of this deployment are over (PLATFORM_END_DATE)"} if over else {}),
        },
    )


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
