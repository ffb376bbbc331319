"""Enriched: business questions answered by pure Polars transforms, one partition per day.

Here: the transforms, which inputs each reads and as of when, their gate. Not here: SQL models (silver, gold).
"""

from platform_assets.enriched.assets import enriched_assets
from platform_assets.enriched.tables import enriched_tables
from platform_assets.enriched.thresholds import ThresholdError

__all__ = ["ThresholdError", "enriched_assets", "enriched_tables"]
