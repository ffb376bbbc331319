"""Silver: clean, typed rows and the quarantine beside them.

Here: the silver assets, the run's picture of the lake for dbt, the audit of staged days, their publishing. Not here:
the rules (dbt/models/silver/*.yml) or how they become SQL (dbt/macros).
"""

from platform_assets.silver.assets import silver_assets
from platform_assets.silver.inputs import silver_inputs

__all__ = ["silver_assets", "silver_inputs"]
