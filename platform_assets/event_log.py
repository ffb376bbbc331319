"""Dagster's SQLite event log, with connections that stay open and events that are written together.

Here: one class, named in dagster.yaml. Dagster opens a new SQLAlchemy engine and connection for every event, and looks
up anew whether the file has the newest tables and columns, which together is most of what an event costs
(docs/decisions/0008-event-log-keeps-its-connections.md). The files are the same: without this class, Dagster reads what
was written with it. Not here: what is logged (gates/).
"""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from dagster import EventLogEntry, StringSource
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.event import listen

BUSY_SECONDS = 60
OPEN_DATABASES = 4  # the index of all runs, and the newest runs: a web server looks at thousands of them in its life
EVENTS_AT_ONCE = 1_000  # of one kind: planned days of a run, materialized days of a table
LONG_BATCH = 0.2  # seconds; after a longer one there is a gap for other processes
GAP = 0.1  # seconds; who waits for SQLite's lock looks that often, and would miss a shorter one


class OpenSqliteEventLogStorage(SqliteEventLogStorage):
    """`home` is the folder that holds Dagster's `history`; the same layout as Dagster's own default."""

    def __init__(self, home: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._found: set[str] = set()
        self._home = home
        self._transaction: ExitStack | None = None
        self._shared: dict[str, Connection] = {}
        super().__init__(str(Path(home) / "history" / "runs"), inst_data)
        self._db_lock = threading.RLock()  # type: ignore[assignment]  # a batch takes it again for each event
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(EVENTS_AT_ONCE))  # else nothing comes in batches

    @classmethod
    def config_type(cls) -> Any:
        return {"home": StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "OpenSqliteEventLogStorage":
        return cls(config_value["home"], inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if self._transaction is None:
                with self._begun(shard) as connection:
                    yield connection
                return
            if shard not in self._shared:
                self._shared[shard] = self._transaction.enter_context(self._begun(shard))
            yield self._shared[shard]

    @contextmanager
    def _begun(self, shard: str) -> Iterator[Connection]:
        with self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """In one transaction of each file. Raises what SQLite raises with nothing written, unless the index alone cannot
        be committed: Dagster then writes the events one by one."""
        started = time.monotonic()
        with self._db_lock, ExitStack() as self._transaction:
            try:
                with self.index_connection():  # begun first and so committed last, as Dagster writes single events
                    super().store_event_batch(events)
            finally:
                self._transaction, self._shared = None, {}
        if time.monotonic() - started > LONG_BATCH:
            time.sleep(GAP)

    def has_table(self, table_name: str) -> bool:
        """Asked at every check; a table that is there stays."""
        if table_name not in self._found and super().has_table(table_name):
            self._found.add(table_name)
        return table_name in self._found

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Asked at every materialization."""
        if column_name not in self._found and super()._has_asset_key_col_on_connection(conn, column_name):
            self._found.add(column_name)
        return column_name in self._found

    def _engine(self, shard: str) -> Engine:
        """The open engine of a run's database or of the index; the one unused for longest is closed."""
        engine = self._engines.pop(shard, None) or _opened(self.conn_string_for_shard(shard))
        self._engines[shard] = engine
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        while len(self._engines) > OPEN_DATABASES:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _opened(address: str) -> Engine:
    """SQLite's own advice for its write-ahead log: a commit waits for the disk only when the log is folded in. A killed
    process loses nothing; a machine that loses power may lose the last events, never the file."""
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
    listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
    return engine
