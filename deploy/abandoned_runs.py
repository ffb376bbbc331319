"""Runs that a killed code server left behind, marked as failed before the next one starts.

Here: the one thing Dagster cannot see with its default launcher: a run whose whole container is gone stays "started"
for ever, and the sensors wait for it. The code server is the only process that works on launched runs, so when it
starts, none of them can be going on. Runs of `python -m platform_assets` were never launched through it and are left
alone.
"""

import dagster as dg
from dagster._core.storage.tags import GRPC_INFO_TAG

GOING_ON = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def fail_abandoned_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ids of the runs that were marked as failed."""
    runs = instance.get_runs(dg.RunsFilter(statuses=GOING_ON))
    abandoned = [run for run in runs if GRPC_INFO_TAG in run.tags]
    for run in abandoned:
        instance.report_run_failed(run, "The code server was stopped while it worked on this run.")
    return [run.run_id for run in abandoned]


if __name__ == "__main__":
    with dg.DagsterInstance.get() as opened:
        for run_id in fail_abandoned_runs(opened):
            print(f"run {run_id} was abandoned: marked as failed")
