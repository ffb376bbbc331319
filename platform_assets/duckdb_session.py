"""The dbt-duckdb plugin that gives dbt its private database: this run's picture of the lake.

Here: loading the picture when dbt connects. Not here: what it shows (silver/picture.py, gold/warehouse.py), or writing
it down (dbt_process.py). dbt alone imports this module: it pulls in the adapter, which definitions do not need.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dbt.adapters.duckdb.plugins import BasePlugin

from platform_assets.dbt_process import SESSION_VARIABLE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Plugin(BasePlugin):
    """Loads the session file into each new connection's database."""

    def configure_connection(self, conn: "DuckDBPyConnection") -> None:
        session = os.environ.get(SESSION_VARIABLE)
        if session:
            conn.execute(Path(session).read_text())
