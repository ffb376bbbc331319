"""Which of two statements of a key is newer: the four places that decide it agree on nulls, ties and equal times."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import combinations
from typing import Any

import duckdb
import polars as pl
import pytest
from conftest import Platform
from jinja2 import Environment

from platform_assets.contracts import Contracts
from platform_assets.dims.snapshots import refresh_snapshots
from platform_assets.enriched.versions import newest_statements
from platform_assets.gates.schemas import polars_type
from platform_assets.lake import Manifest, PublishedContent

DAYS = [date(2025, 10, number) for number in range(1, 9)]
NOON, LATER = datetime(2025, 10, 1, 12), datetime(2025, 10, 1, 13)
# (day of arrival, ingestion_ts, event_id, ingest day), oldest first; each has an ingest day of its own, as in silver.
STATEMENTS = [
    (1, None, None, 8),  # released last, but nothing is older than what arrived first and says nothing of itself
    (1, None, "b", 3),
    (1, NOON, None, 4),
    (1, NOON, None, 5),  # says the same, and was known a day later
    (1, NOON, "a", 2),
    (1, NOON, "b", 6),
    (1, LATER, None, 1),
    (2, None, None, 7),
]
# Each pair of them is a key: C-2-5 is stated by number 2 and by number 5, and 5 is the newer.
KEYS = {f"C-{older}-{newer}": (older, newer) for older, newer in combinations(range(len(STATEMENTS)), 2)}
NEWEST = {key: newer for key, (_, newer) in KEYS.items()}


def rows() -> Iterator[dict[str, Any]]:
    """All statements; `age` is the number of each."""
    for key, numbers in KEYS.items():
        for number in numbers:
            arrived, ingestion_ts, event_id, ingest = STATEMENTS[number]
            yield {"customer_id": key, "age": number, "_arrived_dt": DAYS[arrived - 1], "ingestion_ts": ingestion_ts,
                   "event_id": event_id, "ingest_dt": DAYS[ingest - 1]}  # fmt: skip


def ages(frame: pl.DataFrame) -> dict[str, int]:
    assert frame["customer_id"].is_unique().all()
    return dict(zip(frame["customer_id"].to_list(), map(int, frame["age"].to_list()), strict=True))


@pytest.fixture
def published(platform: Platform) -> Platform:
    """The statements as days of stg_customers."""
    model = platform.contracts.silver["stg_customers"]
    table = platform.lake.table("silver", model.name)
    types = {name: polars_type(kind) for name, kind in model.stored_types.items()}
    staged = platform.lake.root / "staged.parquet"
    staged.parent.mkdir(parents=True, exist_ok=True)
    for day in DAYS:
        of_day = [{name: row.get(name) for name in types} for row in rows() if row["ingest_dt"] == day]
        pl.DataFrame(of_day, schema=types).write_parquet(staged)
        manifest = Manifest.of_file(table.key, day, staged, len(of_day), {})
        platform.lake.publish(day, [(table, staged, manifest)], "test")
    return platform


def test_enriched_tables_read_the_newer_of_two_statements(published: Platform) -> None:
    table = published.lake.table("silver", "stg_customers")
    frame = newest_statements(table, "customer_id", "ingest_dt", DAYS[-1], PublishedContent()).collect()
    assert ages(frame) == NEWEST


def test_snapshots_hold_the_newer_of_two_statements(published: Platform) -> None:
    model = published.contracts.silver["stg_customers"]
    refresh_snapshots(published.settings, published.lake, model, DAYS[-1:], "test")
    assert ages(published.rows("dims", "customers", DAYS[-1])) == NEWEST


def asked(contracts: Contracts, macro: str, *arguments: object) -> pl.DataFrame:
    """The rows of a macro's SQL over the table `statements`."""
    texts = [
        contracts.manifest["macros"][f"macro.platform_assets.{name}"]["macro_sql"] for name in ("newest_first", macro)
    ]
    environment = Environment()  # SQL, not HTML
    environment.globals |= {"key_columns": lambda: ["customer_id"], "statements_of": lambda rows, key, keys: rows}
    sql = getattr(environment.from_string("".join(texts)).module, macro)(*arguments)
    received = [
        row | {"_known_dt": DAYS[-1], "_failed": 0, "_batch_id": "b", "_source_row": row["age"]} for row in rows()
    ]
    with duckdb.connect() as connection:
        connection.execute("set default_null_order = 'nulls_first'")  # as other engines may have it
        connection.register("received", pl.DataFrame(received, infer_schema_length=None))
        connection.execute("create table statements as from received")
        return connection.execute(
            f"select * from statements where rowid in ({sql})" if macro == "duplicates" else sql
        ).pl()


def test_facts_are_made_from_the_newer_of_two_statements(contracts: Contracts) -> None:
    assert ages(asked(contracts, "current_versions", "statements", "customer_id", None)) == NEWEST


def test_of_two_statements_of_one_day_the_older_is_the_duplicate(contracts: Contracts) -> None:
    """Statements that say the same are told apart by their place in what was received: here their number."""
    assert ages(asked(contracts, "duplicates", "statements")) == {key: older for key, (older, _) in KEYS.items()}
