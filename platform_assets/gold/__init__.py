"""Gold: dbt's incremental models in the warehouse file.

Here: the gold assets, building the warehouse privately and swapping it in. Not here: the models (dbt/models/gold).
"""

from platform_assets.gold.assets import gold_assets
from platform_assets.gold.warehouse import Warehouse

__all__ = ["Warehouse", "gold_assets"]
