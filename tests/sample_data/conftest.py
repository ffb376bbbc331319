"""Hands the judge to the tests as a fixture.

Loaded from its path: this folder must not be a package, because its name would hide the real `sample_data`.
"""

import datetime as dt
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Judge = Callable[[Path, dt.date, dt.date], tuple[Any, Any]]


@pytest.fixture(scope="session")
def judge() -> Judge:
    """`sample_judge.judge`: (landing, start, through) → (counts as in the ledger, DuckDB connection)."""
    spec = importlib.util.spec_from_file_location("sample_judge", Path(__file__).with_name("sample_judge.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Judge = module.judge
    return found
