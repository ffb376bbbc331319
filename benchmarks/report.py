"""The report: figures as Markdown tables, printed and written between two marks of a page.

Here: words and layout. Not here: measuring.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.children import LAYERS, Measured
from benchmarks.comparison import FIXED_SECONDS, RATIO, SECONDS_PER_TABLE_DAY, Comparison, Overheads
from benchmarks.history import OneMoreDay

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


class MarksMissingError(RuntimeError):
    """The page has no place for the figures."""


def machine(load: float) -> str:
    """One sentence on where the figures come from; `load` is what else was running when measuring began."""
    return f"{os.cpu_count()} cores; load {load:.1f} from other work when it began. Seconds are wall (CPU)."


def comparison_report(comparisons: Sequence[Comparison]) -> str:
    """Both runs side by side, and where each spends its time."""
    runs = [
        (
            f"{c.rows:,}", c.days, _both(c.platform), _both(c.bare), f"{c.ratio:.1f} ({c.platform.cpu / c.bare.cpu:.1f})",
            f"{c.aim:.0f}", "yes" if c.platform.wall <= c.aim else "no", f"{c.rows / c.platform.wall:,.0f}",
            f"{c.platform.peak_mb:,.0f}", f"{c.bare.peak_mb:,.0f}",
        )
        for c in comparisons
    ]  # fmt: skip
    titles = ("rows", "days", "platform s", "bare s", "ratio", "aim s", "met", "rows/s", "platform MB", "bare MB")
    layers = [
        (f"{c.rows:,}", who, *(f"{run.layers.get(layer, 0):.1f}" for layer in LAYERS), f"{run.outside:.1f}")
        for c in comparisons
        for who, run in (("platform", c.platform), ("bare", c.bare))
    ]
    return "\n\n".join(
        [
            "**Side by side**",
            _table(titles, runs),
            f"The aim is {RATIO} × bare + {FIXED_SECONDS:.0f} s + {SECONDS_PER_TABLE_DAY * 1000:.0f} ms per table and day.",
            "**Seconds per layer** (`outside`: start, imports, and what is around the steps)",
            _table(("rows", "run", *LAYERS, "outside"), layers),
        ]
    )


def overheads_report(found: Overheads) -> str:
    """What a run and a table day cost without rows."""
    layers = ", ".join(f"{layer} {seconds:.1f}" for layer, seconds in found.fixed.layers.items())
    return "\n\n".join(
        [
            "**Without rows**",
            f"A run of one day of the smallest shop: {_both(found.fixed)} s ({layers}, outside {found.fixed.outside:.1f})."
            f" A further day: {found.wall_per_table_day * 1000:.0f} ({found.cpu_per_table_day * 1000:.0f}) ms per table.",
        ]
    )


def history_report(days: Sequence[OneMoreDay], rows_a_day: int) -> str:
    """One more day after each length of history, in all and by step, slowest growth first."""
    totals = [
        (
            f"{d.days:,}", _both(d.measured), *(f"{d.measured.layers[layer]:.1f}" for layer in LAYERS),
            f"{d.measured.outside:.1f}", f"{d.measured.peak_mb:,.0f}",
        )
        for d in days
    ]  # fmt: skip
    first, last = days[0].measured.steps, days[-1].measured.steps
    growing = sorted(last, key=lambda step: first.get(step, 0) - last[step])
    steps = [(step, *(f"{d.measured.steps.get(step, 0):.2f}" for d in days)) for step in growing]
    return "\n\n".join(
        [
            f"**One more day** of about {rows_a_day:,} rows, after so many days",
            _table(("days before", "run s", *LAYERS, "outside", "MB"), totals),
            "Its steps, in wall seconds:",
            _table(("step", *(f"after {d.days}" for d in days)), steps),
        ]
    )


def write_between_marks(page: Path, text: str) -> None:
    """Replace what stands between the marks of a page. Raises MarksMissingError if it has none."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MarksMissingError(f"{page}: write {BEGIN} and {END} where the figures belong.")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def _both(run: Measured) -> str:
    return f"{run.wall:.1f} ({run.cpu:.1f})"


def _table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
