"""Thresholds: every constant of the enriched transforms, with its default, on one page.

Here: numbers a business may want to change, one class per table that has any. Not here: what is done with them
(transforms/). A deployment overrides them in the TOML file that PLATFORM_THRESHOLDS names, one section per table.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

WINDOWS = ("window_days", "trailing_days", "mean_days", "spread_days")  # a window of no days holds nothing


@dataclasses.dataclass(frozen=True)
class AttributedPurchases:
    """An order claims a cart of the `claim_hours` before it."""

    claim_hours: int = 48


@dataclasses.dataclass(frozen=True)
class CartAttribution:
    """A day holds the carts created in the last `window_days`, itself included."""

    claim_hours: int = 48
    window_days: int = 3


@dataclasses.dataclass(frozen=True)
class InventoryRisk:
    """Sales and returns of the trailing `trailing_days`; scores from which a product is at risk."""

    trailing_days: int = 28
    high: float = 0.8
    moderate: float = 0.5


@dataclasses.dataclass(frozen=True)
class CustomerRetentionSignals:
    """Days since the first or last purchase; the tier that is nudged."""

    danger_from_days: int = 30
    danger_to_days: int = 90
    nudge_tier: str = "bronze"
    nudge_after_days: int = 14


@dataclasses.dataclass(frozen=True)
class CustomerLifetimeValue:
    """Limits in days, orders and money; segments from the best down, as (name, least or most, …)."""

    churned_days: int = 90
    whale_net: int = 500
    whale_orders: int = 5
    bucket_high: int = 500
    bucket_medium: int = 200
    value_segments: tuple[tuple[str, int, int], ...] = (
        ("VIP", 10, 1000),
        ("High", 5, 500),
        ("Medium", 3, 200),
        ("Low", 1, 50),
    )
    recency_segments: tuple[tuple[str, int], ...] = (("Active", 30), ("At Risk", 90), ("Churning", 180))
    frequency_segments: tuple[tuple[str, int], ...] = (("1", 1), ("2-4", 4), ("5-9", 9))


@dataclasses.dataclass(frozen=True)
class DailyBusinessMetrics:
    """Calendar days before the day that means and spreads cover, and the least history they need; how far off revenue
    is flagged, and how far off orders, their value or the return rate are something to look at."""

    claim_hours: int = 48
    mean_days: int = 7
    mean_min_history: int = 7
    spread_days: int = 30
    spread_min_history: int = 14
    anomaly_sigmas: float = 2.0
    anomaly_zscore: float = 3.0


@dataclasses.dataclass(frozen=True)
class SalesVelocity:
    """Calendar days before the day that the mean covers, and the trends from which it counts as up or down."""

    mean_days: int = 7
    mean_min_history: int = 7
    up: float = 1.2
    down: float = 0.8


class ThresholdError(ValueError):
    """An override names what does not exist, or states what cannot be; the message says what to write instead."""


def with_overrides(defaults: Any, table: str, overrides: Mapping[str, Mapping[str, Any]]) -> Any:
    """The thresholds of a table, with the deployment's own. Raises ThresholdError for a wrong name, type or number."""
    if defaults is None:
        return None
    section = overrides.get(table, {})
    known = {field.name: getattr(defaults, field.name) for field in dataclasses.fields(defaults)}
    for name, value in section.items():
        if name not in known:
            raise ThresholdError(f"[{table}] {name}: not a threshold of it: write one of {', '.join(known)}.")
        expected = (int, float) if isinstance(known[name], float) else type(_frozen(known[name]))
        if isinstance(value, bool) or not isinstance(_frozen(value), expected):
            raise ThresholdError(f"[{table}] {name} = {value!r}: write a value like {known[name]!r}.")
        least = 1 if name in WINDOWS else 0
        if isinstance(value, int | float) and not value >= least:  # also what is no number
            raise ThresholdError(f"[{table}] {name} = {value!r}: write {least} or more.")
    return dataclasses.replace(defaults, **{name: _frozen(value) for name, value in section.items()})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value
