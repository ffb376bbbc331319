"""Product performance: units, money and rates of every product on every date on which something happened to it.

Grain: one row per date and product that was sold, returned or put into a cart on it. Units, and money in the shop's
currency. Source: lines of orders, returns and carts as known by the day, and the day's snapshot of products. Partition:
the event dates that the day's arrivals touch, stated anew for all products; a newer partition's statement holds. A
touched date on which nothing remains has no rows, in contrast to daily_business_metrics, which states it with zeros.

- The date of a line is its order's date, of a returned item its return's, of a cart item the day its cart was created.
  Rates relate what happened on the same date, whichever orders or carts it belongs to.
- The shop's orders are all completed, so that all are revenue. `gross_revenue` = Σ quantity x price; `net_revenue` is
  what remains after discounts and refunds, and may be negative on a date of returns.
- Margins are the revenues less the cost of the units sold; goods that come back are not credited. One line without a
  stated cost makes the margins of its row unknown (null): leaving its cost out would overstate them.
- `return_rate` is null without sales, `cart_to_order_rate` without carts, `margin_pct` (gross margin / gross revenue, as
  a fraction, may be negative) without revenue or margin. Prices and names are the catalogue's of the day, not the lines'.
"""

from datetime import date

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import Series

from platform_assets.enriched.transforms.arithmetic import MONEY, RATE_PLACES, rate
from platform_assets.enriched.transforms.event_dates import on_event_dates

KEY = ("metric_dt", "product_id")
UNITS = ("units_sold", "units_returned", "units_in_carts")
AMOUNTS = ("gross_revenue", "discount_amount", "cost_amount", "refunded_amount")


class ProductPerformance(pa.DataFrameModel):
    """The shape and the rules of the result."""

    metric_dt: Series[pl.Date] = pa.Field(description="The date.")
    product_id: Series[pl.String] = pa.Field(description="The product.")
    product_name: Series[pl.String] = pa.Field(nullable=True, description="Name in the day's catalogue.")
    category: Series[pl.String] = pa.Field(nullable=True, description="Category in the day's catalogue.")
    unit_price: Series[MONEY] = pa.Field(nullable=True, ge=0, description="Price of a unit in the day's catalogue.")  # type: ignore[valid-type]
    cost_price: Series[MONEY] = pa.Field(nullable=True, ge=0, description="Cost of a unit in the day's catalogue.")  # type: ignore[valid-type]
    units_sold: Series[pl.Int64] = pa.Field(ge=0, description="Units in orders placed on the date.")
    units_returned: Series[pl.Int64] = pa.Field(ge=0, description="Units in returns made on the date.")
    units_in_carts: Series[pl.Int64] = pa.Field(ge=0, description="Units in carts created on the date.")
    gross_revenue: Series[MONEY] = pa.Field(ge=0, description="Quantity × price of the lines.")  # type: ignore[valid-type]
    discount_amount: Series[MONEY] = pa.Field(ge=0, description="Discounts on the lines.")  # type: ignore[valid-type]
    gross_margin: Series[MONEY] = pa.Field(  # type: ignore[valid-type]
        nullable=True, description="Gross revenue less cost; null when a line has no cost."
    )
    refunded_amount: Series[MONEY] = pa.Field(ge=0, description="Refunds of the returns.")  # type: ignore[valid-type]
    net_revenue: Series[MONEY] = pa.Field(description="Gross revenue less discounts and refunds.")  # type: ignore[valid-type]
    net_margin: Series[MONEY] = pa.Field(nullable=True, description="Gross margin less discounts and refunds.")  # type: ignore[valid-type]
    return_rate: Series[pl.Float64] = pa.Field(
        nullable=True, ge=0, le=1, description="Units returned / sold, at most 1; null without sales."
    )
    cart_to_order_rate: Series[pl.Float64] = pa.Field(
        nullable=True, ge=0, le=1, description="Units sold / in carts, at most 1; null without carts."
    )
    margin_pct: Series[pl.Float64] = pa.Field(
        nullable=True, le=1, description="Gross margin / gross revenue, as a fraction."
    )

    @pa.dataframe_check
    @classmethod
    def something_happened(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.any_horizontal(pl.col(name) > 0 for name in UNITS))

    @pa.dataframe_check
    @classmethod
    def net_is_gross_less_discounts_and_refunds(cls, data: pa.PolarsData) -> pl.LazyFrame:
        taken = pl.col("discount_amount") + pl.col("refunded_amount")
        revenue = pl.col("net_revenue") == pl.col("gross_revenue") - taken
        margin = pl.col("net_margin").eq_missing((pl.col("gross_margin") - taken).cast(MONEY))
        return data.lazyframe.select(revenue & margin)

    @pa.dataframe_check
    @classmethod
    def rates_are_known_exactly_when_defined(cls, data: pa.PolarsData) -> pl.LazyFrame:
        defined = {
            "return_rate": pl.col("units_sold") > 0,
            "cart_to_order_rate": pl.col("units_in_carts") > 0,
            "margin_pct": (pl.col("gross_revenue") != 0) & pl.col("gross_margin").is_not_null(),
        }
        return data.lazyframe.select(pl.all_horizontal(pl.col(n).is_not_null() == is_ for n, is_ in defined.items()))

    class Config:
        strict = True
        ordered = True
        unique = ["metric_dt", "product_id"]  # noqa: RUF012 Pandera takes a list only


def days_before(limits: None) -> int:
    """How many days before the first of `touched` something may matter: none."""
    return 0


def product_performance(
    products: pl.LazyFrame, orders: pl.LazyFrame, order_items: pl.LazyFrame, returns: pl.LazyFrame,
    return_items: pl.LazyFrame, carts: pl.LazyFrame, cart_items: pl.LazyFrame, touched: list[date], day: date,
) -> pl.LazyFrame:  # fmt: skip
    """One row per date of `touched` and product with activity, as known by the end of `day`."""
    sold = on_event_dates(order_items, orders, "order_id", "order_date", touched)
    returned = on_event_dates(return_items, returns, "return_id", "return_date", touched)
    in_carts = on_event_dates(cart_items, carts, "cart_id", "created_at", touched)
    # Stacked and summed once: joining the three to each other would multiply rows, or lose those without a partner.
    activity = pl.concat([_sales(sold), _returns(returned), _carts(in_carts)], how="diagonal").group_by(KEY)
    catalogue = products.select("product_id", "product_name", "category", "unit_price", "cost_price")
    return (
        activity.agg(
            pl.col(UNITS).sum(), pl.col(AMOUNTS).sum().cast(MONEY), pl.col("has_no_cost").any(ignore_nulls=True)
        )
        .with_columns(*_margins())
        .with_columns(*_rates())
        .join(catalogue, on="product_id", how="left")
        .select(list(ProductPerformance.to_schema().columns))
        .sort(KEY)
    )


def _sales(lines: pl.LazyFrame) -> pl.LazyFrame:
    quantity = pl.col("quantity").cast(pl.Int64)
    return lines.select(
        *KEY,
        quantity.alias("units_sold"),
        (quantity * pl.col("unit_price")).alias("gross_revenue"),
        pl.col("discount_amount"),
        (quantity * pl.col("cost_price")).alias("cost_amount"),
        pl.col("cost_price").is_null().alias("has_no_cost"),
    )


def _returns(items: pl.LazyFrame) -> pl.LazyFrame:
    return items.select(*KEY, pl.col("quantity_returned").cast(pl.Int64).alias("units_returned"), "refunded_amount")


def _carts(items: pl.LazyFrame) -> pl.LazyFrame:
    return items.select(*KEY, pl.col("quantity").cast(pl.Int64).alias("units_in_carts"))


def _margins() -> list[pl.Expr]:
    gross, taken = pl.col("gross_revenue"), pl.col("discount_amount") + pl.col("refunded_amount")
    margin = pl.when(~pl.col("has_no_cost")).then(gross - pl.col("cost_amount"))
    return [
        margin.cast(MONEY).alias("gross_margin"),
        (gross - taken).cast(MONEY).alias("net_revenue"),
        (margin - taken).cast(MONEY).alias("net_margin"),
    ]


def _rates() -> list[pl.Expr]:
    gross, margin = pl.col("gross_revenue"), pl.col("gross_margin")
    share = (margin.cast(pl.Float64) / gross.cast(pl.Float64)).round(RATE_PLACES)
    return [
        rate(pl.col("units_returned"), pl.col("units_sold")).alias("return_rate"),
        rate(pl.col("units_sold"), pl.col("units_in_carts")).alias("cart_to_order_rate"),
        pl.when(gross != 0).then(share).alias("margin_pct"),
    ]
