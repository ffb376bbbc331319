"""dbt, run in this process with the prepared manifest.

Here: one call of dbt and its results per node. Not here: what is selected or what dbt sees. A dbt command line costs
seconds before any SQL; in process a model costs a fraction of one. See docs/decisions/0001.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunExecutionResult


# Names the file with a run's picture of the lake. Not the profile: one that changes makes dbt parse everything again.
SESSION_VARIABLE = "PLATFORM_SESSION"


class DbtError(RuntimeError):
    """dbt failed before or while running models; the message is dbt's own."""


@dataclass(frozen=True)
class NodeResult:
    """What happened to one model or test: `status` in dbt's words, rows that failed a test, time taken."""

    unique_id: str
    name: str
    status: str
    failures: int
    message: str
    seconds: float


def write_session(path: Path, statements: Iterable[str]) -> None:
    """Write the picture; it stays readable while the run works, for whoever wants to see what dbt saw."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(";\n".join(statements) + ";\n")


def dbt_arguments(project: Path, command: str, select: Sequence[str], scratch: Path) -> list[str]:
    """The command line of one call, which leaves nothing behind outside `scratch`."""
    return [
        *(command, "--quiet", "--no-populate-cache", "--select", *select),
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(scratch), "--log-path", str(scratch), "--no-write-json"),
        # What fails is raised or returned; formatting lines that nobody prints costs a tenth of a build.
        *("--log-level", "none", "--log-level-file", "none"),
    ]


def run_dbt(project: Path, command: str, select: Sequence[str], session: Path) -> list[NodeResult]:
    """Run `dbt <command> --select …` on the session. Raises DbtError if a model fails; failed tests are results."""
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    # dbt renders foreign keys into the manifest it is given, so every call gets a fresh one.
    manifest = Manifest.from_msgpack((project / "target" / "partial_parse.msgpack").read_bytes())
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as scratch, _working_on(session):
        outcome = dbtRunner(manifest=manifest).invoke(dbt_arguments(project, command, select, Path(scratch)))
    if outcome.exception:
        raise DbtError(str(outcome.exception) or repr(outcome.exception)) from outcome.exception
    results = [
        NodeResult(
            unique_id=str(node.node.unique_id),
            name=node.node.name,
            status=str(node.status),
            failures=node.failures or 0,
            message=node.message or "",
            seconds=node.execution_time,
        )
        for node in cast("RunExecutionResult", outcome.result).results
    ]
    broken = [node for node in results if node.status == "error"]
    if broken:
        raise DbtError("\n".join(f"{node.name}: {node.message}" for node in broken))
    return results


@contextmanager
def _working_on(session: Path) -> Iterator[None]:
    """Name the picture to the plugin, for one call."""
    previous = os.environ.get(SESSION_VARIABLE)
    os.environ[SESSION_VARIABLE] = str(session)
    try:
        yield
    finally:
        close_session()
        if previous is None:
            del os.environ[SESSION_VARIABLE]
        else:
            os.environ[SESSION_VARIABLE] = previous


def close_session() -> None:
    """End dbt's in-memory database, which would otherwise live on and serve the next call an old picture."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager.env().close()
        DuckDBConnectionManager.close_all_connections()
