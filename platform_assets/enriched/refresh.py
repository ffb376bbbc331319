"""Refreshing enriched days: read as of the day, transform, audit what was computed, publish.

Here: the same three steps for every enriched table. Not here: Dagster, or what a transform computes.
"""

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_assets.enriched.reading import events_since, read_as_of, touched_dates
from platform_assets.enriched.tables import EnrichedTable
from platform_assets.gates import MOST_SHOWN, Check, DayVerdict, share_seconds
from platform_assets.gates.schemas import failures
from platform_assets.lake import Lake, Manifest, PublishedContent, day_inputs, write_frame
from platform_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl


def refresh_enriched(
    settings: Settings, lake: Lake, table: EnrichedTable, days: Sequence[date], run_id: str
) -> list[DayVerdict]:
    """Compute each day on its own, so that memory is bounded by a day; the verdict of each."""
    published = PublishedContent()
    verdicts: list[DayVerdict] = []
    started = time.monotonic()
    with lake.staged(run_id, "enriched", table.name) as staging:
        for day in days:
            missing = [
                source.table.key for source in table.lake_inputs(lake) if day not in published.manifests(source.table)
            ]
            if missing:
                verdicts.append(DayVerdict.without_inputs(day, missing))
                continue
            staged = staging / f"{day}.parquet"
            verdict = _compute(settings, lake, table, day, staged, published)
            verdict.refuse_if_failed(settings.strict)
            if not verdict.refused:
                _publish(settings, lake, table, verdict, staged, published, run_id)
            verdicts.append(verdict)
    share_seconds(verdicts, time.monotonic() - started)
    return verdicts


def _compute(
    settings: Settings, lake: Lake, table: EnrichedTable, day: date, staged: Path, published: PublishedContent
) -> DayVerdict:
    transform, model = table.load()
    seeds = settings.dbt_project / "seeds"
    touched = touched_dates(lake, table.restates, day, published) if table.restates else [day]
    since = events_since(table.days_before, table.limits, touched)
    arguments: dict[str, Any] = {
        name: read_as_of(lake, seeds, source, day, published, since) for name, source in table.inputs.items()
    }
    if table.restates:
        arguments["touched"] = touched
    if table.limits:
        arguments["limits"] = table.limits
    frame = transform(**arguments, day=day).collect()
    published.check_read(table.lake_inputs(lake), [day])
    write_frame(frame, table.key, staged)
    return _judge(table, model, day, frame)


def _judge(table: EnrichedTable, model: Any, day: date, frame: "pl.DataFrame") -> DayVerdict:
    problems = failures(model.to_schema(), frame)
    if frame.height < table.min_rows:
        problems.append(f"{frame.height} rows, expected at least {table.min_rows}")
    scores = _zscores(table, day, frame)
    unusual = [f"{name} is {score}" for name, score in scores.items() if abs(score) > table.limits.anomaly_zscore]
    notes = {"problems": "\n".join(problems[:MOST_SHOWN]) or "none", "unusual": "\n".join(unusual) or "none"}
    numbers = {"problems": len(problems), "rows": frame.height, **scores}
    checks = {
        "rules": Check(not problems and not unusual, numbers, notes, advisory=not problems),
        "keys": Check(frame.select(table.key).is_duplicated().sum() == 0, {"rows": frame.height}),
    }
    return DayVerdict(day, frame.height, checks)


def _zscores(table: EnrichedTable, day: date, frame: "pl.DataFrame") -> dict[str, float]:
    """What the day's own row says of itself; a score without enough history is null and says nothing."""
    if not table.zscores:
        return {}
    rows = frame.filter(frame["metric_dt"] == day).select(table.zscores).to_dicts()
    return {name: score for row in rows for name, score in row.items() if score is not None}


def _publish(
    settings: Settings,
    lake: Lake,
    table: EnrichedTable,
    verdict: DayVerdict,
    staged: Path,
    published: PublishedContent,
    run_id: str,
) -> None:
    target = lake.table("enriched", table.name)
    manifest = Manifest.of_file(
        target.key,
        verdict.day,
        staged,
        verdict.rows,
        day_inputs(table.lake_inputs(lake), verdict.day, published),
        contract_version=table.version(settings.dbt_project),
        failed_checks=tuple(verdict.failed),
    )
    lake.publish(verdict.day, [(target, staged, manifest)], run_id)
    verdict.notes["path"] = target.data(verdict.day)
