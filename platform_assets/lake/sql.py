"""SQL texts over the lake: literals, views' bases, reads of explicit files, settings that make results repeat.

Here: the few texts that every DuckDB session of the platform shares. Not here: statements that transform data.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from platform_assets.lake.manifests import Manifest
from platform_assets.lake.tables import DATA_FILE, MANIFEST_FILE, LakeTable


def session_settings(memory_limit: str, spill: Path) -> list[str]:
    """Settings that make results the same everywhere: UTC, kept order, bounded memory with room to spill."""
    return [
        "set timezone = 'UTC'",
        "set preserve_insertion_order = true",
        f"set memory_limit = {quoted(memory_limit)}",
        f"set temp_directory = {quoted(str(spill))}",
    ]


def quoted(text: str) -> str:
    """A SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


def insert_rows(table: str, rows: Iterable[Sequence[object]]) -> list[str]:
    """The one statement that inserts all rows, from texts that stand for their values; none for no rows."""
    values = ", ".join(f"({', '.join(quoted(str(value)) for value in row)})" for row in rows)
    return [f"insert into {table} values {values}"] if values else []


def union_by_name(types: Mapping[str, str], parts: Iterable[str]) -> str:
    """All rows of the parts, with these columns even if there is no part: no data is not no columns."""
    columns = ", ".join(f"null::{'varchar' if kind == 'text' else kind} as {name}" for name, kind in types.items())
    return " union all by name ".join([f"select {columns} where false", *parts])


def parquet_files(files: Iterable[Path], day_column: str | None = None, alike: bool = False) -> str:
    """A read_parquet call over an explicit list of files; `day_column` is the folder's day, if it is wanted.

    `alike`: all have the same columns, so that only the first is opened to know them.
    """
    listed = ", ".join(quoted(str(file)) for file in files)
    hive = f"true, hive_types = {{{day_column}: date}}" if day_column else "false"
    return f"read_parquet([{listed}], union_by_name = {str(not alike).lower()}, hive_partitioning = {hive})"


def published_rows(table: LakeTable, manifests: Mapping[date, Manifest]) -> list[str]:
    """Selects that together are the rows of the days of `manifests`, with their day: one for each declaration and
    recorded schema, whose files are alike. To be joined by name."""
    alike: dict[tuple[object, ...], list[Path]] = {}
    for day, manifest in sorted(manifests.items()):
        alike.setdefault(manifest.declared, []).append(table.data(day))
    return [f"select * from {parquet_files(files, table.partition_column, alike=True)}" for files in alike.values()]


def published_now(table: LakeTable) -> str:
    """A select of the rows of all days that have a manifest when it is asked, with their day."""
    day, manifests = table.partition_column, quoted(f"{table.folder}/*/{MANIFEST_FILE}")
    finished = f"select cast(regexp_extract(file, '{day}=([^/]+)/{MANIFEST_FILE}$', 1) as date) from glob({manifests})"
    return f"select * from {parquet_files([table.folder / '*' / DATA_FILE], day)} where {day} in ({finished})"
