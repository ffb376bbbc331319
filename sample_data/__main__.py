"""The command line: arguments to a SampleConfig, progress and errors to stderr, the ledger to a file.

Exit codes: 0 done, 2 wrong arguments, 1 the disk refused.
"""

import argparse
import datetime as dt
import sys
from pathlib import Path

from .config import COMPRESSIONS, FORMATS, ConfigError, SampleConfig
from .generation import generate, to_stderr


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2025-10-01") from None


def parser() -> argparse.ArgumentParser:
    """All options, with the defaults of SampleConfig."""
    usual = SampleConfig()
    made = argparse.ArgumentParser(
        prog="python -m sample_data",
        description="Generate shop drops and their ledger.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    made.add_argument("--landing", type=Path, default=Path("data/landing"), help="folder to write the drops into")
    made.add_argument("--ledger", type=Path, default=Path("data/ledger.json"), help="file for the expected counts")
    made.add_argument("--start", type=_date, default=usual.start, help="first day")
    made.add_argument("--days", type=int, default=usual.days, help="number of days")
    made.add_argument(
        "--through", type=_date, help="write what had arrived by the end of this day (the last, if unset)"
    )
    made.add_argument("--orders-per-day", type=int, default=usual.orders_per_day, help="orders on a usual day")
    made.add_argument("--customers", type=int, default=usual.customers, help="customers at the start")
    made.add_argument("--products", type=int, default=usual.products, help="products at the start")
    made.add_argument("--seed", type=int, default=usual.seed, help="same seed, same bytes")
    made.add_argument("--dirt-rate", type=float, default=usual.dirt_rate, help="share of rows given to each reason")
    made.add_argument("--dirt-cap", type=float, default=usual.dirt_cap, help="share of rows that all reasons may have")
    made.add_argument("--clean", action="store_true", help="no dirt, nothing late, corrected, missing or drifting")
    made.add_argument("--format", choices=FORMATS, default=usual.format, help="file format of all tables")
    made.add_argument("--compression", choices=COMPRESSIONS, help="zstd in Parquet and none in text, if unset")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit code (argparse exits with 2 by itself)."""
    options = vars(parser().parse_args(arguments))
    landing, ledger_file = options.pop("landing"), options.pop("ledger")
    try:
        ledger = generate(SampleConfig(**options), landing, to_stderr)
        ledger.save(ledger_file)
    except ConfigError as error:
        to_stderr(f"sample_data: error: {error}")
        return 2
    except OSError as error:
        to_stderr(f"sample_data: error: cannot write: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
