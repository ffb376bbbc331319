"""The audit of a staged silver day: read back what was written and judge it before anyone else can see it.

Here: the four checks of a silver table. Not here: computing the rows, or what a failed check means.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_assets.contracts import SilverModel
from platform_assets.gates import MOST_SHOWN, Check, DayVerdict
from platform_assets.gates.schemas import failures, silver_keys, silver_shape

if TYPE_CHECKING:
    import polars as pl

SAMPLE = 5
RULE_FIGURES = ("quarantined_share", "limit")  # of the check `rules`; its other figures are rows by reason


def audit_day(model: SilverModel, day: date, received: int, valid_file: Path, quarantine_file: Path) -> DayVerdict:
    """Judge one staged day of one table; `received` is the number of bronze rows of the day."""
    import polars as pl

    valid = pl.read_parquet(valid_file, hive_partitioning=False)
    quarantine = pl.read_parquet(quarantine_file, hive_partitioning=False)
    native = quarantine.filter(pl.col("_arrived_dt") == day)
    reasons = _reason_counts(native)
    refused = native.filter(~pl.col("_reasons").list.eval(pl.element().str.starts_with("duplicate_")).list.all()).height
    share = refused / received if received else 0.0
    checks = {
        "shape": Check.of_problems(failures(silver_shape(model), valid)),
        "rules": _rules(model, native, reasons, share),
        "keys": _keys(model, valid, native, reasons, received),
        "reconciliation": _reconciliation(day, valid, quarantine, received),
    }
    numbers = {
        "received": received,
        "quarantined": native.height,
        "quarantined_share": round(share, 6),
        "quarantine_rows": quarantine.height,
        "released": valid.filter(pl.col("_arrived_dt") < day).height,
        "waiting": int(quarantine["_waiting"].sum()),
    }
    return DayVerdict(day, valid.height, checks, numbers)


def _reason_counts(quarantine: "pl.DataFrame") -> dict[str, int]:
    counts = quarantine["_reasons"].explode(empty_as_null=False).value_counts(sort=True)
    return {row["_reasons"]: row["count"] for row in counts.sort("_reasons").to_dicts()}


def _rules(model: SilverModel, refused: "pl.DataFrame", reasons: dict[str, int], share: float) -> Check:
    samples: list[dict[str, Any]] = (
        refused.select("_reasons", "_source_file", "_source_row", "_row").head(SAMPLE).to_dicts()
    )
    numbers = {"quarantined_share": round(share, 6), "limit": model.max_quarantined, **reasons}
    return Check(share <= model.max_quarantined, numbers, {"samples": samples} if samples else {})


def _keys(
    model: SilverModel, valid: "pl.DataFrame", refused: "pl.DataFrame", reasons: dict[str, int], received: int
) -> Check:
    import polars as pl

    problems = failures(silver_keys(model), valid)
    numbers: dict[str, float] = {"problems": len(problems)}
    notes = {"problems": "\n".join(problems[:MOST_SHOWN]) or "none"}
    known_enough = True
    for key in model.foreign_keys:
        known = 1 - reasons.get(key.name, 0) / received if received else 1.0
        numbers[f"known_{key.name.removeprefix('unknown_')}"] = round(known, 6)
        known_enough &= known >= model.min_known_keys
        if key.name in reasons:
            orphans = refused.filter(pl.col("_reasons").list.contains(key.name))[key.column].unique().sort()
            notes[key.name] = ", ".join(str(value) for value in orphans.head(SAMPLE)) + (" …" * (len(orphans) > SAMPLE))
    return Check(not problems and known_enough, numbers, notes)


def _reconciliation(day: date, valid: "pl.DataFrame", quarantine: "pl.DataFrame", received: int) -> Check:
    """Rows received on the day are valid or quarantined on it; rows of earlier days come on top (released)."""
    import polars as pl

    own = pl.col("_arrived_dt") == day
    native_valid, native_quarantined = valid.filter(own).height, quarantine.filter(own).height
    numbers = {
        "received": received,
        "valid": native_valid,
        "quarantined": native_quarantined,
        "released": valid.height - native_valid,
        "lost": received - native_valid - native_quarantined,
    }
    return Check(numbers["lost"] == 0, numbers)
