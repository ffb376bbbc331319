"""Settings: the environment variables of a deployment, read once and checked.

Here: where data lands and lives, how strict the gates are, which days exist, how often is tried again. Not here: anything a table declares
about itself (that is dbt's YAML), and nothing that changes from run to run.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent


class SettingError(ValueError):
    """An environment variable holds a value the platform cannot work with; the message says what to write."""


# Every environment is spelled out: an unknown name must stop the process, not fall back to the laxest gates.
STRICT = {"local": False, "dev": True, "qa": True, "prod": True}


@dataclass(frozen=True)
class Retries:
    """How often a step is tried again after a passing problem, and the seconds before each attempt.

    The wait grows exponentially, as in Dagster's own policies: 1, 3, 7, … times `delay`, never more than `longest`.
    """

    count: int
    delay: float
    longest: float

    def wait(self, attempt: int) -> float:
        """Seconds to wait before retry number `attempt`, counted from 1."""
        return min((2.0**attempt - 1) * self.delay, self.longest)


RETRIES = {
    "local": Retries(count=1, delay=60, longest=60),
    "dev": Retries(count=2, delay=120, longest=600),
    "qa": Retries(count=2, delay=120, longest=600),
    "prod": Retries(count=3, delay=300, longest=1800),
}


@dataclass(frozen=True)
class Settings:
    """One deployment. Paths are absolute; `start_date` and `end_date` bound the day partitions (end exclusive).

    `thresholds` override constants of enriched tables, {table: {threshold: value}}.
    """

    environment: str
    landing: Path
    lake: Path
    warehouse: Path
    dbt_project: Path
    start_date: date
    end_date: date | None
    strict: bool
    rows_per_chunk: int
    days_per_run: int
    memory_limit: str
    retries: Retries
    thresholds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read `PLATFORM_*` variables. Raises SettingError for a value that is not understood."""
        environment = _choice(env, "PLATFORM_ENV", "local", tuple(STRICT))
        data = _local_path(env, "PLATFORM_DATA", Path("data"))
        gates = _choice(env, "PLATFORM_GATES", "strict" if STRICT[environment] else "warn", ("warn", "strict"))
        start, end = _day(env, "PLATFORM_START_DATE", date(2020, 1, 1)), _day(env, "PLATFORM_END_DATE", None)
        if start is None or (end is not None and end <= start):
            raise SettingError(f"PLATFORM_END_DATE={end}: write a day after PLATFORM_START_DATE={start}.")
        return cls(
            environment=environment,
            landing=_local_path(env, "PLATFORM_LANDING", data / "landing"),
            lake=_lake_path(env, data),
            warehouse=_local_path(env, "PLATFORM_WAREHOUSE", data / "warehouse") / "warehouse.duckdb",
            dbt_project=PROJECT / "dbt",
            start_date=start,
            end_date=end,
            strict=gates == "strict",
            rows_per_chunk=_positive(env, "PLATFORM_ROWS_PER_CHUNK", 1_500_000),
            days_per_run=_positive(env, "PLATFORM_DAYS_PER_RUN", 31),
            memory_limit=_memory(env, "PLATFORM_MEMORY_LIMIT", "1GB"),
            retries=RETRIES[environment],
            thresholds=_thresholds(env, "PLATFORM_THRESHOLDS"),
        )

    @property
    def unattended(self) -> bool:
        """Whether the schedule and the sensors run unless somebody stops them; on a laptop somebody starts them."""
        return self.environment != "local"


def _choice(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name, default)
    if value not in allowed:
        raise SettingError(f"{name}={value!r} is not known: write one of {', '.join(allowed)}.")
    return value


def _day(env: Mapping[str, str], name: str, default: date | None) -> date | None:
    if not env.get(name):
        return default
    try:
        day = date.fromisoformat(env[name])
    except ValueError:
        day = None
    if day is None or day.isoformat() != env[name]:
        raise SettingError(f"{name}={env[name]!r} is not a day: write it like 2020-01-31.")
    return day


def _positive(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, str(default))
    if not re.fullmatch("[0-9]+", value) or int(value) < 1:
        raise SettingError(f"{name}={value!r}: write a whole number from 1.")
    return int(value)


def _memory(env: Mapping[str, str], name: str, default: str) -> str:
    value = env.get(name, default)
    if not re.fullmatch(r"[1-9][0-9]*(\.[0-9]+)? ?[KMGT]i?B", value):
        raise SettingError(f"{name}={value!r} is not an amount of memory: write it like 4GB or 512MB.")
    return value


def _local_path(env: Mapping[str, str], name: str, default: Path) -> Path:
    value = env.get(name, str(default))
    if not value or "://" in value:
        raise SettingError(f"{name}={value!r}: only local folders are supported so far.")
    return Path(value).absolute()


def _lake_path(env: Mapping[str, str], data: Path) -> Path:
    """DuckDB and Polars take a=b in a path for a column, and the others for patterns of several folders."""
    lake = _local_path(env, "PLATFORM_LAKE", data / "lake")
    if found := re.search(r"[=*?\[]", str(lake)):
        name = "PLATFORM_LAKE" if "PLATFORM_LAKE" in env else "PLATFORM_DATA"
        raise SettingError(f"{name}: {found[0]!r} in the lake's path {str(lake)!r}: write a path without = * ? and [.")
    return lake


def _thresholds(env: Mapping[str, str], name: str) -> dict[str, dict[str, Any]]:
    if not env.get(name):
        return {}
    try:
        sections = tomllib.loads(Path(env[name]).read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingError(f"{name}={env[name]!r} cannot be read as TOML: {problem}") from None
    if loose := [key for key, section in sections.items() if not isinstance(section, dict)]:
        raise SettingError(
            f"{name}={env[name]!r}: {loose[0]} stands outside a section: write [<enriched table>] above it."
        )
    return sections
