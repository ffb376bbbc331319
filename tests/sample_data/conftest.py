"""Hands the judge to the tests as a fixture.

This folder must not be a package, because its name would hide the real `sample_data`; so the judge is found
by its folder.
"""

import datetime as dt
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Judge = Callable[[Path, dt.date, dt.date], tuple[Any, Any]]


@pytest.fixture(scope="session")
def judge() -> Judge:
    """`sample_judge.judge`: (landing, start, through) → (counts as in the ledger, DuckDB connection)."""
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        found: Judge = importlib.import_module("sample_judge").judge
    finally:
        sys.path.pop(0)
    return found
