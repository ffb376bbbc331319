"""The enriched tables: one entry each, with what it reads and what a day of it holds.

Here: the list. Not here: the transforms' logic, how inputs are read (reading.py), publishing (refresh.py).

What partition D holds is one of
- (E) the events that arrived on D,
- (S) the full state as of D,
- (R) the event dates that D's arrivals touch, restated: of two partitions that state a date, the newer holds.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_assets.contracts import VERSION_ORDER
from platform_assets.enriched import thresholds
from platform_assets.enriched.reading import (
    EnrichedInput,
    EventDates,
    Reading,
    arrived,
    lake_inputs,
    newest,
    newest_delivery,
    seed,
    snapshot,
)
from platform_assets.enriched.thresholds import ThresholdError, check_claims, with_overrides
from platform_assets.lake import Input, Lake

if TYPE_CHECKING:
    import polars as pl

HERE = Path(__file__).parent
# What a transform sees and what it makes of it. Read once: the version is that of the code which runs, not of what
# somebody pulls meanwhile.
CODE = [
    path.read_bytes() for path in (HERE / "reading.py", HERE / "versions.py", *sorted(HERE.glob("transforms/*.py")))
]
ORDER_DATES = EventDates("stg_orders", "order_id", "stg_orders", "order_date")
LINE_DATES = EventDates("stg_order_items", "order_id", "stg_orders", "order_date")
CART_DATES = EventDates("stg_shopping_carts", "cart_id", "stg_shopping_carts", "created_at")
CART_ITEM_DATES = EventDates("stg_cart_items", "cart_id", "stg_shopping_carts", "created_at")
RETURN_DATES = EventDates("stg_returns", "return_id", "stg_returns", "return_date")
RETURN_ITEM_DATES = EventDates("stg_return_items", "return_id", "stg_returns", "return_date")
# What says where its dates are is given to transforms with `days_before` without days that cannot matter to them.
# ALL_ORDERS does not: the first order of all matters.
ALL_ORDERS = newest("stg_orders", "order_id")
ORDERS = newest("stg_orders", "order_id", ORDER_DATES)
LINES = newest_delivery("stg_order_items", "order_id", LINE_DATES)
CARTS = newest("stg_shopping_carts", "cart_id", CART_DATES)
CART_ITEMS = newest("stg_cart_items", "cart_item_id", CART_ITEM_DATES)
RETURNS = newest("stg_returns", "return_id", RETURN_DATES)
RETURN_ITEMS = newest("stg_return_items", "return_item_id", RETURN_ITEM_DATES)


@dataclass(frozen=True)
class EnrichedTable:
    """One table. `inputs` maps the transform's arguments to what they read.

    The transform and its Pandera model live in transforms/<name>.py, as `<name>` and `<Name>`; they are imported when
    a day is computed, because Polars and Pandera are slow to import. A table with `restates` (R) is also given
    `touched`, the event dates that the day's arrivals touch; one with `limits` its thresholds. `zscores` are columns
    whose value on the day itself is something to look at beyond `limits.anomaly_zscore`. A transform that does not look
    at the whole history says how far it does, in `days_before`.
    """

    name: str
    description: str
    key: tuple[str, ...]
    inputs: Mapping[str, EnrichedInput]
    restates: tuple[EventDates, ...] = ()
    limits: Any = None
    min_rows: int = 0
    zscores: tuple[str, ...] = ()

    def load(self) -> tuple[Callable[..., "pl.LazyFrame"], Any]:
        """The transform and its Pandera model."""
        module = import_module(f"platform_assets.enriched.transforms.{self.name}")
        return getattr(module, self.name), getattr(module, self.name.title().replace("_", ""))

    @property
    def days_before(self) -> Callable[[Any], int] | None:
        """How many days before the first date asked for a transform looks at, given its thresholds; None: at all."""
        return getattr(import_module(f"platform_assets.enriched.transforms.{self.name}"), "days_before", None)

    def lake_inputs(self, lake: Lake) -> list[Input]:
        """The upstream days that a day depends on."""
        return lake_inputs(lake, self.inputs.values(), self.restates)

    def version(self, dbt_project: Path) -> str:
        """Changes when the code of reading or of the transforms, what the table reads, its thresholds or its seeds
        change: then its days are stale."""
        parts = [*CODE, repr((VERSION_ORDER, self.inputs, self.restates, self.limits)).encode()]
        seeds = [source.table for source in self.inputs.values() if source.reading is Reading.SEED]
        parts += [(dbt_project / "seeds" / f"{name}.csv").read_bytes() for name in seeds]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def enriched_tables(overrides: Mapping[str, Mapping[str, Any]]) -> list[EnrichedTable]:
    """All enriched tables, with the deployment's thresholds. Raises ThresholdError when an override is wrong."""
    tables = _purchases_and_carts() + _customers() + _products() + _day_and_order_economics()
    limited = {table.name for table in tables if table.limits}
    if unknown := sorted(overrides.keys() - limited):
        raise ThresholdError(f"[{unknown[0]}]: no table with thresholds: write one of {', '.join(sorted(limited))}.")
    tables = [replace(table, limits=with_overrides(table.limits, table.name, overrides)) for table in tables]
    check_claims({table.name: table.limits for table in tables})
    return tables


def _purchases_and_carts() -> list[EnrichedTable]:
    return [
        EnrichedTable(
            name="attributed_purchases",
            description="(E) Orders that arrived on the day, each with the cart that it claims.",
            key=("order_id",),
            inputs={"orders": arrived("stg_orders"), "carts": CARTS},
            limits=thresholds.AttributedPurchases(),
        ),
        EnrichedTable(
            name="cart_attribution",
            description="Carts created in the last three days, as known by the end of the day, with the first order"
            " that claimed each.",
            key=("cart_id",),
            inputs={"carts": CARTS, "cart_items": CART_ITEMS, "orders": ORDERS},
            limits=thresholds.CartAttribution(),
        ),
    ]


def _customers() -> list[EnrichedTable]:
    return [
        EnrichedTable(
            name="customer_lifetime_value",
            description="(S) What every known customer bought, returned and is worth, as of the end of the day.",
            key=("customer_id",),
            inputs={"customers": snapshot("customers"), "orders": ALL_ORDERS, "returns": RETURNS},
            limits=thresholds.CustomerLifetimeValue(),
            min_rows=1,
        ),
        EnrichedTable(
            name="customer_retention_signals",
            description="(S) Who should be spoken to: customers who may not come back, as of the end of the day.",
            key=("customer_id",),
            inputs={"customers": snapshot("customers"), "orders": ALL_ORDERS},
            limits=thresholds.CustomerRetentionSignals(),
            min_rows=1,
        ),
    ]


def _products() -> list[EnrichedTable]:
    return [
        EnrichedTable(
            name="inventory_risk",
            description="(S) Stock against the sales and returns of the last four weeks, as of the end of the day.",
            key=("product_id",),
            inputs={
                "products": snapshot("product_catalog"),
                "orders": ORDERS,
                "order_items": LINES,
                "returns": RETURNS,
                "return_items": RETURN_ITEMS,
            },
            limits=thresholds.InventoryRisk(),
            min_rows=1,
        ),
        EnrichedTable(
            name="product_performance",
            description="(R) Units, money and rates of every product on every date with activity.",
            key=("metric_dt", "product_id"),
            inputs={
                "products": snapshot("product_catalog"),
                "orders": ORDERS,
                "order_items": LINES,
                "returns": RETURNS,
                "return_items": RETURN_ITEMS,
                "carts": CARTS,
                "cart_items": CART_ITEMS,
            },
            restates=(ORDER_DATES, LINE_DATES, RETURN_DATES, RETURN_ITEM_DATES, CART_DATES, CART_ITEM_DATES),
        ),
        EnrichedTable(
            name="sales_velocity",
            description="(R) Units of every product on every date with sales, against the mean of the week before.",
            key=("metric_dt", "product_id"),
            inputs={"orders": ALL_ORDERS, "order_items": LINES},
            restates=(ORDER_DATES, LINE_DATES),
            limits=thresholds.SalesVelocity(),
        ),
    ]


def _day_and_order_economics() -> list[EnrichedTable]:
    return [
        EnrichedTable(
            name="daily_business_metrics",
            description="(R) Orders, revenue, carts and returns by date, with trailing means and an anomaly flag.",
            key=("metric_dt",),
            inputs={"orders": ALL_ORDERS, "carts": CARTS, "returns": RETURNS},
            restates=(ORDER_DATES, CART_DATES, RETURN_DATES),
            limits=thresholds.DailyBusinessMetrics(),
            min_rows=1,
            zscores=("orders_zscore", "order_value_zscore", "return_rate_zscore"),
        ),
        EnrichedTable(
            name="regional_financials",
            description="(E) Orders that arrived on the day, with region and tax by their address.",
            key=("order_id",),
            inputs={"orders": arrived("stg_orders"), "tax_rates": seed("region_tax_rates")},
        ),
        EnrichedTable(
            name="shipping_economics",
            description="(E) Orders that arrived on the day: what shipping was charged and what it cost.",
            key=("order_id",),
            inputs={"orders": arrived("stg_orders")},
        ),
    ]
