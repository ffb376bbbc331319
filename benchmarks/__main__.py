"""The command line of the benchmark: `python -m benchmarks`, or `make bench`.

Here: arguments, progress, where figures go. Not here: measuring or layout.
Exit codes: 0 measured, 1 a run failed or the results differ, 2 a usage mistake.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.agreement import DisagreementError
from benchmarks.children import ChildError
from benchmarks.comparison import compare, overheads
from benchmarks.history import one_more_day
from benchmarks.report import (
    MarksMissingError,
    comparison_report,
    history_report,
    machine,
    overheads_report,
    write_between_marks,
)

PARTS = ("compare", "overheads", "history")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts that are asked for, print them, write them where asked."""
    options = _parser().parse_args(arguments)
    data, wanted = options.data.absolute(), options.parts or list(PARTS)
    if unknown := [part for part in wanted if part not in PARTS]:
        print(f"{unknown[0]!r}: write some of {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    if options.quick:
        options.rows, options.days, options.history, options.rows_a_day = [20_000], 5, [3, 6], 500
    figures: dict[str, Any] = {"load": os.getloadavg()[0]}
    try:
        text = "\n\n".join([machine(figures["load"]), *(_measure(part, options, data, figures) for part in wanted)])
        print(text)
        if options.json:
            options.json.write_text(json.dumps(figures, indent=1) + "\n")
        if options.page:
            write_between_marks(options.page, text)
    except (ChildError, DisagreementError, MarksMissingError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _measure(part: str, options: argparse.Namespace, data: Path, figures: dict[str, Any]) -> str:
    print(f"Measuring: {part} …", file=sys.stderr, flush=True)
    if part == "compare":
        comparisons = [compare(data, rows, options.days) for rows in options.rows]
        figures[part] = [asdict(comparison) for comparison in comparisons]
        return comparison_report(comparisons)
    if part == "overheads":
        found = overheads(data, options.days)
        figures[part] = asdict(found)
        return overheads_report(found)
    days = list(one_more_day(data, options.rows_a_day, options.history))
    figures[part] = [asdict(day) for day in days]
    return history_report(days, options.rows_a_day)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the platform beside a bare script.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", help=f"what to measure: some of {', '.join(PARTS)}; all when none is named")
    parser.add_argument("--rows", type=_count, nargs="+", default=[200_000, 6_000_000], help="sizes to compare")
    parser.add_argument("--days", type=_count, default=35, help="days of each size")
    parser.add_argument("--history", type=_count, nargs="+", default=[10, 100, 300], help="days before one more day")
    parser.add_argument("--rows-a-day", type=_count, default=2_000, help="rows of a day of history")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--data", type=Path, default=Path("data/benchmarks"), help="folder for drops and lakes")
    parser.add_argument("--json", type=Path, help="file to write all figures to")
    parser.add_argument("--page", type=Path, help="page to write the tables into, between its marks")
    return parser


def _count(text: str) -> int:
    if not text.replace("_", "").isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number: write a whole number from 1.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
