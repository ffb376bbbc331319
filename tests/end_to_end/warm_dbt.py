"""Imported by the fork server alone, and first.

dbt's first call in a process builds its schemas, as long as a small run takes. Listing a model makes them, and leaves
no thread and no connection that a fork could break on. Polars counts its threads when it is imported: `make test` gives
each process of pytest one, and the processes of the crew have those of a real run.
"""

import os
import tempfile

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from platform_assets.settings import PROJECT

os.environ.pop("POLARS_MAX_THREADS", None)
DBT = PROJECT / "dbt"
with tempfile.TemporaryDirectory() as scratch:
    listed = dbtRunner(manifest=Manifest.from_msgpack((DBT / "target" / "partial_parse.msgpack").read_bytes())).invoke(
        ["list", "--quiet", "--select", "stg_orders", "--project-dir", str(DBT), "--profiles-dir", str(DBT),
         "--target-path", scratch, "--log-path", scratch, "--log-level", "none", "--log-level-file", "none"]
    )  # fmt: skip
