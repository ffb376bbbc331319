"""Verdicts: what the checks of a table said about a day, and what follows from it.

Here: what warn and strict gates do with a day's failed checks, and how verdicts become Dagster events: one check
evaluation per check and day, so that the history of a day is complete after a range run. Not here: the checks
themselves; gold, which is refused as a whole (gold/refresh.py).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg

MOST_SHOWN = 20  # problems of a check, refused table days of a step


@dataclass(frozen=True)
class Check:
    """The result of one check on one day. `numbers` are counts to plot, `notes` are words and samples to read.

    An `advisory` check is one to look at (a day of few orders is no wrong day): it warns everywhere and refuses
    nowhere, and is not recorded with the data, because what it says may depend on other days.
    """

    passed: bool
    numbers: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    advisory: bool = False

    @classmethod
    def of_problems(cls, problems: Sequence[str], **numbers: float) -> "Check":
        """A check that fails when there are problems, and shows the first of them."""
        shown = "\n".join(problems[:MOST_SHOWN]) or "none"
        return cls(not problems, {**numbers, "problems": len(problems)}, {"problems": shown})


@dataclass
class DayVerdict:
    """One day of one table: its checks, its figures, why it was not published, if it was not, what it took, and what to
    show of it beside figures (paths, words, pictures).

    Seconds of tables that are computed together over several days are shares.
    """

    day: date
    rows: int
    checks: dict[str, Check]
    numbers: dict[str, float] = field(default_factory=dict)
    refused: str | None = None
    seconds: float = 0.0
    notes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def without_inputs(cls, day: date, missing: Iterable[str]) -> "DayVerdict":
        """A day that cannot be computed, because these tables are not published for it."""
        return cls(day, 0, {}, refused=f"missing input, materialize it first: {', '.join(missing)} {day}")

    def refuse_if_failed(self, strict: bool, why: str = "") -> None:
        """Strict gates refuse a day with a failed check. Others let it be published, with its failed checks named."""
        if strict and self.failed:
            self.refused = why or f"failed {', '.join(self.failed)}"

    @property
    def failed(self) -> list[str]:
        """Checks that failed and are not merely advisory."""
        return sorted(name for name, check in self.checks.items() if not check.passed and not check.advisory)


def share_seconds(verdicts: Sequence[DayVerdict], seconds: float) -> None:
    """Spread the time that a table took over its days."""
    for verdict in verdicts:
        verdict.seconds += seconds / len(verdicts)


@dataclass(frozen=True)
class GatedTable:
    """A table behind a gate: its asset key and the names of its checks.

    Gold is judged as a whole, not by day: its verdict is the same for every day of the run and is recorded once.
    A quarantine table has no checks of its own: it shares the verdict of its silver table. `beside` is a table to look
    at together with this one.
    """

    key: dg.AssetKey
    checks: tuple[str, ...]
    judged_by_day: bool = True
    beside: dg.AssetKey | None = None


def gate_specs(tables: Iterable[GatedTable], strict: bool) -> list[dg.AssetCheckSpec]:
    """The check specs of the tables; strict gates block what is downstream."""
    return [
        dg.AssetCheckSpec(name=name, asset=table.key, blocking=strict, description=_meaning(name, table))
        for table in tables
        for name in table.checks
    ]


MEANINGS = {
    "shape": "Columns and types are the declared ones; drift is reported.",
    "keys": "The primary key is unique and complete; foreign keys are known.",
    "reconciliation": "Every row that came in is accounted for.",
    "bronze rules": "As many rows as the declared volume says. Advisory.",
    "bronze reconciliation": "Files are there, readable, and what the producer's manifest says.",
    "silver rules": "The share of rows refused by declared rules stays under its limit; counts and samples by reason.",
    "enriched rules": "Values keep the rules of the table's model. Advisory: figures of the day that are unusual.",
    "gold rules": "The table's dbt tests of values hold.",
    "gold keys": "Keys are unique and complete; what they point to is there.",
    "gold reconciliation": "The table agrees with what it was built from, and with its neighbours.",
}


def _named(refused: Sequence[str]) -> str:
    """The first table days of those refused: before others those that failed themselves."""
    own_first = sorted(refused, key=lambda text: ": failed" not in text)
    more = [f"… and {len(refused) - MOST_SHOWN} more"] if len(refused) > MOST_SHOWN else []
    return "\n".join([*own_first[:MOST_SHOWN], *more])


def _meaning(check: str, table: GatedTable) -> str:
    """What a check says in the table's layer, for people who read it in the UI."""
    return MEANINGS.get(f"{table.key.path[0]} {check}") or MEANINGS[check]


def report(
    context: dg.AssetExecutionContext, verdicts: Mapping[GatedTable, Sequence[DayVerdict]], strict: bool
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Record every day's verdicts and yield the results of the step.

    Raises dg.Failure after recording if a day was refused: the published days are recorded one by one, the refused
    ones are not, nothing downstream runs and the process exits with an error. The overall results are recorded last
    either way, so that the newest result of a check is never that of a good day beside a bad one.
    """
    refused = []
    for table, days in verdicts.items():
        for verdict in days if table.judged_by_day else ():
            for name, check in verdict.checks.items():
                context.log_event(_evaluation(table, name, check, strict, verdict.day))
        if table.checks:
            held = [verdict for verdict in days if verdict.refused]
            refused += [f"{table.key.to_user_string()} {verdict.day}: {verdict.refused}" for verdict in held]
            context.log.info(_summary(table, days))
    if refused:
        for table, days in verdicts.items():
            for verdict in days:
                if not verdict.refused:
                    context.log_event(_materialization(table, verdict))
            for name in table.checks:
                context.log_event(_evaluation(table, name, _overall(days, name), strict, None))
        raise dg.Failure(
            description=f"{len(refused)} table days were refused and not published:\n" + _named(refused),
            allow_retries=False,
        )
    for table, days in verdicts.items():
        asked = [
            name for name in table.checks if dg.AssetCheckKey(table.key, name) in context.selected_asset_check_keys
        ]
        results = [_result(table, name, _overall(days, name), strict) for name in asked]
        if table.key not in context.selected_asset_keys:
            yield from results  # somebody asked for the checks alone
            continue
        for verdict in days:
            context.add_asset_metadata(_metadata(table, verdict), table.key, partition_key=verdict.day.isoformat())
        yield dg.MaterializeResult(asset_key=table.key, check_results=results)


def _summary(table: GatedTable, days: Sequence[DayVerdict]) -> str:
    """One line of progress."""
    failed = sorted({name for verdict in days for name in verdict.failed})
    marks = f", failed: {', '.join(failed)}" if failed else ""
    advised = sum(not check.passed and check.advisory for verdict in days for check in verdict.checks.values())
    marks += f", {advised} days to look at" if advised else ""
    refused = sum(verdict.refused is not None for verdict in days)
    held = f", {refused} days refused" if refused else ""
    rows = sum(verdict.rows for verdict in days) if table.judged_by_day else days[-1].rows
    return f"{'/'.join(table.key.path)}: {len(days)} days, {rows:,} rows{marks}{held}"


def _evaluation(table: GatedTable, name: str, check: Check, strict: bool, day: date | None) -> dg.AssetCheckEvaluation:
    """The result on one day, or on all days of the run when `day` is None."""
    return dg.AssetCheckEvaluation(
        asset_key=table.key,
        check_name=name,
        passed=check.passed,
        metadata={**check.numbers, **check.notes},
        severity=_severity(strict, check),
        blocking=strict,
        partition=day.isoformat() if day else None,
    )


def _result(table: GatedTable, name: str, check: Check, strict: bool) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=table.key,
        passed=check.passed,
        severity=_severity(strict, check),
        metadata={**check.numbers, **check.notes},
    )


def _severity(strict: bool, check: Check) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if strict and not check.advisory else dg.AssetCheckSeverity.WARN


def _materialization(table: GatedTable, verdict: DayVerdict) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        asset_key=table.key, partition=verdict.day.isoformat(), metadata=_metadata(table, verdict)
    )


def _metadata(table: GatedTable, verdict: DayVerdict) -> dict[str, Any]:
    marks = {"failed_checks": ", ".join(verdict.failed)} if verdict.failed else {}
    return {
        "dagster/partition_row_count": verdict.rows,
        "seconds": round(verdict.seconds, 3),
        **verdict.numbers,
        **verdict.notes,
        **({"see_also": dg.MetadataValue.asset(table.beside)} if table.beside else {}),
        **marks,
    }


def _overall(days: Sequence[DayVerdict], name: str) -> Check:
    """One check over all days: it passes when it passed on every day, so that a failed day cannot hide in a range.

    A day that could not be judged has not passed. The numbers are those of the newest day that was judged.
    """
    judged = [verdict.checks[name] for verdict in days if name in verdict.checks]
    unjudged = [verdict.day.isoformat() for verdict in days if verdict.refused and name not in verdict.checks]
    failed = [verdict.day.isoformat() for verdict in days if name in verdict.checks and not verdict.checks[name].passed]
    newest = judged[-1] if judged else Check(False)
    notes = {**newest.notes, "failed_days": ", ".join(sorted(unjudged + failed)[:31]) or "none"}
    advisory = bool(failed) and not unjudged and all(check.advisory for check in judged if not check.passed)
    return Check(not unjudged and not failed, {**newest.numbers, "days": len(days)}, notes, advisory)
