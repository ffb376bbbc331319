"""Imported by the fork server alone: dbt's first call in a process builds its schemas, as long as a small run takes.

Listing a model makes them, and leaves no thread and no connection that a fork could break on.
"""

import tempfile

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from platform_assets.settings import PROJECT

DBT = PROJECT / "dbt"
with tempfile.TemporaryDirectory() as scratch:
    listed = dbtRunner(manifest=Manifest.from_msgpack((DBT / "target" / "partial_parse.msgpack").read_bytes())).invoke(
        ["list", "--quiet", "--select", "stg_orders", "--project-dir", str(DBT), "--profiles-dir", str(DBT),
         "--target-path", scratch, "--log-path", scratch, "--log-level", "none", "--log-level-file", "none"]
    )  # fmt: skip
