"""Sensors of stale days: comparisons of what is published with what it should have been built from.

Here: which computed days need a run, and the requests for them. Not here: what landed (landing_sensor.py); cursors: a
sensor that forgets nothing has nothing to lose in a restart, and heals after downtime.
"""

from collections.abc import Iterable
from datetime import date

import dagster as dg
from dagster._core.storage.tags import RUN_KEY_TAG, SENSOR_NAME_TAG

from platform_assets.audit.status import Computed, behind, computed_tables
from platform_assets.automation.jobs import EVERYTHING, REFRESH_DIMS, day_ranges, days_of_run, in_parts, range_tags
from platform_assets.automation.killed_runs import UNFINISHED
from platform_assets.automation.landing_sensor import landed_drops_sensor
from platform_assets.contracts import Contracts
from platform_assets.dims import snapshot_table
from platform_assets.gold import Warehouse
from platform_assets.lake import Lake, PublishedContent, day_inputs, stale_reason
from platform_assets.lake.manifests import hash_of
from platform_assets.partitions import ingest_days
from platform_assets.settings import Settings

IN_PROGRESS = [dg.DagsterRunStatus.QUEUED, *UNFINISHED]
Stale = dict[date, list[str]]  # for each stale day the states of its stale tables: what a run is asked to change


def platform_sensors(settings: Settings, contracts: Contracts) -> list[dg.SensorDefinition]:
    """`landed_drops`, `stale_snapshots` and `days_behind`."""
    running = dg.DefaultSensorStatus.RUNNING if settings.unattended else dg.DefaultSensorStatus.STOPPED

    @dg.sensor(name="stale_snapshots", job_name=REFRESH_DIMS, minimum_interval_seconds=60, default_status=running)
    def stale_snapshots(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        """Refresh snapshots that are missing or no longer what their inputs say, old days included."""
        known = ingest_days(settings)
        stale = {
            day: states
            for day, states in stale_masters(settings, contracts).items()
            if known.has_partition_key(day.isoformat())
        }
        if not stale:
            return dg.SkipReason("all snapshots are fresh")
        free = sorted(stale.keys() - busy_days(context.instance))
        if not free:
            return dg.SkipReason(f"{len(stale)} stale days are in runs that go on")
        return dg.SensorResult([_request("", first, last, stale) for first, last in day_ranges(free)])

    @dg.sensor(name="days_behind", job_name=EVERYTHING, minimum_interval_seconds=900, default_status=running)
    def days_behind(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Run all layers for days that are behind their inputs in any layer: one run at a time, oldest days first, at
        most PLATFORM_DAYS_PER_RUN days in it. Masters come first: their snapshots are inputs of everything else."""
        return _next_run(context.instance, settings, contracts)

    return [landed_drops_sensor(settings, contracts), stale_snapshots, days_behind]


def _next_run(instance: dg.DagsterInstance, settings: Settings, contracts: Contracts) -> dg.RunRequest | dg.SkipReason:
    if instance.get_runs_count(dg.RunsFilter(tags={SENSOR_NAME_TAG: "days_behind"}, statuses=IN_PROGRESS)):
        return dg.SkipReason("the run that was asked for last goes on")
    stale, known = stale_tables(settings, contracts), ingest_days(settings)
    if not stale:
        return dg.SkipReason("nothing is behind")
    left_out = stale_masters(settings, contracts).keys() | busy_days(instance)
    free = [day for day in sorted(stale.keys() - left_out) if known.has_partition_key(day.isoformat())]
    for first, last in day_ranges(free):
        for part in in_parts(first, last, settings.days_per_run):
            request = _request("behind:", *part, stale)
            if not instance.get_runs_count(dg.RunsFilter(tags={RUN_KEY_TAG: str(request.run_key)})):
                return request
    return dg.SkipReason(
        f"{len(stale)} days are behind: asked for before and unchanged, in a run that goes on, with a stale snapshot, "
        "or outside PLATFORM_START_DATE and PLATFORM_END_DATE"
    )


def busy_days(instance: dg.DagsterInstance) -> set[date]:
    """Days of runs that wait or go on: what they leave behind is seen when they have ended."""
    runs = instance.get_runs(dg.RunsFilter(statuses=IN_PROGRESS))
    return {day for run in runs for day in days_of_run(run)}


def stale_masters(settings: Settings, contracts: Contracts) -> Stale:
    """Ingest days on which a master's silver table or snapshot is not what bronze says."""
    lake, published = Lake(settings.lake), PublishedContent()
    arrived: dict[str, Iterable[date]] = {}
    for model in contracts.silver.values():
        if model.is_master:
            days = published.manifests(lake.bronze(*model.source))
            arrived |= {f"silver/{model.name}": days, snapshot_table(lake, model).key: days}
    stale: Stale = {}
    for computed in computed_tables(settings, lake, contracts):
        table, inputs, version, beside = computed
        for day in arrived.get(table.key, ()):
            if stale_reason(table, inputs, day, published, version, beside):
                stale.setdefault(day, []).append(_state(computed, day, published))
    return stale


def stale_tables(settings: Settings, contracts: Contracts) -> Stale:
    """Days that are behind in any layer after bronze."""
    lake, published = Lake(settings.lake), PublishedContent()
    computed = {of_table.table.key: of_table for of_table in computed_tables(settings, lake, contracts)}
    warehouse = _warehouse_state(settings, contracts)
    stale: Stale = {}
    for name, days in behind(settings, contracts).items():
        for day in days:
            of_tables = [computed[name]] if name in computed else computed.values()  # gold is made of all of them
            states = [_state(of_table, day, published) for of_table in of_tables]
            stale.setdefault(day, []).extend(states if name in computed else [warehouse, *states])
    return stale


def _state(computed: Computed, day: date, published: PublishedContent) -> str:
    """What is published for a day, by which run, and what is asked for: its inputs as they are and its declaration.

    The run is part of it so that a day that is lost, made again and lost again is asked for again.
    """
    table, inputs, version, beside = computed
    records = [of_table.recorded(day) for of_table in (table, beside) if of_table]
    stamps = [hash_of([record.to_json().decode()]) if record else "absent" for record in records]
    return f"{table.key} {day} {version} {stamps} {sorted(day_inputs(inputs, day, published).items())}"


def _warehouse_state(settings: Settings, contracts: Contracts) -> str:
    built = settings.warehouse.stat().st_mtime_ns if settings.warehouse.exists() else "absent"
    return f"warehouse {Warehouse(settings, contracts).version} {built}"


def _request(prefix: str, first: date, last: date, stale: Stale) -> dg.RunRequest:
    """The run key names the state that is asked to change: the same state is asked for once, a new one again."""
    states = [state for day in sorted(stale) if first <= day <= last for state in sorted(stale[day])]
    return dg.RunRequest(run_key=f"{prefix}{first}:{last}:{hash_of(states)[:16]}", tags=range_tags(first, last))
