"""Freshness: the clock judges how old the newest day with rows is, counted from its end."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import dagster as dg
import pytest
from conftest import DAY, Platform, order

from platform_assets.bronze.freshness import freshness_checks, judge
from platform_assets.contracts import Contracts

END = datetime(2025, 10, 2, tzinfo=timezone.utc)  # of DAY


@pytest.fixture
def orders(contracts: Contracts) -> Any:
    return contracts.sources["orders"]


@pytest.mark.parametrize(
    ("hours", "passed", "severity"),
    [
        (0, True, "WARN"),
        (24, True, "WARN"),
        (24.1, False, "WARN"),
        (48, False, "WARN"),
        (48.1, False, "ERROR"),
        (9000, False, "ERROR"),
    ],
)
def test_a_table_warns_after_a_day_and_fails_after_two(orders: Any, hours: float, passed: bool, severity: str) -> None:
    result = judge(orders, DAY, None, END + timedelta(hours=hours))
    assert (result.passed, result.severity.value) == (passed, severity)
    assert result.metadata["hours"].value == hours


def test_a_table_that_never_brought_a_row_fails(orders: Any) -> None:
    result = judge(orders, None, None, END)
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.ERROR)


def test_a_platform_whose_days_are_over_is_not_late(orders: Any) -> None:
    last = date(2025, 10, 8)  # exclusive: the last day is the 7th, and lands on the 8th
    assert not judge(orders, DAY, last, datetime(2025, 10, 8, 23, tzinfo=timezone.utc)).passed
    assert judge(orders, DAY, last, datetime(2025, 10, 9, tzinfo=timezone.utc)).passed


def test_an_empty_newest_day_does_not_make_a_table_fresh_and_every_declared_table_is_judged(platform: Platform) -> None:
    """Orders came on the 1st only; the 2nd landed empty. Masters declare no freshness: they need not come every day."""
    live = Platform(replace(platform.settings, end_date=None), platform.contracts)
    live.drop("orders", f"ingest_dt={DAY}", [order(1)])
    live.drop("orders", f"ingest_dt={DAY + timedelta(days=1)}", [])
    live.bronze([DAY, DAY + timedelta(days=1)], ["orders"])
    with dg.DagsterInstance.ephemeral() as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        checks = dg.Definitions(asset_checks=freshness_checks(live.settings, live.contracts))
        job = checks.resolve_implicit_global_asset_job_def()
        result = job.execute_in_process(quiet, instance=instance)

    assert result.success
    found = {"/".join(e.asset_key.path): e for e in result.get_asset_check_evaluations()}
    daily = ("orders", "order_items", "shopping_carts", "cart_items", "returns", "return_items")
    assert set(found) == {f"bronze/{name}" for name in daily}
    assert found["bronze/orders"].metadata["newest_day"].value == "2025-10-01"
    assert not any(evaluation.passed for evaluation in found.values())
