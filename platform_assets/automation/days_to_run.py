"""Days to run: which of a range of ingest days are not up to date, when nobody says which to run.

Here: what has landed, what is not there and what is behind, taken together for the command line. Not here: the sensors,
which ask for the same little by little, and wait for drops that are still being written.
"""

import time
from collections.abc import Sequence
from datetime import date

from platform_assets.audit import behind
from platform_assets.automation.arrivals import days_to_land, landed_folders
from platform_assets.contracts import Contracts
from platform_assets.lake import Lake, PublishedContent
from platform_assets.settings import Settings


def days_to_run(settings: Settings, contracts: Contracts, days: Sequence[date]) -> list[date]:
    """Those of `days` that a table does not have, has by another declaration, or would take in differently now; and all
    days that are behind their inputs. Reads and hashes the landed files."""
    lake, published = Lake(settings.lake), PublishedContent()
    wanted: set[date] = set()
    for table in contracts.sources.values():
        bronze = published.manifests(lake.bronze(table.source, table.name))
        wanted |= {day for day in days if day not in bronze or bronze[day].contract_version != table.version}
    if len(wanted) < len(days):  # nothing has to be compared with what landed when all days are to be run
        wanted |= _days_that_changed(settings, contracts, published)
    stale = {day for of_table in behind(settings, contracts).values() for day in of_table}
    return sorted(wanted.intersection(days) | stale)


def _days_that_changed(settings: Settings, contracts: Contracts, published: PublishedContent) -> set[date]:
    changed: set[date] = set()
    for table in contracts.sources.values():
        bronze = published.manifests(Lake(settings.lake).bronze(table.source, table.name))
        folders = landed_folders(table, settings.landing, settings.start_date, time.time())
        if of_days := [folder for folder in folders if folder.day]:
            changed |= days_to_land(settings, of_days, bronze).keys()
    return changed
