"""A landing zone that the sensor looks at: time that has passed, ticks as Dagster makes them, and files being opened.

Here: what the tests of the landing sensor share. Not here: expectations.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from conftest import Platform

from platform_assets.definitions import build_definitions

NOON = 1_760_000_000  # 2025-10-09, seconds since 1970
START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

_opened: list[str] | None = None


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        _opened.append(os.fsdecode(arguments[0]))


sys.addaudithook(_hear)


@contextmanager
def opened_files() -> Iterator[list[str]]:
    """Every file that Python opens inside the block."""
    global _opened
    _opened = heard = []
    try:
        yield heard
    finally:
        _opened = None


def let_time_pass(platform: Platform) -> None:
    """Whatever was written just now was written long ago; what was old already stays as it is."""
    for path in platform.landing.rglob("*"):
        if path.lstat().st_mtime > NOON + 1:
            os.utime(path, (NOON, NOON), follow_symlinks=False)


def tick(platform: Platform, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    """One evaluation of `landed_drops` as Dagster makes it, some time after all that is there was written."""
    let_time_pass(platform)
    return tick_now(platform, instance, cursor)


def tick_now(platform: Platform, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    """The same, at once: what was just written is young."""
    definitions = build_definitions(platform.settings)
    sensor = definitions.resolve_sensor_def("landed_drops")
    assert sensor.job_name == "everything"
    found = sensor(dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions))
    assert isinstance(found, dg.SensorResult)
    return found


def ranges(found: dg.SensorResult) -> list[tuple[str, str]]:
    return [(request.tags[START], request.tags[END]) for request in found.run_requests or []]


def words(found: dg.SensorResult) -> str:
    """Why it asks for nothing."""
    assert not found.run_requests
    assert found.skip_reason is not None
    return str(found.skip_reason.skip_message)


def below(landing: Path, opened: list[str]) -> list[str]:
    return [path for path in opened if Path(path).is_relative_to(landing)]
