"""Contracts: what dbt's YAML declares, read once from its manifest.

Here: the declarations as Python values, Pandera schemas and column docs made from them, and keeping the manifest
current. Not here: any second specification of a table.
"""

from platform_assets.contracts.declarations import (
    VERSION_ORDER,
    Column,
    DeclarationError,
    ForeignKey,
    Freshness,
    Landing,
    SilverModel,
    SourceTable,
    Volume,
)
from platform_assets.contracts.manifest import DbtProjectError, current_manifest
from platform_assets.contracts.project import Contracts

__all__ = [
    "VERSION_ORDER",
    "Column",
    "Contracts",
    "DbtProjectError",
    "DeclarationError",
    "ForeignKey",
    "Freshness",
    "Landing",
    "SilverModel",
    "SourceTable",
    "Volume",
    "current_manifest",
]
