"""Bare gold: dimensions with history, facts and marts, once, from everything known on the last day.

Here: the dimensions' history and the order of work; facts are in facts.sql. Not here: the marts' selects, which are the
platform's own, rendered to plain SQL before the clock starts (benchmarks/marts.py).
"""

from pathlib import Path

import duckdb

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
FIRST = "timestamp '1900-01-01'"


def build_gold(connection: duckdb.DuckDBPyConnection, out: Path, marts: Path) -> None:
    """The file `warehouse.duckdb` in `out`, with the platform's gold tables by the same names."""
    connection.execute(f"attach '{out / 'warehouse.duckdb'}' as warehouse; create schema warehouse.gold")
    connection.execute("create schema seeds; create schema enriched")
    for seed in sorted((PROJECT / "dbt" / "seeds").glob("*.csv")):
        connection.execute(f"create table seeds.{seed.stem} as select * from read_csv('{seed}')")
    for folder in sorted((out / "enriched").iterdir()):
        connection.execute(f"""
            create view enriched.{folder.name} as
            select * exclude (filename), parse_filename(filename, true)::date as ingest_dt
            from read_parquet('{folder}/*.parquet', filename = true)
        """)
    _customers(connection)
    _products(connection)
    connection.execute((HERE / "facts.sql").read_text())
    for mart in sorted(marts.glob("*.sql")):  # numbered, parents before children
        kind, _, name = mart.stem.partition("-")[2].partition("-")
        connection.execute(f"create {kind} warehouse.gold.{name} as {mart.read_text()}")
    connection.execute("checkpoint warehouse")


def _history(statements: str, key: str, name: str, versioned: tuple[str, ...]) -> str:
    """Spans of unchanged `versioned` columns, with the statement that opened each."""
    changed = " or ".join(f"{c} is distinct from lag({c}) over w" for c in versioned)
    return f"""
        select
            md5({key} || '|' || valid_from::varchar) as {name}_key, *,
            lead(valid_from) over (partition by {key} order by ingest_dt) as valid_to,
            valid_to is null as current_flag
        from (
            select *, case when statement_no = 1 then {FIRST} else ingest_dt::timestamp end as valid_from
            from (
                select *, row_number() over w as statement_no, row_number() over w = 1 or {changed} as starts
                from ({statements}) window w as (partition by {key} order by ingest_dt)
            ) where starts
        )
    """


def _customers(connection: duckdb.DuckDBPyConnection) -> None:
    spans = _history(
        "select * from silver.stg_customers", "customer_id", "customer", ("loyalty_tier", "customer_status")
    )
    connection.execute(f"""
        create table warehouse.gold.dim_customers as
        with ends as (
            select
                customer_id,
                arg_min(stg_customers, ingest_dt) as first_row,
                arg_max(stg_customers, ingest_dt) as last_row
            from silver.stg_customers group by customer_id
        ),
        changes as (  -- the tier before each change of tier, carried on to the spans that follow
            select customer_id, ingest_dt, lag(loyalty_tier) over w as before,
                row_number() over w > 1 and loyalty_tier is distinct from lag(loyalty_tier) over w as changed
            from silver.stg_customers window w as (partition by customer_id order by ingest_dt)
        ),
        spans as ({spans})
        select
            customer_key, spans.customer_id, first_row.signup_date, first_row.signup_channel, last_row.first_name,
            last_row.last_name, last_row.email, last_row.phone_number, last_row.mailing_address,
            last_row.billing_address, spans.loyalty_tier, spans.customer_status,
            (
                select arg_max({{'tier': before}}, changes.ingest_dt) from changes
                where changed and changes.customer_id = spans.customer_id and changes.ingest_dt <= spans.ingest_dt
            ).tier as previous_loyalty_tier,
            valid_from, valid_to, current_flag
        from spans join ends using (customer_id)
        union all by name select '-1' as customer_key, '-1' as customer_id, {FIRST} as valid_from, true as current_flag
    """)


def _products(connection: duckdb.DuckDBPyConnection) -> None:
    statements = """
        select *, case when unit_price < 20 then 'low' when unit_price <= 100 then 'medium' else 'high' end as price_tier,
            (unit_price - cost_price)::decimal(18, 2) as unit_margin
        from silver.stg_product_catalog
    """
    versioned = ("category", "unit_price", "cost_price", "price_tier", "unit_margin")
    connection.execute(f"""
        create table warehouse.gold.dim_products as
        with newest as (
            select product_id, arg_max(stg_product_catalog, ingest_dt) as last_row
            from silver.stg_product_catalog group by product_id
        ),
        spans as ({_history(statements, "product_id", "product", versioned)})
        select
            product_key, spans.product_id, last_row.product_name, last_row.inventory_quantity, spans.category,
            spans.unit_price, spans.cost_price, price_tier, unit_margin, valid_from, valid_to, current_flag
        from spans join newest using (product_id)
        union all by name select '-1' as product_key, '-1' as product_id, {FIRST} as valid_from, true as current_flag
    """)
