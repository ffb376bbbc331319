"""Retries: a step that met a passing problem is tried again, one that was refused or is wrong is not.

Here: which problems pass, and the request for another attempt. Not here: how often and after how long (settings.py).
Dagster's own policy retries whatever is raised, an interrupt too, and knows no longest wait.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import dagster as dg

from platform_assets.dbt_process import DbtError
from platform_assets.lake import ReplacedInputError
from platform_assets.settings import Retries

Result = TypeVar("Result")
TRIES_AT_ONCE = 5
# Nobody repairs these by waiting.
LASTING = (PermissionError, IsADirectoryError, NotADirectoryError)
# How DuckDB words that a file was replaced or gone while it was read; dbt hands on the words alone.
WORDS_OF_REPLACED_FILES = ("IO Error:", "TProtocolException", "don't know what type")


def attempted(context: dg.AssetExecutionContext, retries: Retries, compute: Callable[[], Result]) -> Result:
    """What a step computes; Dagster is asked for another attempt at the step when it meets a passing problem.

    Raises dg.RetryRequested while attempts are left; the problem itself after the last one, and when it will not pass.
    """
    try:
        return _of_one_state(compute)
    except BaseException as problem:  # Polars' panics are no Exceptions
        attempt = context.retry_number + 1
        if attempt > retries.count or not is_passing(problem):
            raise
        raise dg.RetryRequested(max_retries=retries.count, seconds_to_wait=retries.wait(attempt)) from problem


def _of_one_state(compute: Callable[[], Result]) -> Result:
    """What `compute` returns. It is repeated at once while other runs replace what it reads, which takes them a moment."""
    for _ in range(TRIES_AT_ONCE - 1):
        with suppress(ReplacedInputError):
            return compute()
    return compute()


def is_passing(problem: BaseException) -> bool:
    """Whether the same computation may well work a minute later: files that moved, locks, full or slow disks."""
    import duckdb
    import polars as pl

    if isinstance(problem, OSError):
        return not isinstance(problem, LASTING)
    if isinstance(problem, DbtError):
        return any(words in str(problem) for words in WORDS_OF_REPLACED_FILES)
    if isinstance(problem, pl.exceptions.ComputeError):
        return str(problem).startswith("parquet:")
    # A file that is replaced between DuckDB's two looks at it is a plain duckdb.Error, in Polars a panic.
    replaced = type(problem) is duckdb.Error or isinstance(problem, pl.exceptions.PanicException)
    return replaced or isinstance(problem, duckdb.IOException)
