"""Status: which table days are behind their inputs. The platform is done when none is.

Here: the one list over all layers. Not here: the comparison of a single day (lake/staleness.py).
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from platform_assets.contracts import Contracts
from platform_assets.dims import snapshot_inputs, snapshot_table, snapshot_version
from platform_assets.enriched import enriched_tables
from platform_assets.gold import Warehouse
from platform_assets.lake import Input, Lake, LakeTable, PublishedContent, stale_reason
from platform_assets.settings import Settings
from platform_assets.silver import silver_inputs


def known_days(lake: Lake, contracts: Contracts, published: PublishedContent) -> list[date]:
    """Days for which any bronze table is published."""
    tables = [lake.bronze(source.source, source.name) for source in contracts.sources.values()]
    return sorted({day for table in tables for day in published.manifests(table)})


def behind(settings: Settings, contracts: Contracts) -> dict[str, dict[date, str]]:
    """{table: {day: why it must be computed}} for every layer after bronze; empty when all is up to date."""
    lake, published = Lake(settings.lake), PublishedContent()
    days = known_days(lake, contracts, published)
    found = {}
    for table, inputs, version, beside in computed_tables(settings, lake, contracts):
        stale = {day: why for day in days if (why := stale_reason(table, inputs, day, published, version, beside))}
        if stale:
            found[table.key] = stale
    changes = Warehouse(settings, contracts).changes(published)
    if changes and days:
        rebuilt = {days[-1]: "not built, or built by other models"}
        found["gold"] = _reasons_by_day(changes.days) or rebuilt
    return found


def _reasons_by_day(changed: Iterable[tuple[str, date]]) -> dict[date, str]:
    tables: dict[date, list[str]] = {}
    for table, day in changed:
        tables.setdefault(day, []).append(table)
    return {day: f"changed since: {', '.join(names)}" for day, names in tables.items()}


class Computed(NamedTuple):
    """A lake table computed from others: its inputs, its declaration's version, and what is published with it."""

    table: LakeTable
    inputs: list[Input]
    version: str = ""
    beside: LakeTable | None = None


def computed_tables(settings: Settings, lake: Lake, contracts: Contracts) -> Iterator[Computed]:
    """Every computed lake table."""
    for model in contracts.silver.values():
        quarantine = lake.table("quarantine", model.quarantine)
        inputs = silver_inputs(lake, contracts, model)
        yield Computed(lake.table("silver", model.name), inputs, model.version, quarantine)
        if model.is_master:
            yield Computed(snapshot_table(lake, model), snapshot_inputs(lake, model), snapshot_version(model))
    for table in enriched_tables(settings.thresholds):
        version = table.version(settings.dbt_project)
        yield Computed(lake.table("enriched", table.name), table.lake_inputs(lake), version)
