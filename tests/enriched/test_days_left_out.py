"""Days that are left out: what of the history a table does not open, because no row there can matter.

Here: that leaving days out changes nothing. Not here: what the tables hold (the queries say it).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import DAY, Platform, days_from, empty_shop, line, order
from polars.testing import assert_frame_equal

from platform_assets.contracts import Contracts
from platform_assets.enriched.reading import EventDates, read_as_of, touched_dates
from platform_assets.enriched.tables import EnrichedTable, enriched_tables
from platform_assets.lake import PublishedContent
from platform_assets.lake.tables import MANIFEST_FILE
from platform_assets.settings import Settings
from platform_assets.silver.refresh import SilverRefresh
from sample_data import SampleConfig, generate

DAYS = days_from(DAY, 9)
THRESHOLDS: dict[str, dict[str, Any]] = {
    "attributed_purchases": {"claim_hours": 24},
    "cart_attribution": {"window_days": 2, "claim_hours": 24},
    "inventory_risk": {"trailing_days": 2},
    "sales_velocity": {"mean_days": 2, "mean_min_history": 1},
    "daily_business_metrics": {"claim_hours": 24, "mean_days": 2, "mean_min_history": 1, "spread_days": 3,
                               "spread_min_history": 2},
}  # fmt: skip
TABLES = [table.name for table in enriched_tables({}) if table.days_before]


def tables() -> dict[str, EnrichedTable]:
    return {table.name: table for table in enriched_tables(THRESHOLDS)}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Platform]:
    """Nine days of a small, dirty sample, with thresholds that look two or three days back."""
    root: Path = tmp_path_factory.mktemp("sample")
    config = SampleConfig(days=len(DAYS), orders_per_day=30, customers=30, products=10, returns_per_order=0.5)
    generate(config, root / "landing")
    environment = {"PLATFORM_DATA": str(root), "PLATFORM_START_DATE": str(DAY), "PLATFORM_MEMORY_LIMIT": "2GB"}
    platform = Platform(replace(Settings.from_env(environment), thresholds=THRESHOLDS), contracts)
    platform.up_to_silver(DAYS)
    platform.enriched(DAYS, only=TABLES)
    yield platform


@pytest.mark.parametrize("day", DAYS[4:])
@pytest.mark.parametrize("table", TABLES)
def test_a_day_is_what_its_transform_says_of_the_whole_history(sample: Platform, table: str, day: date) -> None:
    declared, published = tables()[table], PublishedContent()
    arguments: dict[str, Any] = {
        name: read_as_of(sample.lake, Path(), source, day, published) for name, source in declared.inputs.items()
    }
    if declared.restates:
        arguments["touched"] = touched_dates(sample.lake, declared.restates, day, published)
    if declared.limits:
        arguments["limits"] = declared.limits
    whole = declared.load()[0](**arguments, day=day).collect()
    assert_frame_equal(sample.rows("enriched", table, day), whole.sort(declared.key))


@pytest.mark.parametrize("table", ["cart_attribution", "inventory_risk"])
def test_a_day_before_the_window_is_not_opened(sample: Platform, table: str) -> None:
    """The bytes of a day that nothing may look at are ruined; which keys are stated twice is remembered."""
    before = sample.rows("enriched", table, DAYS[-1])
    ruined = [sample.lake.table("silver", name).data(DAYS[0]) for name in ("stg_orders", "stg_order_items")]
    whole = {path: path.read_bytes() for path in ruined}
    try:
        for path in ruined:
            path.write_bytes(b"\0" * path.stat().st_size)
        sample.enriched([DAYS[-1]], run_id="again", only=[table])
    finally:
        for path, content in whole.items():
            path.write_bytes(content)
    assert_frame_equal(sample.rows("enriched", table, DAYS[-1]), before)


def test_lines_of_an_order_that_moved_into_the_window_are_found_where_they_first_arrived(platform: Platform) -> None:
    """The order is of day 1, with two units; day 3 says that it is of day 3, and delivers no lines anew."""
    days = days_from(DAY, 4)
    empty_shop(platform, days)
    platform.drop("orders", f"ingest_dt={DAY}", [order(1)])
    platform.drop("order_items", f"ingest_dt={DAY}", [line(1)])
    platform.drop("orders", f"ingest_dt={days[2]}", [order(1, days[2], event_id="moved")])
    short = Platform(replace(platform.settings, thresholds=THRESHOLDS), platform.contracts)
    short.up_to_silver(days)
    short.enriched(days, only=["inventory_risk"])
    sold = {day: short.rows("enriched", "inventory_risk", day)["sales_volume"].to_list() for day in days}
    assert sold == {days[0]: [2], days[1]: [2], days[2]: [2], days[3]: [2]}


def test_the_mean_of_a_day_counts_the_first_of_the_days_that_it_covers(platform: Platform) -> None:
    """3, 5 and 4 units on three days: before the third, 8 in two days."""
    days = days_from(DAY, 3)
    empty_shop(platform, days)
    for number, (day, units) in enumerate(zip(days, (3, 5, 4), strict=True)):
        platform.drop("orders", f"ingest_dt={day}", [order(number, day)])
        platform.drop("order_items", f"ingest_dt={day}", [line(number, quantity=units)])
    short = Platform(replace(platform.settings, thresholds=THRESHOLDS), platform.contracts)
    short.up_to_silver(days)
    short.enriched(days, only=["sales_velocity"])
    velocity = short.rows("enriched", "sales_velocity", days[2])
    assert velocity.select("metric_dt", "quantity", "trailing_mean").rows() == [(days[2], 4, 4.0)]


def moved(platform: Platform, strict: bool = False) -> Platform:
    """Four days: an order and its line of two units on day 1, taken back by the shop; on day 4 the order, as of then."""
    days = days_from(DAY, 4)
    empty_shop(platform, days)
    platform.drop("orders", f"ingest_dt={DAY}", [order(1), order(2)])
    platform.drop("order_items", f"ingest_dt={DAY}", [line(1)])
    short = Platform(replace(platform.settings, thresholds=THRESHOLDS, strict=strict), platform.contracts)
    short.up_to_silver(days[:3])
    short.drop("orders", f"ingest_dt={DAY}", [order(2)])
    short.drop("orders", f"ingest_dt={days[3]}", [order(1, days[3])])
    return short


def sold_on_day_4(platform: Platform) -> list[int]:
    day = days_from(DAY, 4)[3]
    platform.enriched([day], only=["inventory_risk"])
    return platform.rows("enriched", "inventory_risk", day)["sales_volume"].to_list()


def test_lines_of_a_refused_day_are_found_although_their_order_is_first_stated_later(platform: Platform) -> None:
    """Strict gates keep the lines of day 1 as they were, because their order is not known any more."""
    shop = moved(platform, strict=True)
    verdicts = shop.up_to_silver([DAY])
    assert verdicts["stg_orders"][DAY].refused is None
    assert verdicts["stg_order_items"][DAY].refused
    shop.up_to_silver(days_from(DAY, 4)[3:])
    assert sold_on_day_4(shop) == [2]


def test_lines_are_found_while_only_their_orders_were_computed_again(platform: Platform) -> None:
    shop = moved(platform)
    shop.bronze([DAY])
    SilverRefresh(shop.settings, shop.lake, shop.contracts, (shop.contracts.silver["stg_orders"],), "test").run([DAY])
    shop.up_to_silver(days_from(DAY, 4)[3:])
    assert sold_on_day_4(shop) == [2]


def test_lines_are_found_while_the_first_day_of_orders_is_unfinished(platform: Platform) -> None:
    """As a crash in the middle of publishing leaves it: without a manifest."""
    shop = moved(platform)
    shop.drop("orders", f"ingest_dt={DAY}", [order(1), order(2)])
    shop.up_to_silver(days_from(DAY, 4))
    assert sold_on_day_4(shop) == [2]
    (shop.lake.table("silver", "stg_orders").day_folder(DAY) / MANIFEST_FILE).unlink()
    assert sold_on_day_4(shop) == [2]


def test_days_of_another_declaration_are_not_left_out(sample: Platform) -> None:
    """They may have other columns: what is read together does not depend on what can be left out."""
    day, table = DAYS[-1], sample.lake.table("silver", "stg_orders")
    orders, published = tables()["inventory_risk"].inputs["orders"], PublishedContent()
    manifests = published.manifests(table)

    def days_read() -> set[date]:
        found = read_as_of(sample.lake, Path(), orders, day, published, since=DAYS[-2]).collect()
        return set(found["_arrived_dt"])

    assert min(days_read()) > DAYS[0]
    manifests[DAYS[0]] = replace(manifests[DAYS[0]], contract_version="another")
    assert min(days_read()) == DAYS[0]


def dates_that_allow_it() -> list[EventDates]:
    inputs = [source for table in tables().values() for source in table.inputs.values()]
    return sorted({source.dates for source in inputs if source.dates}, key=lambda dates: dates.table)


@pytest.mark.parametrize("dates", dates_that_allow_it(), ids=lambda dates: dates.table)
def test_silver_refuses_what_would_stand_in_a_day_before_its_event_or_its_header(
    contracts: Contracts, dates: EventDates
) -> None:
    """An ingest day holds no event of a later date, and no line before its header: only then days may be left out."""
    nodes = {node["name"]: node for node in contracts.manifest["nodes"].values()}
    moment = nodes[dates.dated]["columns"][dates.column]
    rules = {constraint["expression"] for constraint in moment["constraints"] if constraint["type"] == "check"}
    assert rules & {f"{dates.column} < _arrived_dt + interval 1 day", f"{dates.column} <= _arrived_dt"}
    assert {"not_null"} <= {constraint["type"] for constraint in moment["constraints"]}
    if dates.table != dates.dated:
        header = nodes[dates.table]["columns"][dates.key]
        parents = [constraint for constraint in header["constraints"] if constraint["type"] == "foreign_key"]
        assert [(parent["to"], parent["to_columns"]) for parent in parents] == [(f"ref('{dates.dated}')", [dates.key])]
        assert "foreign_key" not in (header.get("config") or {}).get("meta", {})  # neither exempt nor a mere warning
