"""One small shop over days 1, 9 and 12, built up to each: every fact is right as of every one of them.

Day 1   customer 1: cart 1 (08:00) and order 1 (10:00) with product 1 twice; customer 2: cart 2 (09:00) and order 2
        (12:00) without lines. Order 1's product comes back on the same day (return 1).
Day 9   order 1 is stated again: of customer 2, on October 2 at 09:00, three units of product 2 at 20.00 less 6.00.
        Customer 2 is gold now. Return 2, of October 8, comes in.
Day 12  late: order 3 of customer 1 (October 1, 08:30), cart 3 of customer 2 (October 2, 08:00), return 3 (October 3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import Platform, customer, line, order, product
from end_to_end.convergence import Rows, gold_rows, platform_at
from gold.deliveries import cart, cart_item, deliver, returned, returned_line

from platform_assets.contracts import Contracts

DAY_1, DAY_9, DAY_12 = DAYS = (date(2025, 10, 1), date(2025, 10, 9), date(2025, 10, 12))


@dataclass(frozen=True)
class Story:
    """The warehouse's rows as built up to each day, by table, as mappings; and all rows of the last one."""

    known: dict[date, dict[str, list[dict[str, Any]]]]
    final: Rows

    def rows(self, table: str, day: date, key: str, *columns: str) -> dict[Any, tuple[Any, ...]]:
        """{key: columns} of a fact as of a day."""
        return {row[key]: tuple(row[column] for column in columns) for row in self.known[day][table]}


def land(platform: Platform, day: date) -> None:
    """What arrives on the day."""
    if day == DAY_1:
        deliver(platform, day,
                customers=[customer(1), customer(2)],
                product_catalog=[product(1), product(2, unit_price=20.0, cost_price=8.0, category="Books")],
                orders=[order(1, gross_total=30.0, net_total=30.0), order(2, order_date="2025-10-01 12:00:00",
                                                        customer_id="CUST-2", net_total=15.0,
                                                        shipping_address="No state")],
                order_items=[line(1, event_id="a"), line(1, event_id="b", quantity=1)],
                shopping_carts=[cart(1, "2025-10-01 08:00:00", cart_total=50.0),
                                cart(2, "2025-10-01 09:00:00", customer_id="CUST-2")],
                returns=[returned(1, 1, "2025-10-01")], return_items=[returned_line(1, 1)])  # fmt: skip
    if day == DAY_9:
        deliver(platform, day,
                customers=[customer(2, loyalty_tier="Gold")],
                orders=[order(1, order_date="2025-10-02 09:00:00", customer_id="CUST-2", gross_total=60.0,
                              net_total=50.0)],
                order_items=[line(1, 2, quantity=3, unit_price=20.0, discount_amount=6.0, cost_price=8.0)],
                returns=[returned(2, 1, "2025-10-08")],
                return_items=[returned_line(2, 1, refunded_amount=5.0)])  # fmt: skip
    if day == DAY_12:
        deliver(platform, day,
                orders=[order(3, order_date="2025-10-01 08:30:00", order_channel="Phone")],
                order_items=[line(3)],
                shopping_carts=[cart(3, "2025-10-02 08:00:00", customer_id="CUST-2", cart_total=None)],
                cart_items=[cart_item(1, 3, quantity=2), cart_item(2, 3, unit_price=7.0, category="Books")],
                returns=[returned(3, 2, "2025-10-03", customer_id="CUST-2")],
                return_items=[returned_line(3, 2)])  # fmt: skip


def as_mappings(platform: Platform) -> dict[str, list[dict[str, Any]]]:
    import duckdb

    found = {}
    with duckdb.connect(str(platform.settings.warehouse), read_only=True) as connection:
        for name in gold_rows(platform):
            result = connection.execute(f"select * from gold.{name}")
            columns = [column[0] for column in result.description]
            found[name] = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    return found


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Iterator[Story]:
    platform, known = platform_at(tmp_path_factory.mktemp("story"), contracts), {}
    for day in DAYS:
        land(platform, day)
        platform.up_to_facts([day])
        known[day] = as_mappings(platform)
    yield Story(known, gold_rows(platform))


def money(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def test_a_header_sums_its_lines_whichever_version_is_known(story: Story) -> None:
    counts = ("customer_id", "date_key", "line_count", "distinct_products", "quantity")
    amounts = ("gross_amount", "discount_amount", "net_revenue", "cost_amount", "gross_profit")
    # 2 x 10 and 1 x 10 of product 1 at a cost of 4 each; then 3 x 20 less 6 of product 2 at a cost of 8 each.
    first = ("CUST-1", 20251001, 2, 1, 3, *money("30", "0", "30", "12", "18"))
    changed = ("CUST-2", 20251002, 1, 1, 3, *money("60", "6", "54", "24", "30"))
    for day, expected in ((DAY_1, first), (DAY_9, changed), (DAY_12, changed)):
        assert story.rows("fact_order_headers", day, "order_id", *counts, *amounts)["ORD-1"] == expected
    margins = [story.rows("fact_order_headers", day, "order_id", "margin_pct")["ORD-1"] for day in DAYS]
    assert margins == [(0.6,), (0.555556,), (0.555556,)]  # 18 / 30 and 30 / 54


def test_an_order_without_lines_has_zeros_and_a_gap_of_all_it_states(story: Story) -> None:
    columns = ("line_count", "net_revenue", "gross_profit", "margin_pct", "stated_net_total", "gap_to_lines")
    rows = story.rows("fact_order_headers", DAY_12, "order_id", *columns)
    assert rows["ORD-2"] == (0, Decimal(0), Decimal(0), None, Decimal(15), Decimal(15))
    assert rows["ORD-1"][-2:] == money("50", "-4")  # its lines come to 54
    assert rows["ORD-3"][-1] == 0


def test_a_header_has_its_fees_and_the_region_and_tax_of_the_version_in_use(story: Story) -> None:
    fees = story.rows("fact_order_headers", DAY_12, "order_id", "shipping_charged", "shipping_actual", "payment_fee")
    assert fees["ORD-1"] == money("5", "4", "0.5")
    taxes = [story.rows("fact_order_headers", day, "order_id", "region", "tax_amount") for day in DAYS]
    # New Mexico takes 4.875 %: 1.4625 of 30.00, then 2.4375 of 50.00; 0.975 of 20.00.
    assert [known["ORD-1"] for known in taxes] == [("NM", Decimal(text)) for text in ("1.46", "2.44", "2.44")]
    assert taxes[-1]["ORD-2"] == ("unknown", Decimal(0))
    assert taxes[-1]["ORD-3"] == ("NM", Decimal("0.98"))


def test_an_order_claims_the_latest_cart_of_its_customer_even_when_the_cart_comes_late(story: Story) -> None:
    claimed = [story.rows("fact_order_headers", day, "order_id", "claimed_cart_id") for day in DAYS]
    assert [{order_id: cart_id for order_id, (cart_id,) in known.items()} for known in claimed] == [
        {"ORD-1": "CART-1", "ORD-2": "CART-2"},
        {"ORD-1": "CART-2", "ORD-2": "CART-2"},  # of customer 2 now
        {"ORD-1": "CART-3", "ORD-2": "CART-2", "ORD-3": "CART-1"},
    ]
    assert {row["is_recovered"] for row in story.known[DAY_12]["fact_order_headers"]} == {True}


def test_a_cart_belongs_to_the_first_order_that_claims_it_and_is_abandoned_when_that_order_moves_away(
    story: Story,
) -> None:
    columns = ("cart_status", "order_id", "order_channel", "time_to_purchase_hours", "abandoned_value")
    none = Decimal(0)
    second = ("converted", "ORD-2", "web", 3.0, none)
    assert [story.rows("fact_carts", day, "cart_id", *columns) for day in DAYS] == [
        {"CART-1": ("converted", "ORD-1", "web", 2.0, none), "CART-2": second},
        {"CART-1": ("abandoned", None, None, None, Decimal(50)), "CART-2": second},
        {
            "CART-1": ("converted", "ORD-3", "phone", 0.5, none),
            "CART-2": second,
            "CART-3": ("converted", "ORD-1", "web", 1.0, none),
        },
    ]


def test_a_cart_that_states_no_value_is_worth_its_items(story: Story) -> None:
    columns = ("cart_value", "item_count", "category_count")
    rows = story.rows("fact_carts", DAY_12, "cart_id", *columns)
    assert rows["CART-3"] == (Decimal(17), 3, 2)  # 2 x 5 and 1 x 7
    assert rows["CART-1"] == (Decimal(50), 0, 0)  # as stated; no items are known


def test_the_days_to_a_return_follow_the_order_and_late_returns_come_in(story: Story) -> None:
    days = [story.rows("fact_returns", day, "return_item_id", "days_to_return", "refunded_amount") for day in DAYS]
    ten = Decimal(10)
    assert days == [
        {"1": (0, ten)},
        {"1": (-1, ten), "2": (6, Decimal(5))},  # the order is of October 2 now
        {"1": (-1, ten), "2": (6, Decimal(5)), "3": (2, ten)},
    ]
    late = story.rows("fact_returns", DAY_12, "return_item_id", "date_key", "customer_id", "return_id", "reason")
    assert late["3"] == (20251003, "CUST-2", "RET-3", "too small")


def test_every_customer_stands_once_in_every_snapshot_day_however_many_are_on_disk(story: Story) -> None:
    tiers = {row["customer_key"]: row["loyalty_tier"] for row in story.known[DAY_12]["dim_customers"]}
    rows = [
        (row["snapshot_dt"], row["customer_id"], row["order_count"], row["net_clv"], tiers[row["customer_key"]])
        for row in story.known[DAY_12]["fact_customers"]
    ]
    assert sorted(rows) == [
        (DAY_1, "CUST-1", 1, Decimal(20), "bronze"),  # 30 spent, 10 refunded
        (DAY_1, "CUST-2", 1, Decimal(15), "bronze"),
        (DAY_9, "CUST-1", 0, Decimal(-20), "bronze"),  # returns 1 and 2: 10 each
        (DAY_9, "CUST-2", 2, Decimal(65), "gold"),  # gold from the day's start, so at its end
        (DAY_12, "CUST-1", 1, Decimal(0), "bronze"),
        (DAY_12, "CUST-2", 2, Decimal(55), "gold"),
    ]
    signals = {row["is_in_danger_zone"] for row in story.known[DAY_12]["fact_customers"]}
    assert signals == {False}


def test_sales_show_the_tier_of_the_day_of_the_order_and_hold_every_line_once(story: Story) -> None:
    columns = ("order_id", "category", "loyalty_tier", "region", "order_day", "year", "month", "day_of_week")
    rows = [tuple(row[column] for column in columns) for row in story.known[DAY_12]["fact_sales"]]
    second = date(2025, 10, 2)
    assert sorted(rows) == [
        ("ORD-1", "books", "bronze", "NM", second, 2025, 10, 4),  # a Thursday; gold came a week later
        ("ORD-3", "toys", "bronze", "NM", DAY_1, 2025, 10, 3),
    ]
    assert len(story.known[DAY_1]["fact_sales"]) == 2, "an order may hold a product twice"


def test_categories_are_counted_as_they_are_now(story: Story) -> None:
    counts = story.rows("dim_categories", DAY_12, "category", "product_count")
    assert counts == {"toys": (1,), "books": (1,), "unknown": (0,)}


def test_the_days_in_another_order_come_to_the_same_facts(story: Story, tmp_path: Path, contracts: Contracts) -> None:
    platform = platform_at(tmp_path, contracts)
    for day in DAYS:
        land(platform, day)
    platform.up_to_facts([DAY_12])
    platform.up_to_facts([DAY_1])
    platform.up_to_facts([DAY_9, DAY_12])  # what day 12 was built from has changed

    assert gold_rows(platform) == story.final
