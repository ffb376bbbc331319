"""Agreement: whether the bare script came to the platform's results, row by row.

Here: comparing every gold table and every day of every enriched table. Not here: who is right when they differ.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb


class DisagreementError(RuntimeError):
    """The two runs came to different results, so that their times say nothing; the message says which tables."""


def require_agreement(platform: Path, bare: Path) -> None:
    """Raises DisagreementError when any row differs.

    Compared in a process of its own: Linux counts what a parent held when it started a child as the child's own peak.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        found = apart.submit(differences, platform, bare).result()
    if found:
        raise DisagreementError("the results differ, so there is no ratio:\n" + "\n".join(found))


def differences(platform: Path, bare: Path) -> list[str]:
    """One sentence per table whose rows differ, counting repeated rows; empty when all agree.

    Columns that only the platform has are its own bookkeeping and are not compared.
    """
    with duckdb.connect() as connection:
        connection.execute(f"set memory_limit = '4GB'; set temp_directory = '{bare / 'spill'}'")
        connection.execute(f"attach '{platform / 'warehouse' / 'warehouse.duckdb'}' as platform (read_only)")
        connection.execute(f"attach '{bare / 'warehouse.duckdb'}' as bare (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'bare' and schema_name = 'gold' order by 1"
        ).fetchall()
        pairs = {f"gold/{name}": (f"platform.gold.{name}", f"bare.gold.{name}") for (name,) in tables}
        for folder in sorted((bare / "enriched").iterdir()):
            pairs[f"enriched/{folder.name}"] = (
                f"(select * from read_parquet('{platform}/lake/{folder.relative_to(bare)}/*/data.parquet',"
                " hive_partitioning = true, hive_types = {ingest_dt: date}))",
                "(select * exclude (filename), parse_filename(filename, true)::date as ingest_dt"
                f" from read_parquet('{folder}/*.parquet', filename = true))",
            )
        compared = {name: _unequal(connection, *pair) for name, pair in pairs.items()}
    return [
        f"{name}: {only_platform} rows only in the platform's, {only_bare} only in the bare script's"
        for name, (only_platform, only_bare) in compared.items()
        if only_platform or only_bare
    ]


def _unequal(connection: duckdb.DuckDBPyConnection, platform: str, bare: str) -> tuple[int, int]:
    columns = ", ".join(f'"{row[0]}"' for row in connection.execute(f"describe select * from {bare}").fetchall())

    def only_in(one: str, other: str) -> int:
        found = connection.execute(
            f"select count(*) from (select {columns} from {one} except all select {columns} from {other})"
        ).fetchone()
        return int(found[0]) if found else 0

    return only_in(platform, bare), only_in(bare, platform)
