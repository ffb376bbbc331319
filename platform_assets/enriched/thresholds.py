"""Thresholds: every constant of the enriched transforms, with its default, on one page.

Here: numbers a business may want to change, one class per table that has any. Not here: what is done with them
(transforms/). A deployment overrides them in the TOML file that PLATFORM_THRESHOLDS names, one section per table.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

# Of two thresholds of a table the first is at most the second.
ORDERED = (
    ("moderate", "high"),
    ("down", "up"),
    ("bucket_medium", "bucket_high"),
    ("danger_from_days", "danger_to_days"),
)
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
    known = {field.name: getattr(defaults, field.name) for field in dataclasses.fields(defaults)}
    section = {name: _frozen(value) for name, value in overrides.get(table, {}).items()}
    for name, value in section.items():
        if name not in known:
            raise ThresholdError(f"[{table}] {name}: not a threshold of it: write one of {', '.join(known)}.")
        if instead := _instead_of(value, name, known[name]):
            raise ThresholdError(f"[{table}] {name} = {overrides[table][name]!r}: write {instead}.")
    chosen = known | section
    for small, large in ORDERED:
        if small in chosen and chosen[small] > chosen[large]:
            raise ThresholdError(f"[{table}] {small} = {chosen[small]} is above {large} = {chosen[large]}.")
    return dataclasses.replace(defaults, **section)


def check_claims(limits: Mapping[str, Any]) -> None:
    """One claim rule for all tables, and days enough to see its claims. Raises ThresholdError."""
    hours = {name: of_table.claim_hours for name, of_table in limits.items() if hasattr(of_table, "claim_hours")}
    if len(set(hours.values())) > 1:
        stated = ", ".join(f"[{name}] {number}" for name, number in hours.items())
        raise ThresholdError(f"claim_hours differ: {stated}: write the same for all, and in dbt/dbt_project.yml.")
    carts = limits["cart_attribution"]
    needed = -(-carts.claim_hours // 24) + 1
    if carts.window_days < needed:
        problem = f"[cart_attribution] window_days = {carts.window_days} ends before the last claim of a cart"
        raise ThresholdError(f"{problem}: with claim_hours = {carts.claim_hours}, write {needed} or more.")


def _instead_of(value: Any, name: str, default: Any) -> str | None:
    """What to write instead of a value that cannot be meant; None when it can. Segments keep their names: those who
    read the table know them."""
    expected = (int, float) if isinstance(default, float) else type(default)
    if isinstance(value, bool) or not isinstance(value, expected):
        return f"a value like {default!r}"
    least = 1 if name in WINDOWS else 0
    if isinstance(value, int | float) and not value >= least:  # also what is no number
        return f"{least} or more"
    if isinstance(value, tuple) and [_kinds(row) for row in value] != [_kinds(row) for row in default]:
        return f"rows like {[list(row) for row in default]}: the same names, with numbers of your own"
    return None


def _kinds(row: Any) -> list[Any]:
    """The name that a row of segments begins with, and the types of its numbers."""
    return [row[0], *map(type, row[1:])] if isinstance(row, tuple) and row else [row]


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value
