"""Readers that keep reading while others write, and note every distinct thing that they saw.

Here: what a BI tool or a notebook does. An error ends the reader with exit code 1 and its text in `<seen>/error`.
"""

import hashlib
import io
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
from conftest import Platform

LAKE_TABLES = ("silver/stg_orders", "quarantine/quarantine_orders", "dims/customers",
               "enriched/customer_lifetime_value")  # fmt: skip
Facts = set[str]
PAUSE = 0.03  # seconds between rounds: readers that never rest leave the writer no core to write on


def lake_facts(platform: Platform) -> Facts:
    """A fingerprint of each data file of four tables, each opened once and decoded whole."""
    facts = set()
    for table in LAKE_TABLES:
        for path in platform.lake.root.glob(f"{table}/*/*.parquet"):
            content = path.read_bytes()
            rows = pl.read_parquet(io.BytesIO(content)).height
            facts.add(f"{path.relative_to(platform.lake.root)} {rows} {hashlib.sha256(content).hexdigest()}")
    return facts


def views_facts(platform: Platform) -> Facts:
    """A fingerprint of each day of four tables through the views of the warehouse, held open over several reads."""
    facts = set()
    with duckdb.connect(str(platform.settings.warehouse), read_only=True) as connection:
        for _ in range(5):
            for table in LAKE_TABLES:
                day = "snapshot_dt" if table.startswith("dims") else "ingest_dt"
                facts |= {f"{table} {row}" for row in _ask(connection, table.replace("/", "."), day)}
    return facts


def _ask(connection: duckdb.DuckDBPyConnection, view: str, day: str) -> list[tuple[object, ...]]:
    """DuckDB opens a file once to plan and once to read: a day replaced in between is an error, and is asked again."""
    for _ in range(10):
        try:
            query = f"select {day}, count(*), bit_xor(hash(cast(shown as varchar))) from {view} as shown group by 1"
            return connection.execute(query).fetchall()
        except duckdb.Error as error:
            last = error
    raise last


def gold_facts(platform: Platform) -> Facts:
    """One fingerprint of the warehouse: three tables and what they were built from, in one connection."""
    with duckdb.connect(str(platform.settings.warehouse), read_only=True) as connection:
        parts = [
            connection.execute(f"select count(*), bit_xor(hash({value})) from {table}").fetchone()
            for table, value in (
                ("gold.fact_orders", "order_line_key || line_total || customer_key || product_key"),
                ("gold.dim_customers", "customer_key || coalesce(loyalty_tier, '')"),
                ("gold.dim_products", "product_key || coalesce(unit_price, 0)"),
                ("meta.loaded", "table_name || day || content_hash"),
            )
        ]
    return {str(parts)}


def keep_reading(platform: Platform, read: Callable[[Platform], Facts], seen: Path, stop: Path) -> None:
    """Read until `stop` exists; leave every fact ever seen in `seen`, one per line."""
    facts, rounds = set(), 0
    try:
        while not stop.exists():
            facts |= read(platform)
            rounds += 1
            time.sleep(PAUSE)
    except Exception as error:
        seen.with_suffix(".error").write_text(f"after {rounds} rounds: {error!r}")
        raise
    seen.write_text("\n".join(sorted(facts)))
