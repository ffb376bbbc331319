"""Whatever silver and enriched days are published again, facts built on what changed equal facts built from nothing.

The days are written as the lake publishes them, with hostile versions: orders, carts and returned items that change
customer, time or parent, withdrawn statements, late members, ids that nobody knows.
"""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from conftest import DAY, Platform, days_from
from end_to_end.convergence import Rows, gold_rows

from platform_assets.gold import Warehouse
from platform_assets.lake import Manifest

DAYS = days_from(DAY, 5)
TYPES: dict[str, Any] = {
    "text": pl.String,
    "integer": pl.Int32,
    "bigint": pl.Int64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
    "double": pl.Float64,
    "decimal(18,2)": pl.Decimal(18, 2),
}
CUSTOMERS, PRODUCTS = ["C1", "C2", "C3"], ["1", "2"]
CARTS, ITEMS = [f"K{number}" for number in range(5)], [str(number) for number in range(8)]
ORDERS, RETURNS, RETURNED = [f"O{number}" for number in range(7)], ["R1", "R2", "R3"], ["1", "2", "3", "4"]
CLAIM_EDGES = (0, 0, 6, 12, 24, 36, 47, 48, 60, 72, 96)
ROUNDS = 8
Row = dict[str, Any]


class Chance(random.Random):
    """Random statements of each table."""

    def some(self, keys: list[str]) -> list[str]:
        return self.sample(keys, self.randint(0, len(keys) * 2 // 3))

    def time(self) -> datetime:
        return datetime(2025, 10, 1) + timedelta(hours=self.choice(CLAIM_EDGES), minutes=self.choice([0, 0, 30]))

    def money(self) -> Decimal:
        return Decimal(self.choice(["0.00", "5.00", "10.50", "99.99"]))

    def who(self) -> str:
        return self.choice([*CUSTOMERS, "GUEST-1"])


STATEMENTS: dict[str, Callable[[Chance], list[Row]]] = {
    "stg_customers": lambda c: [
        {"customer_id": key, "loyalty_tier": c.choice(["bronze", "gold", None])} for key in c.some(CUSTOMERS)
    ],
    "stg_product_catalog": lambda c: [
        {"product_id": key, "unit_price": c.money(), "category": c.choice(["toys", None])} for key in c.some(PRODUCTS)
    ],
    "stg_orders": lambda c: [
        {"order_id": key, "customer_id": c.who(), "order_date": c.time(), "net_total": c.money()}
        for key in c.some(ORDERS)
    ],
    "stg_order_items": lambda c: [
        {
            "order_id": key,
            "line_no": number,
            "product_id": c.choice(PRODUCTS),
            "quantity": c.randint(1, 3),
            "unit_price": c.money(),
            "cost_price": c.choice([None, c.money()]),
        }
        for key in c.some(ORDERS)
        for number in range(c.randint(1, 2))
    ],
    "stg_shopping_carts": lambda c: [
        {"cart_id": key, "customer_id": c.who(), "created_at": c.time(), "cart_total": c.choice([None, c.money()])}
        for key in c.some(CARTS)
    ],
    "stg_cart_items": lambda c: [
        {"cart_item_id": key, "cart_id": c.choice(CARTS), "quantity": c.randint(1, 3), "unit_price": c.money()}
        for key in c.some(ITEMS)
    ],
    "stg_returns": lambda c: [
        {"return_id": key, "customer_id": c.who(), "return_date": c.time().date()} for key in c.some(RETURNS)
    ],
    "stg_return_items": lambda c: [
        {
            "return_item_id": key,
            "return_id": c.choice(RETURNS),
            "order_id": c.choice(ORDERS),
            "product_id": c.choice(PRODUCTS),
            "quantity_returned": 1,
        }
        for key in c.some(RETURNED)
    ],
    "regional_financials": lambda c: [
        {"order_id": key, "region": c.choice(["NM", "TX"]), "tax_amount": c.money()} for key in c.some(ORDERS)
    ],
    "customer_lifetime_value": lambda c: [{"customer_id": key, "net_clv": c.money()} for key in c.some(CUSTOMERS)],
    "customer_retention_signals": lambda c: [
        {"customer_id": key, "is_in_danger_zone": c.choice([True, False])} for key in c.some(CUSTOMERS)
    ],
}


def publish(platform: Platform, name: str, day: date, chance: Chance, rows: list[Row] | None = None) -> None:
    """A day of a table, published anew with these rows, or with others by chance."""
    given = STATEMENTS[name](chance) if rows is None else rows
    inputs = Warehouse(platform.settings, platform.contracts).inputs
    table, types = next((table, types) for table, types in inputs.items() if table.name == name)
    schema = {column: TYPES[kind] for column, kind in types.items()}
    stated = {"_arrived_dt": lambda: chance.choice([day, DAY]), "event_id": lambda: str(chance.randint(0, 99)),
              "ingestion_ts": lambda: datetime(2025, 10, 1, chance.randint(0, 3))}  # fmt: skip
    rows = [{column: make() for column, make in stated.items()} | row for row in given]
    staged = platform.lake.root / "staged.parquet"
    staged.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema).write_parquet(staged)
    manifest = Manifest.of_file(table.key, day, staged, len(rows), {})
    platform.lake.publish(day, [(table, staged, manifest)], "test")


def build_facts(platform: Platform) -> Rows:
    """All rows of dimensions and facts, built on what changed."""
    platform.facts()
    return gold_rows(platform)


def test_facts_built_on_changes_equal_facts_built_from_nothing(platform: Platform) -> None:
    assert STATEMENTS.keys() == {table.name for table in Warehouse(platform.settings, platform.contracts).inputs}
    chance = Chance(1)
    for name in STATEMENTS:
        for day in DAYS[:2]:
            publish(platform, name, day, chance)
    before, file, changed = build_facts(platform), platform.settings.warehouse, 0
    for _ in range(ROUNDS):
        for name in chance.sample(list(STATEMENTS), 2):
            publish(platform, name, chance.choice(DAYS), chance)
        built_on_changes = build_facts(platform)
        kept = file.rename(file.with_suffix(".kept"))
        assert built_on_changes == build_facts(platform)
        kept.replace(file)
        changed += built_on_changes != before
        before = built_on_changes
    assert changed > ROUNDS / 2, "most rounds reach gold"


def test_a_cart_loses_an_item_whose_day_no_longer_states_it_whichever_of_its_days_that_is(platform: Platform) -> None:
    """Three items of one cart, of a day each. The second's day, then the first's are published again without them."""
    chance, price = Chance(1), {"1": "5.00", "2": "7.00", "3": "11.00"}
    cart = {"cart_id": "K1", "customer_id": "GUEST-1", "created_at": datetime(2025, 10, 1)}
    publish(platform, "stg_shopping_carts", DAYS[0], chance, [cart])
    for day, (item, unit_price) in zip(DAYS[1:], price.items(), strict=False):
        row = {"cart_item_id": item, "cart_id": "K1", "quantity": 1, "unit_price": Decimal(unit_price)}
        publish(platform, "stg_cart_items", day, chance, [row])
    values = []
    for day in (None, DAYS[2], DAYS[1]):
        if day:
            publish(platform, "stg_cart_items", day, chance, [])
        platform.facts()
        values += platform.query("select cart_value, item_count from gold.fact_carts")
    assert values == [(Decimal(23), 3), (Decimal(16), 2), (Decimal(11), 1)]
