"""Bronze: every landed table as it was received, one partition per ingest day.

Here: the bronze assets. Not here: reading files (ingest) or cleaning values (silver).
"""

from platform_assets.bronze.assets import bronze_assets

__all__ = ["bronze_assets"]
