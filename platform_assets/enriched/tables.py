"""The enriched tables: which transform, from which inputs, as of when.

Here: one entry per table, and reading its inputs. Not here: the transforms' logic, publishing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from platform_assets.lake import Input, Lake, LakeTable, PublishedContent, Scope

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class EnrichedTable:
    """One table. `inputs` maps the transform's argument to (layer, table, key): silver as of the day, dims of the day.

    `transform` imports Polars and Pandera, so it is given as a function that returns (transform, Pandera model).
    """

    name: str
    description: str
    key: tuple[str, ...]
    inputs: Mapping[str, tuple[str, str, tuple[str, ...]]]
    load: Callable[[], tuple[Callable[..., "pl.LazyFrame"], Any]]
    min_rows: int


def _customer_lifetime_value() -> tuple[Callable[..., "pl.LazyFrame"], Any]:
    from platform_assets.enriched.transforms import customer_lifetime_value as module

    return module.customer_lifetime_value, module.CustomerLifetimeValue


def enriched_tables() -> list[EnrichedTable]:
    """All enriched tables."""
    return [
        EnrichedTable(
            name="customer_lifetime_value",
            description="What every known customer bought, returned and is worth, as of the end of the day.",
            key=("customer_id",),
            inputs={
                "customers": ("dims", "customers", ("customer_id",)),
                "orders": ("silver", "stg_orders", ("order_id",)),
                "returns": ("silver", "stg_returns", ("return_id",)),
            },
            load=_customer_lifetime_value,
            min_rows=1,
        ),
    ]


def enriched_inputs(lake: Lake, table: EnrichedTable) -> list[Input]:
    """The day's snapshot of a dimension, and all silver days up to the day."""
    return [
        Input(lake.table(layer, name), Scope.DAY if layer == "dims" else Scope.THROUGH)
        for layer, name, _ in table.inputs.values()
    ]


def read_as_of(lake: Lake, table: EnrichedTable, day: date, published: PublishedContent) -> "dict[str, pl.LazyFrame]":
    """The transform's arguments as known by the end of `day`: exactly one snapshot, the newest version of each key."""
    import polars as pl

    frames = {}
    for argument, (layer, name, key) in table.inputs.items():
        source = lake.table(layer, name)
        if layer == "dims":
            frames[argument] = pl.scan_parquet(source.data(day), hive_partitioning=False)
        else:
            frames[argument] = _newest_versions(source, key, day, published)
    return frames


def _newest_versions(source: LakeTable, key: tuple[str, ...], day: date, published: PublishedContent) -> "pl.LazyFrame":
    """Only keys that repeat are ranked: most keys have one version, and ranking a whole history is what costs."""
    import polars as pl

    files = [source.data(known) for known in sorted(published.manifests(source)) if known <= day]
    history = pl.scan_parquet(files, hive_partitioning=False)
    repeats = pl.len().over(key) > 1
    order = [pl.col(name) for name in ("_arrived_dt", "ingestion_ts", "event_id")]
    newest = history.filter(repeats).sort(*order, nulls_last=False).unique(key, keep="last")
    return pl.concat([history.filter(~repeats), newest])
