"""The DuckDB session that dbt works in: a private database holding this run's picture of the lake.

Here: writing the picture as a SQL file and the dbt-duckdb plugin that loads it when dbt connects. Not here: what the
picture shows (silver/picture.py, gold/warehouse.py). The file is named by PLATFORM_SESSION, not by the profile: a
profile that changes makes dbt parse the whole project again.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dbt.adapters.duckdb.plugins import BasePlugin

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SESSION_VARIABLE = "PLATFORM_SESSION"


class Plugin(BasePlugin):
    """Loads the session file into each new connection's database."""

    def configure_connection(self, conn: "DuckDBPyConnection") -> None:
        session = os.environ.get(SESSION_VARIABLE)
        if session:
            conn.execute(Path(session).read_text())

    def default_materialization(self) -> str:
        return "table"


def session_settings(memory_limit: str, spill: Path) -> list[str]:
    """Settings that make results the same everywhere: UTC, kept order, bounded memory with room to spill."""
    return [
        "set timezone = 'UTC'",
        "set preserve_insertion_order = true",
        f"set memory_limit = {quoted(memory_limit)}",
        f"set temp_directory = {quoted(str(spill))}",
    ]


def write_session(path: Path, statements: Iterable[str]) -> None:
    """Write the picture; it stays readable while the run works, for whoever wants to see what dbt saw."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(";\n".join(statements) + ";\n")


def quoted(text: str) -> str:
    """A SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


def empty_rows(types: Mapping[str, str]) -> str:
    """A select of no rows with these columns: the base of every view, so that no data is not no columns."""
    columns = ", ".join(f"null::{sql_type(kind)} as {name}" for name, kind in types.items())
    return f"select {columns} where false"


def sql_type(declared: str) -> str:
    """A declared type in DuckDB's words."""
    return "varchar" if declared == "text" else declared


def parquet_files(files: Iterable[Path], day_column: str | None = None) -> str:
    """A read_parquet call over an explicit list of files; `day_column` is the folder's day, if it is wanted."""
    listed = ", ".join(quoted(str(file)) for file in files)
    hive = f"true, hive_types = {{{day_column}: date}}" if day_column else "false"
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = {hive})"
