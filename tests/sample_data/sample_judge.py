"""A second opinion: judges generated files by the platform's rules, in SQL, knowing nothing of the generator.

Everything is read as text through the manifests. The result has the shape of the ledger's days, so that a
test can compare the two for equality. Slow and plain on purpose; for small samples only.
"""

import datetime as dt
import json
from pathlib import Path

import duckdb
from sample_rules import DUPLICATE, KEYS, PARENT, RULES

BIG = "DATE '9999-12-31'"


def active_files(landing: Path, table: str, start: dt.date) -> list[tuple[Path, dt.date, int]]:
    """(file, ingest day, rows the manifest claims) of all active files of a table."""
    found = []
    for manifest in sorted((landing / table).glob("*/_MANIFEST.json")):
        kind, value = manifest.parent.name.split("=")
        day = start if kind == "category" else dt.date.fromisoformat(value)
        for file in json.loads(manifest.read_text())["files"]:
            found.append((landing / file["path"], max(day, start), file["rows"]))
    return found


def load(con: duckdb.DuckDBPyConnection, landing: Path, table: str, start: dt.date) -> None:
    """Creates raw_<table>: all columns as text, plus day and pos (order in the files); adds to `broken`."""
    files = active_files(landing, table, start)
    names, first = [str(path) for path, _, _ in files], str(files[0][0])
    given = f"{names}, filename=true, union_by_name=true, hive_partitioning=false"
    if ".parquet" in first:
        source = f"read_parquet({given})"
    elif ".csv" in first:
        source = f"read_csv({given}, header=true, all_varchar=true, delim=',', quote='\"', ignore_errors=true)"
    else:
        # Mixed columns would be read as JSON, their texts with quotes; so every column is read as text.
        given += f", ignore_errors={str('.ndjson' in first).lower()}"
        seen = [c[0] for c in con.execute(f"DESCRIBE FROM read_json({given})").fetchall() if c[0] != "filename"]
        source = f"read_json({given}, columns={dict.fromkeys(seen, 'VARCHAR')})"
    con.execute("CREATE OR REPLACE TABLE listed (filename VARCHAR, day DATE, n BIGINT, rows BIGINT)")
    values = [(str(path), day, n, rows) for n, (path, day, rows) in enumerate(files)]
    con.executemany("INSERT INTO listed VALUES (?, ?, ?, ?)", values)
    con.execute(f"CREATE OR REPLACE TABLE one AS SELECT *, row_number() OVER () AS row FROM {source}")
    con.execute(f"""CREATE TABLE raw_{table} AS
        SELECT COLUMNS(* EXCLUDE (filename, row, day, n, rows))::VARCHAR, day, n * 10000000 + row AS pos
        FROM one JOIN listed USING (filename) WHERE event_id IS NOT NULL""")
    con.execute("CREATE TABLE IF NOT EXISTS broken (tbl VARCHAR, day DATE, rows BIGINT)")
    con.execute(f"""INSERT INTO broken SELECT '{table}', day, l.rows - count(r.day) FROM
        (SELECT day, sum(rows)::BIGINT AS rows FROM listed GROUP BY 1) l
        LEFT JOIN raw_{table} r USING (day) GROUP BY day, l.rows""")


def _cleaned(con: duckdb.DuckDBPyConnection, table: str) -> None:
    columns = [c[0] for c in con.execute(f"DESCRIBE raw_{table}").fetchall() if c[0] not in ("day", "pos")]
    text = ", ".join(
        f"CASE WHEN lower(trim({c})) NOT IN ('', 'none', 'null', 'n/a', 'nan') THEN trim({c}) END AS {c}"
        for c in columns
    )
    con.execute(f"CREATE TABLE clean_{table} AS SELECT {text}, day, pos FROM raw_{table}")
    line = "0"
    if table == "order_items":
        con.execute("""CREATE OR REPLACE TABLE clean_order_items AS SELECT *, min(pos) OVER
            (PARTITION BY day, order_id, batch_id, event_id) AS first_pos FROM clean_order_items""")
        line = "dense_rank() OVER (PARTITION BY day, order_id, batch_id ORDER BY first_pos)"
    typed = ", ".join(
        f"try_cast({c} AS DECIMAL(18,2)) AS m_{c}, try_cast({c} AS BIGINT) AS i_{c}, "
        f"CASE WHEN year(try_cast({c} AS TIMESTAMP)) BETWEEN 1900 AND 2261 "
        f"THEN try_cast({c} AS TIMESTAMP) END AS d_{c}"
        for c in columns
    )
    con.execute(f"CREATE OR REPLACE TABLE clean_{table} AS SELECT *, {typed}, {line} AS line_no FROM clean_{table}")


def judge(
    landing: Path, start: dt.date, through: dt.date
) -> tuple[dict[str, dict[str, dict[str, object]]], duckdb.DuckDBPyConnection]:
    """(counts per table and day as in the ledger, connection holding final_<table> with emitted days)."""
    con, days = duckdb.connect(config={"threads": 2}), dict[str, dict[str, dict[str, object]]]()
    for table in RULES:
        load(con, landing, table, start)
        _cleaned(con, table)
        _score(con, table, through)
        days[table] = _counts(con, table)
    return days, con


def _score(con: duckdb.DuckDBPyConnection, table: str, through: dt.date) -> None:
    texts, dates, whole, money, others, parents = RULES[table]
    cases = [f"CASE WHEN {c} IS NULL THEN 'missing_{c}' END" for c in f"{texts} {dates} {whole} {money}".split()]
    for columns, prefix in ((dates, "d"), (whole, "i"), (money, "m")):
        cases += [f"CASE WHEN {c} IS NOT NULL AND {prefix}_{c} IS NULL THEN 'bad_{c}' END" for c in columns.split()]
    if table in ("orders", "shopping_carts", "returns"):
        cases.append(f"CASE WHEN d_{dates} >= day + INTERVAL 1 DAY THEN 'future_{dates}' END")
    cases += [f"CASE WHEN {condition} THEN '{reason}' END" for reason, condition in others.items()]
    joins, ready, unknown = "", ["c.day"], []
    for parent, column in parents.items():
        exempt = f"OR c.{column} LIKE 'GUEST-%'" if parent == "customer" else ""
        fit = f"AND c.i_{column} > 0" if parent == "product" else ""
        known = f"CASE WHEN c.{column} IS NULL {exempt} THEN c.day ELSE coalesce(p_{parent}.since, {BIG}) END"
        joins += (
            f" LEFT JOIN (SELECT {column} AS k, min(emitted) AS since FROM final_{PARENT[parent]} "
            f"WHERE emitted IS NOT NULL GROUP BY 1) p_{parent} ON p_{parent}.k = c.{column}"
        )
        ready.append(known)
        unknown.append(f"CASE WHEN {known} > c.day {fit} THEN 'unknown_{parent}' END")
    con.execute(f"""CREATE TABLE scored AS SELECT c.*,
        list_filter([{", ".join(cases)}], x -> x IS NOT NULL) AS own,
        list_filter([{", ".join([*unknown, "NULL::VARCHAR"])}], x -> x IS NOT NULL) AS orphan,
        greatest({", ".join(ready)}) AS ready FROM clean_{table} c {joins}""")
    # Only valid rows compete for a key.
    con.execute(f"""CREATE TABLE final_{table} AS SELECT *, own || orphan AS reasons,
        len(own) = 0 AND len(orphan) = 0 AND row_number() OVER (
            PARTITION BY day, {KEYS[table]}, len(own) + len(orphan) = 0
            ORDER BY ingestion_ts DESC, event_id DESC) > 1 AS twice,
        CASE WHEN len(own) = 0 AND ready <= DATE '{through}' AND NOT twice THEN ready END AS emitted
        FROM scored""")
    con.execute("DROP TABLE scored")


def _counts(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}

    def entry(day: dt.date) -> dict[str, object]:
        blank = dict.fromkeys(("rows_delivered", "valid", "released", "quarantined"), 0)
        return found.setdefault(str(day), {**blank, "reasons": {}, "duplicates": {}})

    rows = con.execute(f"""SELECT f.day, count(*) + b.rows,
        count(*) FILTER (len(reasons) > 0 OR twice) + b.rows, b.rows, count(*) FILTER (twice)
        FROM final_{table} f
        JOIN (SELECT day, sum(rows)::BIGINT AS rows FROM broken WHERE tbl = '{table}' GROUP BY 1) b
        USING (day)
        GROUP BY f.day, b.rows""").fetchall()
    for day, delivered, quarantined, broken, twice in rows:
        entry(day).update(
            rows_delivered=delivered,
            quarantined=quarantined,
            reasons={"unparsable": broken} if broken else {},
            duplicates={DUPLICATE[table]: twice} if twice else {},
        )
    for day, n in con.execute(
        f"SELECT emitted, count(*) FROM final_{table} WHERE emitted IS NOT NULL GROUP BY 1"
    ).fetchall():
        entry(day)["valid"] = n
    for day, n in con.execute(f"SELECT emitted, count(*) FROM final_{table} WHERE emitted > day GROUP BY 1").fetchall():
        entry(day)["released"] = n
    for day, reason, n in con.execute(
        f"SELECT day, r, count(*) FROM (SELECT day, unnest(reasons) AS r FROM final_{table}) GROUP BY 1, 2 ORDER BY 2"
    ).fetchall():
        said = entry(day)["reasons"]
        assert isinstance(said, dict)
        said[reason] = n
    return found
