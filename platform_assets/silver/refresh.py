"""Refreshing silver days: compute into staging, audit there, publish day by day.

Here: write, audit, publish for one group of silver tables, without Dagster. Not here: the SQL (dbt/) or the checks
(audit.py).
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from platform_assets.contracts import Contracts, SilverModel
from platform_assets.dbt_process import run_dbt, write_session
from platform_assets.gates import DayVerdict
from platform_assets.lake import (
    Lake,
    LakeTable,
    Manifest,
    PublishedContent,
    day_inputs,
    file_sha256,
)
from platform_assets.lake.manifests import hash_of
from platform_assets.settings import Settings
from platform_assets.silver.audit import audit_day
from platform_assets.silver.inputs import silver_inputs
from platform_assets.silver.picture import SilverRun, silver_picture

CHUNK_DAYS = 31  # the statements of a chunk name every day


def in_chunks(received: Mapping[date, int], most_rows: int) -> list[tuple[date, ...]]:
    """Days to compute at once, in order: a chunk's rows are the memory of a run. One day is never divided."""
    chunks: list[tuple[date, ...]] = []
    rows = 0
    for day in sorted(received):
        rows += received[day]
        if not chunks or len(chunks[-1]) == CHUNK_DAYS or rows > most_rows:
            chunks.append(())
            rows = received[day]
        chunks[-1] += (day,)
    return chunks


@dataclass
class SilverRefresh:
    """One refresh of some models over some days."""

    settings: Settings
    lake: Lake
    contracts: Contracts
    models: tuple[SilverModel, ...]
    run_id: str

    def run(self, days: Sequence[date]) -> dict[str, list[DayVerdict]]:
        """Refresh `days` in chunks, oldest first; the verdict of each table and day."""
        verdicts: dict[str, list[DayVerdict]] = {model.name: [] for model in self.models}
        published = PublishedContent()
        bronze = [published.manifests(self._bronze(model)) for model in self.models]
        received = {day: sum(manifests[day].rows for manifests in bronze if day in manifests) for day in days}
        for chunk in in_chunks(received, self.settings.rows_per_chunk):
            for model, verdict in self._refresh_chunk(chunk, verdicts):
                verdicts[model.name].append(verdict)
        return verdicts

    def _refresh_chunk(
        self, days: tuple[date, ...], earlier: dict[str, list[DayVerdict]]
    ) -> Iterator[tuple[SilverModel, DayVerdict]]:
        published = PublishedContent()
        with self.lake.staged(self.run_id, "silver", self.models[0].name) as staging:
            run = SilverRun(self.models, self._ready_days(days, published), staging)
            seconds = self._compute(run, published) if run.days else {}
            refused = {
                name: [verdict.day for verdict in verdicts if verdict.refused] for name, verdicts in earlier.items()
            }
            for model in self.models:
                for day in days:
                    started = time.monotonic()
                    verdict = self._judge(run, model, day, refused, published)
                    verdict.seconds = time.monotonic() - started + seconds.get(model.name, 0) / len(days)
                    if verdict.refused:
                        refused[model.name].append(day)
                    yield model, verdict

    def _ready_days(self, days: tuple[date, ...], published: PublishedContent) -> tuple[date, ...]:
        """Days whose bronze rows and snapshots are all there."""
        return tuple(day for day in days if not any(self._missing(model, day, published) for model in self.models))

    def _missing(self, model: SilverModel, day: date, published: PublishedContent) -> list[str]:
        """Inputs of the same day that are not published: nothing can be said about the day without them."""
        tables = [self._bronze(model)]
        tables += [self.lake.table("dims", key.table) for key in model.foreign_keys if key.layer == "dims"]
        return [table.key for table in tables if day not in published.manifests(table)]

    def _bronze(self, model: SilverModel) -> LakeTable:
        return self.lake.bronze(*model.source)

    def _compute(self, run: SilverRun, published: PublishedContent) -> dict[str, float]:
        """Stage all files of the run; the seconds each model took."""
        for day in run.days:
            (run.staging / day.isoformat()).mkdir(parents=True, exist_ok=True)
        session = run.staging / "session.sql"
        limit = self.settings.memory_limit
        write_session(session, silver_picture(run, self.lake, self.contracts, published, limit))
        results = run_dbt(self.settings.dbt_project, "run", [model.name for model in run.models], session)
        for model in run.models:
            published.check_read(silver_inputs(self.lake, self.contracts, model), run.days)
        return {result.name: result.seconds for result in results}

    def _judge(
        self, run: SilverRun, model: SilverModel, day: date, refused: Mapping[str, list[date]],
        published: PublishedContent,
    ) -> DayVerdict:  # fmt: skip
        """Audit a staged day and publish it, unless its gate or a parent's gate refuses it."""
        if day not in run.days:
            missing = sorted({name for model in self.models for name in self._missing(model, day, published)})
            return DayVerdict.without_inputs(day, missing)
        received = published.manifests(self._bronze(model))[day].rows
        valid, quarantine = run.staged(model.name, day), run.staged(model.quarantine, day)
        verdict = audit_day(model, day, received, valid, quarantine)
        if origin := _first_arrival(valid, refused[model.name]):
            verdict.refused = f"it releases rows of {model.name} of {origin}, which was refused"
        for key in model.foreign_keys:
            since = min(refused.get(key.table, []), default=None)
            if since and since <= day:
                verdict.refused = f"its parent {key.table} was refused for {since}"
        verdict.refuse_if_failed(self.settings.strict)
        if not verdict.refused:
            self._publish(run, model, verdict, published)
        return verdict

    def _publish(self, run: SilverRun, model: SilverModel, verdict: DayVerdict, published: PublishedContent) -> None:
        day = verdict.day
        inputs = day_inputs(silver_inputs(self.lake, self.contracts, model), day, published)
        tables = [self.lake.table("quarantine", model.quarantine), self.lake.table("silver", model.name)]
        batch = hash_of([file_sha256(run.staged(table.name, day)) for table in tables])
        parts = []
        for table in tables:
            staged = run.staged(table.name, day)
            manifest = Manifest.of_file(
                table.key,
                day,
                staged,
                rows=verdict.rows if table.layer == "silver" else int(verdict.numbers["quarantine_rows"]),
                inputs=inputs,
                batch_hash=batch,
                schema=model.stored_types,
                contract_version=model.version,
                failed_checks=tuple(verdict.failed),
                details=dict(verdict.numbers),
            )
            parts.append((table, staged, manifest))
        for (table, _, _), manifest in zip(parts, self.lake.publish(day, parts, self.run_id), strict=True):
            published.note(table, day, manifest)
        verdict.notes["path"] = tables[1].data(day)


def _first_arrival(valid: Path, days: list[date]) -> date | None:
    """The first of `days` on which a row of the file arrived."""
    import polars as pl

    if not days:
        return None
    arrived = pl.scan_parquet(valid, hive_partitioning=False).select("_arrived_dt").collect().to_series()
    return min((day for day in days if day in arrived), default=None)
