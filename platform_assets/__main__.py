"""The command line of the platform: run days until nothing is behind, and say what happened.

Here: arguments, progress and the summary. Not here: the runs themselves, which are Dagster's and appear in its UI.
For single runs use the `dagster` command line.
"""

import argparse
import gc
import logging
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from platform_assets.audit import behind, dictionary, known_days, ledger, print_ledger
from platform_assets.automation.days_to_run import days_to_run
from platform_assets.automation.jobs import EVERYTHING, day_ranges, in_parts, range_tags
from platform_assets.automation.killed_runs import fail_killed_runs, process_tags
from platform_assets.contracts import Contracts, DbtProjectError, DeclarationError, current_manifest
from platform_assets.definitions import build_definitions
from platform_assets.enriched import ThresholdError, enriched_tables
from platform_assets.ingest.drops import landed_days
from platform_assets.lake import Lake, PublishedContent, locked
from platform_assets.partitions import ingest_days, parse_day
from platform_assets.settings import SettingError, Settings

MAX_PASSES = 5
LONGEST_GAP = 31  # days between days to run; longer gaps would be years of partitions that nobody asked for


class UsageError(ValueError):
    """What was asked for cannot be done; the message says what to write or set."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when everything asked for is done, 1 when a run failed, 2 for a usage mistake."""
    parser = argparse.ArgumentParser(prog="python -m platform_assets", description="Run the platform without the UI.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run all layers for the landed days that are not up to date, or for a range")
    backfill = commands.add_parser("backfill", help="run a long range again, in runs of so many days, oldest first")
    backfill.add_argument(
        "--days-per-run", type=_count, help="days in one Dagster run (default: PLATFORM_DAYS_PER_RUN, 31)"
    )
    for command in (run, backfill):
        command.add_argument("--from", dest="first", type=_day, help="first day to run again (default: first landed)")
        command.add_argument("--to", dest="last", type=_day, help="last day to run again (default: last landed)")
    commands.add_parser("status", help="list the table days that are behind their inputs")
    commands.add_parser("report", help="rows in, out and quarantined per table")
    describe = commands.add_parser("dictionary", help="print the data dictionary, or write it to a file")
    describe.add_argument("file", nargs="?", type=Path, help="for example docs/data-dictionary.md")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_env()
        contracts = Contracts(current_manifest(settings.dbt_project))
        enriched_tables(settings.thresholds)
    except (SettingError, DeclarationError, DbtProjectError, ThresholdError) as mistake:
        return _usage_mistake(str(mistake))
    if options.command == "status":
        return _print_status(settings, contracts)
    if options.command == "report":
        print_ledger(ledger(settings, contracts))
        return 0
    if options.command == "dictionary":
        return _write_dictionary(contracts, options.file)
    return _run(settings, contracts, options)


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ingest day: write it like 2020-01-31.") from None


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]+", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days: write a whole number from 1.")
    return int(text)


def _usage_mistake(message: str) -> int:
    print(message, file=sys.stderr)
    return 2


def _run(settings: Settings, contracts: Contracts, options: argparse.Namespace) -> int:
    """Run all layers for the days, then whatever became stale by it. A backfill makes runs of so many days; `run`
    without days leaves out those that are up to date."""
    try:
        first, last = _first_and_last(settings, contracts, options.first, options.last)
    except UsageError as mistake:
        return _usage_mistake(str(mistake))
    home = os.environ.get("DAGSTER_HOME", "")
    if not Path(home).is_absolute() or not Path(home).is_dir():
        return _usage_mistake(f"DAGSTER_HOME={home!r}: set it to the path of a folder, where Dagster keeps its runs.")
    started, seconds = time.monotonic(), dict[str, float]()
    days_per_run = date.max.toordinal()  # `run` makes one run of a range
    ranges = [(first, last)]
    if options.command == "backfill":
        days_per_run = options.days_per_run or settings.days_per_run
    elif not options.first and not options.last:
        ranges = _ranges_to_run(settings, contracts, first, last)
    with _instance(Path(home)) as instance, process_tags(Path(home)) as tags:
        for run_id in fail_killed_runs(instance, Path(home)):
            print(f"! run {run_id} was killed: it is marked as failed now")
        if not _run_until_fresh(settings, contracts, instance, tags, ranges, days_per_run, seconds):
            return 1
    print_ledger(ledger(settings, contracts), seconds)
    print(f"\nDone in {time.monotonic() - started:.1f} s. Nothing is behind.")
    return 0


def _ranges_to_run(settings: Settings, contracts: Contracts, first: date, last: date) -> list[tuple[date, date]]:
    """The days from `first` to `last` that are not up to date, in few ranges, but without years of days that are."""
    days = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
    ranges = day_ranges(days_to_run(settings, contracts, days), LONGEST_GAP)
    left_out = sum(not any(start <= day <= end for start, end in ranges) for day in days)
    if left_out:
        print(f"{left_out} of {len(days)} days are up to date: --from and --to run days again.", flush=True)
    return ranges


def _first_and_last(
    settings: Settings, contracts: Contracts, first: date | None, last: date | None
) -> tuple[date, date]:
    """The first and the last ingest day, by default those that landed. Raises UsageError when they cannot be run."""
    landed = landed_days(contracts.sources.values(), settings.landing, settings.start_date)
    known = ingest_days(settings)
    runnable = {day for day in landed if known.has_partition_key(day.isoformat())}
    if left_out := sorted(landed - runnable):
        print(f"! {len(left_out)} landed days are outside PLATFORM_START_DATE and PLATFORM_END_DATE: {left_out[0]} …")
    dated = min(runnable - {settings.start_date}, default=settings.start_date)
    empty = (dated - settings.start_date).days if settings.start_date in runnable else 0
    if not first and not os.environ.get("PLATFORM_START_DATE") and empty > LONGEST_GAP:
        raise UsageError(
            f"Folders without an ingest day count for the first one, {settings.start_date}, and the others begin on"
            f" {dated}: set PLATFORM_START_DATE={dated}, or write --from {settings.start_date} for all days between."
        )
    first, last = first or min(runnable, default=None), last or max(runnable, default=None)
    if first is None or last is None:
        raise UsageError(f"Nothing has landed in {settings.landing}. Set PLATFORM_LANDING, or run `make demo`.")
    for day in (first, last):
        if not known.has_partition_key(day.isoformat()):
            raise UsageError(f"{day} is not an ingest day: set PLATFORM_START_DATE and PLATFORM_END_DATE around it.")
    if last < first:
        raise UsageError(f"--to {last} is before --from {first}: write the earlier day first.")
    return first, last


def _run_until_fresh(
    settings: Settings, contracts: Contracts, instance: dg.DagsterInstance, tags: Mapping[str, str],
    ranges: Sequence[tuple[date, date]], days_per_run: int, seconds: dict[str, float],
) -> bool:  # fmt: skip
    """Whether nothing is behind in the end. Stops at the first failed run: later days lean on earlier ones."""
    if not ranges:
        return True
    definitions = build_definitions(settings, loggers={"console": progress_logger})
    job = definitions.resolve_job_def(EVERYTHING)
    console: dict[str, Any] = {"loggers": {"console": {}}}
    gc.freeze()  # modules and definitions stay: walking them in search of garbage would cost most collections' time
    for attempt in range(1, MAX_PASSES + 1):
        for start, end in (part for whole in ranges for part in in_parts(*whole, days_per_run)):
            print(f"Pass {attempt}: ingest days {start} to {end}", flush=True)
            of_run = {**tags, **range_tags(start, end)}
            result = job.execute_in_process(console, instance=instance, tags=of_run, raise_on_error=False)
            _add_seconds(seconds, result)
            if not result.success:
                _print_failures(result)
                return False
        stale = behind(settings, contracts)
        if not stale:
            return True
        behind_days = {day for table_days in stale.values() for day in table_days}
        ranges = day_ranges(sorted(behind_days), LONGEST_GAP)  # few runs, but no years of days that are fresh
    print(f"Still behind after {MAX_PASSES} passes: see `python -m platform_assets status`.", file=sys.stderr)
    return False


def _instance(home: Path) -> dg.DagsterInstance:
    """The Dagster instance. Its SQLite files are made by the first process that needs them, and two that make them at
    the same time leave them broken for good: they take turns."""
    with locked(home / ".platform_assets.lock"):
        return dg.DagsterInstance.get()


@dg.logger({})
def progress_logger(_context: dg.InitLoggerContext) -> logging.Logger:
    """One line per table as its gate is passed; the full event log is in the Dagster UI."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_MessageOnly())
    logger = logging.Logger("platform_assets", level=logging.INFO)
    logger.addHandler(handler)
    return logger


class _MessageOnly(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        message = getattr(record, "dagster_meta", {}).get("orig_message", record.getMessage())
        return f"  {message}" if record.levelno < logging.WARNING else f"! {message}"


def _print_failures(result: dg.ExecuteInProcessResult) -> None:
    for event in result.get_step_failure_events():
        data = event.step_failure_data
        error = data.error
        while error and error.cause:  # Dagster's own error says no more than that the step failed
            error = error.cause
        text = (data.user_failure_data and data.user_failure_data.description) or (error and error.message)
        print(f"\nFAILED {event.step_key}: {str(text).strip()}", file=sys.stderr)


def _write_dictionary(contracts: Contracts, file: Path | None) -> int:
    if file is None:
        print(dictionary(contracts), end="")
        return 0
    try:
        file.write_text(dictionary(contracts), encoding="utf-8")
    except OSError as problem:
        return _usage_mistake(f"The dictionary cannot be written: {problem}")
    return 0


def _print_status(settings: Settings, contracts: Contracts) -> int:
    stale = behind(settings, contracts)
    for table, days in stale.items():
        for day, why in sorted(days.items()):
            print(f"{table} {day}: {why}")
    known = known_days(Lake(settings.lake), contracts, PublishedContent())
    print(f"{sum(map(len, stale.values()))} table days behind; {len(known)} ingest days known")
    return 1 if stale else 0


def _add_seconds(seconds: dict[str, float], result: dg.ExecuteInProcessResult) -> None:
    for event in result.get_asset_materialization_events():
        took = event.materialization.metadata.get("seconds")
        if took is not None:
            table = "/".join(event.materialization.asset_key.path)
            seconds[table] = seconds.get(table, 0) + float(str(took.value))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # whoever reads the list, like `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
