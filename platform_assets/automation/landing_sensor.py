"""The landing sensor: something landed, so the days it counts for are run.

Here: one look at the landing zone, the requests that follow, and the words for what is left out. Not here: which days
must take something in (arrivals.py).
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import dagster as dg

from platform_assets.automation.arrivals import (
    Folder,
    Seen,
    days_to_land,
    landed_folders,
    read_cursor,
    write_cursor,
)
from platform_assets.automation.jobs import EVERYTHING, day_ranges, range_tags
from platform_assets.contracts import Contracts
from platform_assets.lake import Lake
from platform_assets.lake.manifests import hash_of
from platform_assets.partitions import ingest_days
from platform_assets.settings import Settings

# A tick must end within Dagster's limit of 60 s: of days that are published already it hashes this much, or one folder.
EXAMINED_BYTES = 4 * 2**30
LONGEST_LIST = 10


@dataclass
class Look:
    """One look at the landing zone: days to run, each with the folders that are why; what was seen; what was left."""

    days: dict[date, list[Folder]] = field(default_factory=dict)
    seen: Seen = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def landed_drops_sensor(settings: Settings, contracts: Contracts) -> dg.SensorDefinition:
    """The sensor `landed_drops`: one run of `everything` per range of days whose bronze must take something in."""
    running = dg.DefaultSensorStatus.RUNNING if settings.unattended else dg.DefaultSensorStatus.STOPPED

    @dg.sensor(
        name="landed_drops",
        job_name=EVERYTHING,
        minimum_interval_seconds=60,
        default_status=running,
        description="Runs all layers for the days that new or changed files of the landing zone count for. "
        "A failed run is asked for again when something changes. Stopped by default when PLATFORM_ENV=local.",
    )
    def landed_drops(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        found = look(settings, contracts, read_cursor(settings, context.cursor), time.time())
        cursor = write_cursor(settings, found.seen)
        if not found.days:
            return dg.SensorResult(skip_reason="\n".join(["nothing to take in", *found.notes]), cursor=cursor)
        for note in found.notes:
            context.log.info(note)
        ranges = day_ranges(sorted(found.days))
        return dg.SensorResult([_request(first, last, found) for first, last in ranges], cursor=cursor)

    return landed_drops


def look(settings: Settings, contracts: Contracts, seen: Seen, now: float) -> Look:
    """Compare the landing zone with what was `seen` before; `now` is in seconds since 1970.

    Only folders that are done with are seen: one that waits, or whose day does not exist yet, is looked at again.
    """
    tables = contracts.sources.values()
    folders = {table.name: list(landed_folders(table, settings.landing, settings.start_date, now)) for table in tables}
    everywhere = [folder for of_table in folders.values() for folder in of_table]
    # A day waits for all its folders: half a day would be refused, or its orders quarantined.
    held = {folder.day for folder in everywhere if folder.waits and folder.key == "ingest_dt"}
    found, known, outside = Look(notes=_notes(everywhere)), ingest_days(settings), set[date]()
    for name, of_table in folders.items():
        ready = [folder for folder in of_table if folder.day and not folder.waits]
        changed = [folder for folder in ready if seen.get(name, {}).get(folder.path.name) != folder.state]
        examined, days = _examine(settings, changed)
        unknown = {day for day in days if not known.has_partition_key(day.isoformat())}
        for day in days.keys() - held - unknown:
            found.days.setdefault(day, []).extend(days[day])
        undone = [folder for folder in changed if folder not in examined]
        undone += [folder for day in days.keys() & (held | unknown) for folder in days[day]]
        found.seen[name] = {folder.path.name: folder.state for folder in ready if folder not in undone}
        outside |= unknown
    if outside:
        found.notes.append(
            f"{len(outside)} landed days are not ingest days ({min(outside)} to {max(outside)}): "
            "set PLATFORM_START_DATE and PLATFORM_END_DATE around them"
        )
    return found


def _examine(settings: Settings, changed: Sequence[Folder]) -> tuple[list[Folder], dict[date, list[Folder]]]:
    """Those of a table's changed folders that one tick can afford, and the days they are to be run for."""
    if not changed:
        return [], {}
    table = changed[0].table
    bronze = Lake(settings.lake).bronze(table.source, table.name)
    published = bronze.recorded_days()
    examined, size = list[Folder](), 0
    for folder in changed:
        size += folder.bytes if folder.day in published else 0
        if not examined or size <= EXAMINED_BYTES:
            examined.append(folder)
    return examined, days_to_land(settings, examined, published)


def _notes(folders: Iterable[Folder]) -> list[str]:
    """What is left out of this look, in words."""
    waiting = [f"{folder.label} {folder.waits}" for folder in folders if folder.waits]
    strange = [folder.label for folder in folders if folder.day is None]
    return [
        f"{title}: {', '.join(names[:LONGEST_LIST])}"
        + (f" and {len(names) - LONGEST_LIST} more" if names[LONGEST_LIST:] else "")
        for title, names in (("waiting", waiting), ("ignored, no folder of a day", strange))
        if names
    ]


def _request(first: date, last: date, found: Look) -> dg.RunRequest:
    """The run key names what landed: the same files are asked for once, whatever became of the run."""
    reasons = {
        f"{folder.table.name} {folder.path.name} {folder.state}"
        for day, folders in found.days.items()
        if first <= day <= last
        for folder in folders
    }
    return dg.RunRequest(run_key=f"{first}:{last}:{hash_of(sorted(reasons))[:16]}", tags=range_tags(first, last))
