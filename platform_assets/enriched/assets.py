"""Enriched assets: one per table of tables.py.

Here: the asset factory. Not here: the computation (refresh.py) or its logic (transforms/).
"""

from datetime import date

import dagster as dg

from platform_assets.enriched.refresh import refresh_enriched
from platform_assets.enriched.tables import EnrichedTable, enriched_tables
from platform_assets.gates import DayVerdict, table_step
from platform_assets.lake import Lake
from platform_assets.settings import Settings

CHECKS = ("rules", "keys")


def enriched_assets(settings: Settings, partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """One asset `enriched/<table>` per enriched table. Raises ThresholdError when PLATFORM_THRESHOLDS is wrong."""
    return [_enriched_asset(settings, table, partitions) for table in enriched_tables(settings.thresholds)]


def _enriched_asset(
    settings: Settings, table: EnrichedTable, partitions: dg.PartitionsDefinition[str]
) -> dg.AssetsDefinition:
    spec = dg.AssetSpec(
        dg.AssetKey(["enriched", table.name]),
        deps=[
            dg.AssetKey([source.table.layer, source.table.name]) for source in table.lake_inputs(Lake(settings.lake))
        ],
        group_name="enriched",
        kinds={"polars"},
        description=table.description,
    )

    def refresh(context: dg.AssetExecutionContext, days: list[date]) -> list[DayVerdict]:
        verdicts = refresh_enriched(settings, Lake(settings.lake), table, days, context.run.run_id)
        verdicts[-1].notes["dagster/column_schema"] = _columns(table)  # importing Pandera is too slow for definitions
        return verdicts

    return table_step(spec, CHECKS, refresh, settings, partitions)


def _columns(table: EnrichedTable) -> dg.TableSchema:
    """The columns of the table's Pandera model."""
    _, model = table.load()
    declared = model.to_schema().columns.items()
    return dg.TableSchema(
        columns=[dg.TableColumn(name, str(column.dtype), column.description) for name, column in declared]
    )
