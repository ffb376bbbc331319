"""The sample's ledger says what a correct platform makes of it: every row of every table and day accounted for."""

from collections import Counter
from decimal import Decimal

import polars as pl
import pytest
from conftest import TABLES, Platform
from end_to_end.convergence import platform_at

from platform_assets.contracts import Contracts
from sample_data import Ledger, SampleConfig, generate

WEEK = SampleConfig(days=7, orders_per_day=60, customers=150, products=40)
DAYS = [WEEK.date(day) for day in range(WEEK.days)]
Week = tuple[Platform, Ledger]


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Week:
    """A week in one run: late and corrected files, new columns, missing drops, late parents and eight kinds of dirt."""
    platform = platform_at(tmp_path_factory.mktemp("week"), contracts)
    ledger = generate(WEEK, platform.landing)
    platform.up_to_facts(DAYS)
    return platform, ledger


@pytest.mark.parametrize("table", TABLES)
def test_valid_released_and_quarantined_rows_and_their_reasons_are_the_ledgers_on_every_day(
    table: str, week: Week
) -> None:
    platform, ledger = week
    assert ledger.days[table], "the ledger speaks about the table"
    for day in DAYS:
        expected = ledger.day(table, day)
        valid = platform.rows("silver", f"stg_{table}", day)
        quarantine = platform.rows("quarantine", f"quarantine_{table}", day)
        reasons = Counter(reason for row in quarantine["_reasons"].to_list() for reason in row)
        duplicates = {name: count for name, count in reasons.items() if name.startswith("duplicate_")}
        received = platform.lake.bronze("shop", table).manifest(day)
        assert received is not None
        assert {
            "rows_delivered": received.rows,
            "valid": valid.height,
            "released": valid.filter(pl.col("_arrived_dt") < day).height,
            "quarantined": quarantine.height,
            "reasons": {name: count for name, count in reasons.items() if name not in duplicates},
            "duplicates": duplicates,
        } == {
            "rows_delivered": expected.rows_delivered,
            "valid": expected.valid,
            "released": expected.released,
            "quarantined": expected.quarantined,
            "reasons": expected.reasons,
            "duplicates": expected.duplicates,
        }, f"{table} {day}"
        assert received.rows + expected.released == valid.height + quarantine.height


def test_the_manifests_state_the_same_figures_as_the_files(week: Week) -> None:
    platform, ledger = week
    for table in TABLES:
        for day in DAYS:
            manifest = platform.lake.table("silver", f"stg_{table}").manifest(day)
            assert manifest is not None
            counts, stated = ledger.day(table, day), manifest.details
            assert (stated["received"], stated["released"]) == (counts.rows_delivered, counts.released)
            assert (manifest.rows, stated["quarantine_rows"]) == (counts.valid, counts.quarantined)


def test_the_order_lines_of_gold_add_up_to_the_ledger_to_the_cent_on_every_order_day(week: Week) -> None:
    platform, ledger = week
    found = platform.query("select cast(order_date as date), sum(line_total) from gold.fact_orders group by 1")

    assert {str(day): total for day, total in found} == {
        day: Decimal(total) for day, total in ledger.totals.line_value_by_order_day.items()
    }
    assert platform.query("select count(*) from gold.fact_orders") == [(ledger.totals.order_lines_current,)]


def test_every_customer_and_product_of_the_ledger_is_in_the_last_snapshot_and_in_gold(week: Week) -> None:
    platform, ledger = week
    expected = ledger.totals.customers_known, ledger.totals.products_known

    last = [platform.rows("dims", name, DAYS[-1]).height for name in ("customers", "product_catalog")]
    current = [
        platform.query(f"select count(*) from gold.{name} where current_flag and {key} <> '-1'")[0][0]
        for name, key in (("dim_customers", "customer_id"), ("dim_products", "product_id"))
    ]

    assert tuple(last) == tuple(current) == expected
