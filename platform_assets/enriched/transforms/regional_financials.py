"""Regional financials: where each order goes, the sales tax it bears there, and the revenue it brings.

Grain: one row per order that arrived on the day. Money in the shop's currency. Source: the day's partition of orders,
and the seed region_tax_rates. Partition: the events that arrived on the day.

- `region` is the two-letter state that stands before the ZIP code at the end of the shipping address; of the billing
  address only when there is no shipping address, because sales tax follows the destination. Military addresses (APO,
  FPO, DPO; AA, AE, AP), codes that the seed does not list and text of any other form are 'unknown'.
- Sales tax comes on top of prices: an order's net total is its lines less discounts and holds no tax. So
  `tax_amount` = net total x rate, to the cent, half away from zero, and `net_revenue` is the net total, as in gold:
  the tax is owed to the state and is neither part of the revenue nor taken out of it.
"""

from datetime import date

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import Series

from platform_assets.enriched.transforms.arithmetic import MONEY

RATE = pl.Decimal(7, 6)
TAXED = pl.Decimal(38, 8)  # money x rate has 8 places; fewer would round twice
UNKNOWN = "unknown"
STATE = r"(?i)\b([A-Z]{2})[,\s]+[0-9]{5}(?:-[0-9]{4})?\s*$"
MILITARY = r"(?i)\b[AFD]PO[,\s]+[A-Z]{2}[,\s]+[0-9-]+\s*$"


class RegionalFinancials(pa.DataFrameModel):
    """The shape and the rules of the result."""

    order_id: Series[pl.String] = pa.Field(unique=True, description="The order.")
    order_date: Series[pl.Datetime("us")] = pa.Field(description="When it was placed, UTC.")  # type: ignore[valid-type]
    order_channel: Series[pl.String] = pa.Field(nullable=True, description="Channel of the order.")
    region: Series[pl.String] = pa.Field(
        str_matches=r"^([A-Z]{2}|unknown)$", description="Two-letter state of the address, or unknown."
    )
    tax_rate: Series[RATE] = pa.Field(ge=0, le=1, description="Sales tax rate there, as a fraction.")  # type: ignore[valid-type]
    net_total: Series[MONEY] = pa.Field(ge=0, description="Lines less discounts, without tax.")  # type: ignore[valid-type]
    tax_amount: Series[MONEY] = pa.Field(ge=0, description="Net total × rate, to the cent.")  # type: ignore[valid-type]
    net_revenue: Series[MONEY] = pa.Field(ge=0, description="The net total: tax is no revenue.")  # type: ignore[valid-type]

    @pa.dataframe_check
    @classmethod
    def tax_is_net_total_times_rate(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("tax_amount") == _tax())

    @pa.dataframe_check
    @classmethod
    def revenue_holds_no_tax(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("net_revenue") == pl.col("net_total"))

    class Config:
        strict = True
        ordered = True


def regional_financials(orders: pl.LazyFrame, tax_rates: pl.LazyFrame, day: date) -> pl.LazyFrame:
    """One row per order of `orders`, which holds the arrivals of `day`; `tax_rates` has one row per region.

    Raises polars ComputeError when a region is listed twice.
    """
    rates = tax_rates.select("region", pl.col("tax_rate").cast(RATE))
    listed = rates.select("region", pl.col("region").alias("listed"))
    address = pl.coalesce("shipping_address", "billing_address")
    state = pl.when(~address.str.contains(MILITARY)).then(address.str.extract(STATE).str.to_uppercase())
    return (
        orders.with_columns(state.alias("region"))
        .join(listed, on="region", how="left", validate="m:1")
        .with_columns(pl.col("listed").fill_null(UNKNOWN).alias("region"))
        .join(rates, on="region", how="left", validate="m:1")
        .with_columns(_tax().alias("tax_amount"), pl.col("net_total").alias("net_revenue"))
        .select(list(RegionalFinancials.to_schema().columns))
        .sort("order_id")
    )


def _tax() -> pl.Expr:
    taxed = pl.col("net_total").cast(TAXED) * pl.col("tax_rate").cast(TAXED)
    return taxed.round(2, "half_away_from_zero").cast(MONEY)
