"""A second opinion: judges generated files by the platform's rules, in SQL, knowing nothing of the generator.

Everything is read as text through the manifests. The result has the shape of the ledger's days, so that a test
can compare the two for equality. Slow and plain on purpose; for small samples only.
"""

import datetime as dt
import json
from pathlib import Path

import duckdb

BIG = "DATE '9999-12-31'"

KEYS = {
    "customers": "customer_id",
    "product_catalog": "product_id",
    "orders": "order_id",
    "order_items": "order_id || '#' || line_no",
    "shopping_carts": "cart_id",
    "cart_items": "cart_item_id",
    "returns": "return_id",
    "return_items": "return_item_id",
}
DUPLICATE = {table: f"duplicate_{key}" for table, key in KEYS.items()} | {
    "order_items": "duplicate_order_id_line_no"
}
# table → (text not null, dates not null, whole numbers not null, money not null, other conditions, foreign keys)
RULES: dict[str, tuple[str, str, str, str, dict[str, str], dict[str, str]]] = {
    "customers": (
        "customer_id email",
        "signup_date",
        "",
        "",
        {"malformed_email": "NOT (email LIKE '%_@_%._%' AND length(email) >= 5)"},
        {},
    ),
    "product_catalog": (
        "product_name",
        "",
        "product_id",
        "unit_price",
        {
            "nonpositive_product_id": "i_product_id <= 0",
            "negative_unit_price": "m_unit_price < 0",
            "negative_cost_price": "m_cost_price < 0",
            "price_below_cost": "m_unit_price < m_cost_price",
            "negative_inventory_quantity": "try_cast(inventory_quantity AS BIGINT) < 0",
        },
        {},
    ),
    "orders": (
        "order_id customer_id",
        "order_date",
        "",
        "gross_total net_total",
        {
            "negative_gross_total": "m_gross_total < 0",
            "negative_net_total": "m_net_total < 0",
            "negative_total_discount_amount": "m_total_discount_amount < 0",
            "net_above_gross": "m_net_total > m_gross_total",
        },
        {"customer": "customer_id"},
    ),
    "order_items": (
        "order_id",
        "",
        "product_id quantity",
        "unit_price",
        {
            "nonpositive_product_id": "i_product_id <= 0",
            "nonpositive_quantity": "i_quantity <= 0",
            "negative_unit_price": "m_unit_price < 0",
            "negative_cost_price": "m_cost_price < 0",
            "negative_discount_amount": "m_discount_amount < 0",
        },
        {"order": "order_id", "product": "product_id"},
    ),
    "shopping_carts": (
        "cart_id customer_id",
        "created_at",
        "",
        "",
        {
            "negative_cart_total": "m_cart_total < 0",
            "updated_before_created": "try_cast(updated_at AS TIMESTAMP) < d_created_at",
        },
        {"customer": "customer_id"},
    ),
    "cart_items": (
        "cart_id",
        "",
        "cart_item_id product_id quantity",
        "unit_price",
        {
            "nonpositive_cart_item_id": "i_cart_item_id <= 0",
            "nonpositive_product_id": "i_product_id <= 0",
            "nonpositive_quantity": "i_quantity <= 0",
            "negative_unit_price": "m_unit_price < 0",
        },
        {"cart": "cart_id", "product": "product_id"},
    ),
    "returns": (
        "return_id order_id customer_id",
        "return_date",
        "",
        "",
        {"negative_refunded_amount": "m_refunded_amount < 0"},
        {"order": "order_id", "customer": "customer_id"},
    ),
    "return_items": (
        "return_id order_id",
        "",
        "return_item_id product_id quantity_returned",
        "",
        {
            "nonpositive_return_item_id": "i_return_item_id <= 0",
            "nonpositive_product_id": "i_product_id <= 0",
            "nonpositive_quantity_returned": "i_quantity_returned <= 0",
            "negative_unit_price": "m_unit_price < 0",
            "negative_cost_price": "m_cost_price < 0",
            "negative_refunded_amount": "m_refunded_amount < 0",
        },
        {"return": "return_id", "order": "order_id", "product": "product_id"},
    ),
}
PARENT = {
    "customer": "customers",
    "product": "product_catalog",
    "order": "orders",
    "cart": "shopping_carts",
    "return": "returns",
}


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
    """Creates raw_<table>: all columns as text, plus day, pos (order in the files) and broken (unparsable)."""
    for n, (path, day, rows) in enumerate(active_files(landing, table, start)):
        name = str(path)
        if ".parquet" in name:
            source = f"read_parquet('{name}', hive_partitioning=false)"
        elif ".csv" in name:
            source = f"read_csv('{name}', header=true, all_varchar=true, delim=',', quote='\"', strict_mode=true, ignore_errors=true, hive_partitioning=false)"
        else:
            # Mixed columns would be read as JSON, their texts with quotes; so every column is read as text.
            options = f"'{name}', ignore_errors={str('.ndjson' in name).lower()}, hive_partitioning=false"
            names = [c[0] for c in con.execute(f"DESCRIBE FROM read_json({options})").fetchall()]
            source = f"read_json({options}, columns={dict.fromkeys(names, 'VARCHAR')})"
        select = (
            f"SELECT COLUMNS(*)::VARCHAR, DATE '{day}' AS day, {n} * 10000000 + row_number() OVER () AS pos "
            f"FROM {source}"
        )
        con.execute(f"CREATE OR REPLACE TEMP TABLE one AS {select}")
        if ".ndjson" in name:
            con.execute("DELETE FROM one WHERE event_id IS NULL")
        if n == 0:
            con.execute(f"CREATE TABLE raw_{table} AS FROM one")
            con.execute("CREATE TABLE IF NOT EXISTS broken (tbl VARCHAR, day DATE, rows BIGINT)")
        else:
            new = {c[0] for c in con.execute("DESCRIBE one").fetchall()}
            old = {c[0] for c in con.execute(f"DESCRIBE raw_{table}").fetchall()}
            for column in new - old:
                con.execute(f"ALTER TABLE raw_{table} ADD COLUMN {column} VARCHAR")
            con.execute(f"INSERT INTO raw_{table} BY NAME FROM one")
        read = con.execute("SELECT count(*) FROM one").fetchone()
        assert read is not None
        con.execute("INSERT INTO broken VALUES (?, ?, ?)", [table, day, rows - read[0]])


def _cleaned(con: duckdb.DuckDBPyConnection, table: str) -> None:
    columns = [c[0] for c in con.execute(f"DESCRIBE raw_{table}").fetchall() if c[0] not in ("day", "pos")]
    text = ", ".join(
        f"CASE WHEN lower(trim({c})) IN ('', 'none', 'null', 'n/a', 'nan') THEN NULL ELSE trim({c}) END AS {c}"
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
        f"CASE WHEN year(try_cast({c} AS TIMESTAMP)) BETWEEN 1900 AND 2261 THEN try_cast({c} AS TIMESTAMP) END AS d_{c}"
        for c in columns
    )
    con.execute(
        f"CREATE OR REPLACE TABLE clean_{table} AS SELECT *, {typed}, {line} AS line_no FROM clean_{table}"
    )


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
    cases = [
        f"CASE WHEN {c} IS NULL THEN 'missing_{c}' END" for c in f"{texts} {dates} {whole} {money}".split()
    ]
    for columns, prefix in ((dates, "d"), (whole, "i"), (money, "m")):
        cases += [
            f"CASE WHEN {c} IS NOT NULL AND {prefix}_{c} IS NULL THEN 'bad_{c}' END" for c in columns.split()
        ]
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
    con.execute(f"""CREATE TABLE scored AS SELECT c.*, list_filter([{", ".join(cases)}], x -> x IS NOT NULL) AS own,
        list_filter([{", ".join([*unknown, "NULL::VARCHAR"])}], x -> x IS NOT NULL) AS orphan,
        greatest({", ".join(ready)}) AS ready FROM clean_{table} c {joins}""")
    # Only valid rows compete for a key.
    con.execute(f"""CREATE TABLE final_{table} AS SELECT *, own || orphan AS reasons,
        len(own) = 0 AND len(orphan) = 0 AND row_number() OVER (PARTITION BY day, {KEYS[table]}, len(own) + len(orphan) = 0
            ORDER BY ingestion_ts DESC, event_id DESC) > 1 AS twice,
        CASE WHEN len(own) = 0 AND ready <= DATE '{through}' AND NOT twice THEN ready END AS emitted FROM scored""")
    con.execute("DROP TABLE scored")


def _counts(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}

    def entry(day: dt.date) -> dict[str, object]:
        blank = {
            "rows_delivered": 0,
            "valid": 0,
            "released": 0,
            "quarantined": 0,
            "reasons": {},
            "duplicates": {},
        }
        return found.setdefault(str(day), blank)

    rows = con.execute(f"""SELECT f.day, count(*) + b.rows, count(*) FILTER (len(reasons) > 0 OR twice) + b.rows, b.rows,
        count(*) FILTER (twice) FROM final_{table} f
        JOIN (SELECT day, sum(rows)::BIGINT AS rows FROM broken WHERE tbl = '{table}' GROUP BY 1) b USING (day)
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
    for day, n in con.execute(
        f"SELECT emitted, count(*) FROM final_{table} WHERE emitted > day GROUP BY 1"
    ).fetchall():
        entry(day)["released"] = n
    for day, reason, n in con.execute(
        f"SELECT day, r, count(*) FROM (SELECT day, unnest(reasons) AS r FROM final_{table}) GROUP BY 1, 2 ORDER BY 2"
    ).fetchall():
        said = entry(day)["reasons"]
        assert isinstance(said, dict)
        said[reason] = n
    return found
