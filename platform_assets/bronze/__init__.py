"""Bronze: every landed table as it was received, one partition per ingest day.

Here: the bronze assets, and whether data still arrives. Not here: reading files (ingest) or cleaning values (silver).
"""

from platform_assets.bronze.assets import bronze_assets
from platform_assets.bronze.freshness import freshness_checks

__all__ = ["bronze_assets", "freshness_checks"]
