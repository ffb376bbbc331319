"""Gates: the verdict on each day of a table, and what a verdict means.

Here: results per partition, the warn and strict policies, and how both reach Dagster; Pandera schemas made from the
declarations. Not here: computing or publishing a table.
"""

from platform_assets.gates.retries import attempted
from platform_assets.gates.steps import table_step
from platform_assets.gates.verdicts import (
    MOST_SHOWN,
    Check,
    DayVerdict,
    GatedTable,
    gate_specs,
    report,
    share_seconds,
)

__all__ = [
    "MOST_SHOWN",
    "Check",
    "DayVerdict",
    "GatedTable",
    "attempted",
    "gate_specs",
    "report",
    "share_seconds",
    "table_step",
]
