"""The silver gate: what warn and strict do with a day that fails, and how far a refusal reaches."""

from pathlib import Path

import pytest
from conftest import DAY, Platform, Verdicts, customer, days_from, empty_shop, line, order
from end_to_end.convergence import platform_at

from platform_assets.contracts import Contracts

DAYS = days_from(DAY, 3)


HalfBad = tuple[Platform, Verdicts]


def half_bad(root: Path, contracts: Contracts, strict: bool) -> HalfBad:
    """Three days of orders, and the verdicts of silver; on the second, half of them are bad."""
    platform = platform_at(root, contracts)
    platform = platform.strict() if strict else platform
    empty_shop(platform, DAYS)
    for number, day in enumerate(DAYS):
        rows = [order(10 * number + n, day, net_total=-1.0 if number == 1 and n < 5 else 20.0) for n in range(10)]
        platform.drop("orders", f"ingest_dt={day}", rows)
        platform.drop("order_items", f"ingest_dt={day}", [line(10 * number + 9)])
    return platform, platform.up_to_silver(DAYS)


@pytest.fixture(scope="module")
def warned(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> HalfBad:
    return half_bad(tmp_path_factory.mktemp("warned"), contracts, strict=False)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> HalfBad:
    return half_bad(tmp_path_factory.mktemp("strict"), contracts, strict=True)


def test_warn_publishes_the_failed_day_and_marks_it(warned: HalfBad) -> None:
    platform, verdicts = warned

    assert [verdicts["stg_orders"][day].failed for day in DAYS] == [[], ["rules"], []]
    manifest = platform.lake.table("silver", "stg_orders").manifest(DAYS[1])
    assert manifest is not None
    assert manifest.failed_checks == ("rules",)


def test_the_numbers_of_a_day_add_up(warned: HalfBad) -> None:
    verdict = warned[1]["stg_orders"][DAYS[1]]

    numbers = {"received": 10, "valid": 5, "quarantined": 5, "released": 0, "lost": 0}
    assert verdict.checks["reconciliation"].numbers == numbers


def test_strict_publishes_the_good_days_only(strict: HalfBad) -> None:
    platform, verdicts = strict

    assert verdicts["stg_orders"][DAYS[1]].refused == "failed rules"
    assert platform.lake.table("silver", "stg_orders").days() == [DAYS[0], DAYS[2]]
    assert platform.lake.table("quarantine", "quarantine_orders").days() == [DAYS[0], DAYS[2]]


def test_a_child_is_refused_from_the_day_its_parent_was_refused(strict: HalfBad) -> None:
    platform, verdicts = strict
    lines = verdicts["stg_order_items"]

    assert lines[DAYS[0]].refused is None
    assert lines[DAYS[1]].refused == f"its parent stg_orders was refused for {DAYS[1]}"
    assert lines[DAYS[2]].refused == f"its parent stg_orders was refused for {DAYS[1]}"
    assert platform.lake.table("silver", "stg_order_items").days() == [DAYS[0]]


def test_a_day_without_its_inputs_is_refused_even_under_warn(platform: Platform) -> None:
    empty_shop(platform, DAYS)
    platform.bronze(DAYS[:1])

    verdicts = platform.silver(DAYS[:1], masters=False)["stg_orders"]

    assert verdicts[DAY].refused == (f"missing input, materialize it first: dims/customers, dims/product_catalog {DAY}")


def test_unknown_parents_above_one_percent_fail_the_keys_check(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    orders = [order(n, customer_id="CUST-404" if n < 2 else "CUST-1") for n in range(100)]
    platform.drop("orders", f"ingest_dt={DAY}", orders)

    verdict = platform.up_to_silver([DAY])["stg_orders"][DAY]

    assert verdict.failed == ["keys"]
    assert verdict.checks["keys"].numbers["known_customer"] == 0.98


def test_rows_of_a_refused_day_are_not_released_on_a_later_day_of_the_same_run(platform: Platform) -> None:
    strict = platform.strict()
    empty_shop(strict, DAYS)
    bad = [order(n, net_total=-1.0) for n in range(1, 5)]
    strict.drop("orders", f"ingest_dt={DAYS[0]}", [*bad, order(9, customer_id="CUST-9")])
    strict.drop("orders", f"ingest_dt={DAYS[1]}", [order(20, DAYS[1])])
    strict.drop("customers", f"ingest_dt={DAYS[1]}", [customer(9)])

    verdicts = strict.up_to_silver(DAYS)["stg_orders"]

    assert verdicts[DAYS[0]].refused == "failed keys, rules"
    assert verdicts[DAYS[1]].refused == f"it releases rows of stg_orders of {DAYS[0]}, which was refused"
    assert verdicts[DAYS[2]].refused is None
