"""The ledger against a second opinion: SQL over the files must count the same, to the row and the cent.

The judge knows the platform's rules and nothing of the generator; see `sample_judge`. Small samples only.
"""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from sample_data import TINY, Ledger, SampleConfig, generate
from sample_data.dirt import REASONS, TEXT_ONLY

Sample = tuple[SampleConfig, Path, Ledger]
Counts = dict[str, dict[str, dict[str, object]]]
Verdict = tuple[Counts, duckdb.DuckDBPyConnection]
Judge = Callable[[Path, dt.date, dt.date], Verdict]
WEEK = SampleConfig()


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The default sample, generated once."""
    landing = tmp_path_factory.mktemp("week")
    return WEEK, landing, generate(WEEK, landing)


def judged(judge: Judge, sample: Sample) -> Verdict:
    """What the judge makes of a sample's files."""
    config, landing, _ = sample
    return judge(landing, config.start, config.date(config.last))


@pytest.fixture(scope="module")
def verdict(judge: Judge, week: Sample) -> Verdict:
    """The judge's opinion of the default sample, formed once."""
    return judged(judge, week)


def written(ledger: Ledger) -> Counts:
    """The ledger's days as plain dictionaries."""
    return {table: {day: asdict(count) for day, count in by.items()} for table, by in ledger.days.items()}


def one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[object, ...]:
    """The only row of a query."""
    row = con.execute(sql).fetchone()
    assert row is not None
    return tuple(row)


def test_every_count_of_the_default_sample_is_what_sql_finds_in_the_files(week: Sample, verdict: Verdict) -> None:
    counts, con = verdict
    assert written(week[2]) == counts
    totals = week[2].totals
    current = """SELECT sum(i_quantity * m_unit_price - m_discount_amount), count(*) FROM (
        SELECT *, max(day) OVER (PARTITION BY order_id) AS newest FROM final_order_items
        WHERE emitted IS NOT NULL) WHERE day = newest"""
    assert one(con, current) == (Decimal(totals.line_value), totals.order_lines_current)
    known = "SELECT count(DISTINCT {}) FROM final_{} WHERE emitted IS NOT NULL"
    assert one(con, known.format("customer_id", "customers")) == (totals.customers_known,)
    assert one(con, known.format("product_id", "product_catalog")) == (totals.products_known,)
    per_day = con.execute(
        """SELECT d_order_date::DATE::VARCHAR, sum(value)::VARCHAR FROM (
            SELECT order_id, i_quantity * m_unit_price - m_discount_amount AS value, day,
                   max(day) OVER (PARTITION BY order_id) AS newest
            FROM final_order_items WHERE emitted IS NOT NULL
        ) i JOIN (SELECT order_id, any_value(d_order_date) AS d_order_date FROM final_orders
                  WHERE emitted IS NOT NULL GROUP BY 1) o USING (order_id)
        WHERE day = newest GROUP BY 1"""
    ).fetchall()
    assert dict(per_day) == totals.line_value_by_order_day


@pytest.mark.parametrize(
    "config",
    [
        SampleConfig(days=2, orders_per_day=150, customers=60, format="csv", compression="zstd"),
        SampleConfig(days=2, orders_per_day=150, customers=60, format="ndjson", compression="gzip"),
        SampleConfig(days=2, orders_per_day=150, customers=60, format="json"),
        SampleConfig(days=7, orders_per_day=40, customers=60, seed=1, through=dt.date(2025, 10, 5)),
        SampleConfig(days=3, orders_per_day=6, customers=20, products=10),
    ],
    ids=["csv.zst", "ndjson.gz", "json", "through a middle day", "hardly any rows"],
)
def test_the_ledger_is_exact_in_every_format_and_at_any_cut(judge: Judge, config: SampleConfig, tmp_path: Path) -> None:
    sample = (config, tmp_path, generate(config, tmp_path))
    assert written(sample[2]) == judged(judge, sample)[0]


def test_a_single_tampered_value_is_noticed(judge: Judge, tmp_path: Path) -> None:
    config = SampleConfig(days=1, orders_per_day=60, customers=40)
    ledger = generate(config, tmp_path)
    assert written(ledger) == judge(tmp_path, config.start, config.start)[0]
    file = tmp_path / "orders/ingest_dt=2025-10-01/part-0000.parquet"
    frame = pl.read_parquet(file)
    chosen = pl.col("order_id") == frame.filter(pl.col("net_total") > 0)["order_id"][17]
    frame.with_columns(pl.when(~chosen).then("net_total").alias("net_total")).write_parquet(file)
    assert written(ledger)["orders"] != judge(tmp_path, config.start, config.start)[0]["orders"]


def test_rows_delivered_plus_released_are_rows_valid_plus_quarantined(week: Sample) -> None:
    days = [count for by in week[2].days.values() for count in by.values()]
    assert len(days) > 40
    assert all(c.rows_delivered + c.released == c.valid + c.quarantined for c in days)
    assert sum(c.released for c in days) > 20


def test_every_reason_and_every_duplicate_occurs_in_the_default_sample(week: Sample) -> None:
    for table, by in week[2].days.items():
        seen = {reason for count in by.values() for reason in count.reasons}
        assert {r for fate in REASONS[table] for r in fate.split(",")} - TEXT_ONLY <= seen, table
        assert any(count.duplicates for count in by.values()), table


def test_a_clean_sample_quarantines_and_releases_nothing(judge: Judge, tmp_path: Path) -> None:
    config = SampleConfig(days=3, orders_per_day=60, customers=60, clean=True)
    ledger = generate(config, tmp_path)
    assert all(c.quarantined == 0 and c.released == 0 for by in ledger.days.values() for c in by.values())
    assert written(ledger) == judged(judge, (config, tmp_path, ledger))[0]


def test_an_invalid_newest_version_does_not_cost_the_valid_older_one(verdict: Verdict) -> None:
    _, con = verdict
    found = one(
        con,
        """SELECT count(*) FROM final_orders old JOIN final_orders new USING (order_id, day)
        WHERE new.ingestion_ts > old.ingestion_ts AND len(new.reasons) > 0 AND old.emitted = old.day""",
    )
    assert found == (7,)


def test_a_ledger_survives_its_file(tmp_path: Path) -> None:
    ledger = generate(replace(TINY, days=1), tmp_path / "landing")
    ledger.save(tmp_path / "deep/ledger.json")
    assert Ledger.load(tmp_path / "deep/ledger.json") == ledger
    assert json.loads((tmp_path / "deep/ledger.json").read_text())["through"] == "2025-10-01"
