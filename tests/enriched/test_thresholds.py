"""Thresholds: a deployment's own numbers, and what happens to those that cannot be meant."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from platform_assets.enriched.tables import enriched_tables
from platform_assets.enriched.thresholds import ThresholdError
from platform_assets.settings import PROJECT, SettingError, Settings


def limits(overrides: dict[str, dict[str, Any]], table: str) -> dict[str, Any]:
    found = next(found for found in enriched_tables(overrides) if found.name == table)
    return asdict(found.limits)


def test_a_threshold_of_the_deployment_replaces_the_default_and_no_other(tmp_path: Path) -> None:
    chosen = tmp_path / "thresholds.toml"
    chosen.write_text(
        "[inventory_risk]\nhigh = 0.9\n[customer_lifetime_value]\n"
        'recency_segments = [["Active", 7], ["At Risk", 14], ["Churning", 21]]\n'
    )
    settings = Settings.from_env({"PLATFORM_THRESHOLDS": str(chosen)})

    assert limits(settings.thresholds, "inventory_risk") == {"trailing_days": 28, "high": 0.9, "moderate": 0.5}
    assert limits(settings.thresholds, "customer_lifetime_value")["recency_segments"] == (
        ("Active", 7), ("At Risk", 14), ("Churning", 21),
    )  # fmt: skip
    assert limits(settings.thresholds, "sales_velocity") == limits({}, "sales_velocity")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"inventory_riks": {"high": 1}}, "[inventory_riks]: no table with thresholds: write one of attributed_purchases"),
        ({"inventory_risk": {"hihg": 1}}, "[inventory_risk] hihg: not a threshold of it: write one of trailing_days, high"),
        ({"inventory_risk": {"high": "0.9"}}, "[inventory_risk] high = '0.9': write a value like 0.8"),
        ({"inventory_risk": {"trailing_days": True}}, "trailing_days = True: write a value like 28"),
        ({"inventory_risk": {"trailing_days": 2.5}}, "trailing_days = 2.5: write a value like 28"),
        ({"inventory_risk": {"trailing_days": 0}}, "trailing_days = 0: write 1 or more"),
        ({"sales_velocity": {"mean_min_history": -1}}, "mean_min_history = -1: write 0 or more"),
        ({"inventory_risk": {"high": float("nan")}}, "high = nan: write 0 or more"),
        ({"inventory_risk": {"high": 0.4}}, "[inventory_risk] moderate = 0.5 is above high = 0.4"),
        ({"customer_lifetime_value": {"recency_segments": [["Fresh", 7]]}}, "rows like [['Active', 30], ['At Risk', 90]"),
        ({"customer_lifetime_value": {"frequency_segments": [["1", 1], ["2-4", 4], ["5-9", "x"]]}}, "rows like [['1', 1]"),
        ({"customer_lifetime_value": {"recency_segments": [7]}}, "rows like [['Active', 30]"),
        ({"cart_attribution": {"claim_hours": 24}}, "claim_hours differ: [attributed_purchases] 48, [cart_attribution] 24"),
        ({name: {"claim_hours": 72} for name in ("attributed_purchases", "cart_attribution", "daily_business_metrics")},
         "window_days = 3 ends before the last claim of a cart: with claim_hours = 72, write 4 or more"),
    ],
)  # fmt: skip
def test_a_threshold_that_cannot_be_meant_is_refused_with_what_to_write(
    overrides: dict[str, dict[str, Any]], said: str
) -> None:
    with pytest.raises(ThresholdError) as refused:
        enriched_tables(overrides)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"), [("high = 1", "high stands outside a section"), ("[x", "cannot be read as TOML")]
)
def test_a_file_of_thresholds_that_cannot_be_read_stops_the_process(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.toml").write_text(text)
    with pytest.raises(SettingError, match="PLATFORM_THRESHOLDS") as refused:
        Settings.from_env({"PLATFORM_THRESHOLDS": str(tmp_path / "t.toml")})
    assert said in str(refused.value)


def test_days_computed_with_other_thresholds_are_stale() -> None:
    def version(overrides: dict[str, dict[str, Any]]) -> str:
        table = next(table for table in enriched_tables(overrides) if table.name == "inventory_risk")
        return table.version(PROJECT / "dbt")

    assert version({}) == version({}) != version({"inventory_risk": {"high": 0.9}})
