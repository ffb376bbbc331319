"""Late data reaches gold whatever the order: an incremental build equals one from scratch after every delivery."""

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import DAY, Platform, customer, days_from, empty_shop, line, order, product
from end_to_end.convergence import Rows, gold_rows, platform_at

from platform_assets.contracts import Contracts

DAYS = days_from(DAY, 4)
Delivery = Callable[[Platform, date], object]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Path]:
    """Two orders of customer 1 on day 1, one on day 3, all loaded into gold."""
    root = tmp_path_factory.mktemp("loaded")
    platform = platform_at(root, contracts)
    empty_shop(platform, DAYS)
    deliver_order(platform, DAYS[0], 1, lines=2)
    add(platform, "orders", DAYS[0], [order(2)])
    add(platform, "order_items", DAYS[0], [line(2)])
    deliver_order(platform, DAYS[2], 3, lines=1)
    platform.up_to_facts(DAYS)
    yield root


@pytest.fixture
def shop(loaded: Path, tmp_path: Path, contracts: Contracts) -> Platform:
    """A shop of its own for every test."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    return platform_at(tmp_path, contracts)


def add(platform: Platform, table: str, day: date, rows: list[dict[str, object]]) -> None:
    """One more file for a day, as a producer adds it: listed beside what the folder holds already."""
    folder = platform.landing / table / f"ingest_dt={day}"
    number = len(list(folder.glob("*.parquet")))
    platform.drop(table, folder.name, rows, file=f"part-{number:04d}.parquet", manifest=False)
    import polars as pl

    files = [(path, pl.read_parquet(path, hive_partitioning=False).height) for path in sorted(folder.glob("*.parquet"))]
    platform.producer_manifest(table, folder.name, files)


def deliver_order(platform: Platform, day: date, number: int, lines: int, event: date = DAY, **stated: object) -> None:
    at = f"{day}T12:00:00+00:00"
    total = 20.0 * lines
    add(platform, "orders", day, [order(number, event, gross_total=total, net_total=total, ingestion_ts=at) | stated])
    rows = [line(number, ingestion_ts=at, event_id=f"{number}-{day}-{n}", batch_id=str(day)) for n in range(lines)]
    add(platform, "order_items", day, rows)


def from_scratch(platform: Platform) -> Rows:
    """Dimensions and facts as built from the same lake into no file; the incremental file is put back."""
    path = platform.settings.warehouse
    kept = path.rename(path.with_suffix(".kept"))
    platform.facts()
    rows = gold_rows(platform)
    kept.replace(path)
    return rows


def facts(platform: Platform, columns: str, where: str = "true") -> list[tuple[object, ...]]:
    return platform.query(f"select {columns} from gold.fact_orders where {where} order by all")


def versions(platform: Platform, customer_id: str = "CUST-1") -> list[tuple[object, ...]]:
    return platform.query(
        "select cast(valid_from as date), cast(valid_to as date), loyalty_tier from gold.dim_customers"
        f" where customer_id = '{customer_id}' order by 1"
    )


def test_an_order_sent_again_later_with_fewer_lines_replaces_all_its_lines(shop: Platform) -> None:
    assert facts(shop, "line_no, line_total", "order_id = 'ORD-1'") == [(1, Decimal(20)), (2, Decimal(20))]

    deliver_order(shop, DAYS[3], 1, lines=1, payment_method="PayPal")
    shop.up_to_facts(DAYS[3:])

    line_now = facts(shop, "line_no, line_total, payment_method, line_ingest_dt", "order_id = 'ORD-1'")
    assert line_now == [(1, Decimal(20), "paypal", DAYS[3])]
    assert facts(shop, "order_id, count(*)", "true group by 1") == [("ORD-1", 1), ("ORD-2", 1), ("ORD-3", 1)]
    assert gold_rows(shop) == from_scratch(shop)


def test_an_order_that_a_correction_takes_back_leaves_the_fact(shop: Platform) -> None:
    for table, rows in (("orders", [order(2)]), ("order_items", [line(2)])):
        shutil.rmtree(shop.landing / table / f"ingest_dt={DAYS[0]}")
        shop.drop(table, f"ingest_dt={DAYS[0]}", rows, file="corrected.parquet")
    shop.up_to_facts(DAYS[:1])

    assert facts(shop, "order_id") == [("ORD-2",), ("ORD-3",)]


def test_an_older_delivery_that_is_loaded_last_does_not_overwrite_the_newer_one(shop: Platform) -> None:
    deliver_order(shop, DAYS[1], 3, lines=4, payment_method="PayPal")
    shop.up_to_facts(DAYS[1:2])

    assert facts(shop, "line_no, payment_method", "order_id = 'ORD-3'") == [(1, "credit card")]
    assert gold_rows(shop) == from_scratch(shop)


def test_a_changed_tier_re_keys_facts_as_of_their_event_and_a_late_older_version_splits_history_again(
    shop: Platform,
) -> None:
    deliver_order(shop, DAYS[3], 4, lines=1, event=DAYS[3])
    deliver_order(shop, DAYS[3], 5, lines=1, event=DAYS[1])
    shop.up_to_facts(DAYS[3:])
    assert {tier for _, tier in tiers(shop)} == {"bronze"}
    add(shop, "customers", DAYS[2], [customer(1, loyalty_tier="Gold")])
    shop.up_to_facts(DAYS)
    first = date(1900, 1, 1)
    assert versions(shop) == [(first, DAYS[2], "bronze"), (DAYS[2], None, "gold")]
    assert dict(tiers(shop)) == dict.fromkeys(("ORD-1", "ORD-2", "ORD-3", "ORD-5"), "bronze") | {"ORD-4": "gold"}
    assert gold_rows(shop) == from_scratch(shop)

    add(shop, "customers", DAYS[1], [customer(1, loyalty_tier="Silver")])
    shop.up_to_facts(DAYS)

    assert versions(shop) == [(first, DAYS[1], "bronze"), (DAYS[1], DAYS[2], "silver"), (DAYS[2], None, "gold")]
    assert tiers(shop) == [
        ("ORD-1", "bronze"), ("ORD-2", "bronze"), ("ORD-3", "bronze"), ("ORD-4", "gold"), ("ORD-5", "silver")
    ]  # fmt: skip
    assert gold_rows(shop) == from_scratch(shop)


def tiers(platform: Platform) -> list[tuple[object, ...]]:
    return platform.query(
        "select distinct order_id, loyalty_tier from gold.fact_orders"
        " join gold.dim_customers using (customer_key) order by 1"
    )


def withdraw(platform: Platform, day: date) -> None:
    """The day's orders and lines are delivered again as nothing."""
    for table in ("orders", "order_items"):
        platform.producer_manifest(table, f"ingest_dt={day}", [])


STORIES: list[Delivery] = [
    lambda shop, day: deliver_order(shop, day, 1, lines=3),
    lambda shop, day: deliver_order(shop, day, 3, lines=1, net_total=-5.0),
    lambda shop, day: deliver_order(shop, day, 7, lines=2, customer_id="CUST-7"),
    lambda shop, day: add(shop, "customers", day, [customer(7), customer(1, loyalty_tier="Platinum")]),
    lambda shop, day: add(shop, "product_catalog", day, [product(1, unit_price=12.5)]),
    lambda shop, day: withdraw(shop, day),
    lambda shop, day: deliver_order(shop, day, 2, lines=2, event=DAYS[2]),
]  # fmt: skip


def test_after_every_delivery_of_a_random_sequence_the_incremental_build_equals_one_from_scratch(
    shop: Platform,
) -> None:
    chance, changed = random.Random(1), 0
    for deliver in chance.sample(STORIES, 4):
        before, day = gold_rows(shop), chance.choice(DAYS)
        deliver(shop, day)
        shop.up_to_facts(DAYS)
        now = gold_rows(shop)
        assert now == from_scratch(shop)
        changed += now != before
    assert changed >= 2, "most deliveries reach gold"
