"""Silver assets: dbt models as Dagster assets, published by us.

Here: the asset factories for masters and the rest of silver, and the quarantine tables beside them. Not here:
computing a day (refresh.py).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt.asset_specs import build_dbt_asset_specs

from platform_assets.contracts import Contracts, SilverModel
from platform_assets.contracts.translator import PlatformTranslator
from platform_assets.gates import Check, DayVerdict, GatedTable, attempted, gate_specs, report
from platform_assets.lake import Lake
from platform_assets.partitions import parse_day
from platform_assets.settings import Settings
from platform_assets.silver.audit import RULE_FIGURES
from platform_assets.silver.refresh import SilverRefresh

CHECKS = ("shape", "rules", "keys", "reconciliation")
BAR = 24  # characters of the longest bar of a picture


def silver_assets(
    settings: Settings, contracts: Contracts, partitions: dg.PartitionsDefinition[str]
) -> list[dg.AssetsDefinition]:
    """Two steps: the masters, whose snapshots are parents of the rest, and the rest."""
    return [
        _silver_step("silver_masters", "tag:masters", "", settings, contracts, partitions),
        _silver_step("silver", "config.schema:silver", "tag:masters", settings, contracts, partitions),
    ]


def _silver_step(
    name: str, select: str, exclude: str, settings: Settings, contracts: Contracts,
    partitions: dg.PartitionsDefinition[str],
) -> dg.AssetsDefinition:  # fmt: skip
    specs = build_dbt_asset_specs(
        manifest=contracts.manifest, dagster_dbt_translator=PlatformTranslator(), select=select, exclude=exclude
    )
    models = [contracts.silver[spec.key.path[-1]] for spec in specs]

    @dg.multi_asset(
        name=name,
        specs=[*specs, *(_quarantine_spec(model) for model in models)],
        check_specs=gate_specs([_silver(model) for model in models], settings.strict),
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def silver(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        days = [parse_day(key) for key in context.partition_keys]
        asked = context.selected_asset_keys | {check.asset_key for check in context.selected_asset_check_keys}
        chosen = [model for model in contracts.silver.values() if {_silver(model).key, _quarantine(model).key} & asked]
        refresh = SilverRefresh(settings, Lake(settings.lake), contracts, tuple(chosen), context.run.run_id)
        verdicts = attempted(context, settings.retries, lambda: refresh.run(days))
        tables: dict[GatedTable, list[DayVerdict]] = {}
        for model in chosen:
            tables[_silver(model)] = verdicts[model.name]
            if _quarantine(model).key in context.selected_asset_keys:
                tables[_quarantine(model)] = [
                    _quarantined(model, refresh.lake, verdict) for verdict in verdicts[model.name]
                ]
        yield from report(context, tables, settings.strict)

    return silver


def _silver(model: SilverModel) -> GatedTable:
    quarantine = dg.AssetKey(["quarantine", model.quarantine])
    return GatedTable(dg.AssetKey(["silver", model.name]), CHECKS, beside=quarantine)


def _quarantine(model: SilverModel) -> GatedTable:
    return GatedTable(dg.AssetKey(["quarantine", model.quarantine]), (), beside=dg.AssetKey(["silver", model.name]))


def _quarantine_spec(model: SilverModel) -> dg.AssetSpec:
    return dg.AssetSpec(
        _quarantine(model).key,
        deps=[_silver(model).key],
        group_name="quarantine",
        kinds={"parquet"},
        description=f"Rows refused by {model.name}: as they came, with their reasons and lineage.",
    )


def _quarantined(model: SilverModel, lake: Lake, verdict: DayVerdict) -> DayVerdict:
    """The quarantine's side of a silver table's day."""
    rows, share = int(verdict.numbers.get("quarantine_rows", 0)), verdict.numbers.get("quarantined_share", 0.0)
    rules = verdict.checks.get("rules", Check(False)).numbers
    reasons = {name: int(rows) for name, rows in rules.items() if name not in RULE_FIGURES}
    notes = {
        "path": lake.table("quarantine", model.quarantine).data(verdict.day),
        "reasons": dg.MetadataValue.md(_reason_bars(reasons)),
    }
    return DayVerdict(verdict.day, rows, {}, {"share": share, **reasons}, verdict.refused, notes=notes)


def _reason_bars(reasons: Mapping[str, int]) -> str:
    """Refused rows by reason, as bars."""
    if not reasons:
        return "nothing was refused"
    most = max(reasons.values())
    ranked = sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0]))
    lines = [f"| {name} | {rows:,} | {'█' * max(1, round(BAR * rows / most))} |" for name, rows in ranked]
    return "\n".join(["| reason | rows | |", "|:--|--:|:--|", *lines])
