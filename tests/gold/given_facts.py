"""Facts and dimensions written by hand, with the marts and metric views that dbt builds over them.

Here: the given tables, typed as their models declare. Not here: expectations, and how facts come about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from platform_assets.contracts import Contracts
from platform_assets.dbt_process import NodeResult, run_dbt, write_session
from platform_assets.gold.warehouse import gold_models
from platform_assets.lake.sql import quoted
from platform_assets.settings import PROJECT

BUILT = ("path:models/gold/marts", "path:models/gold/metrics", "fact_sales")
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Sold = tuple[dict[str, Any], list[dict[str, Any]]]


@dataclass(frozen=True)
class GivenGold:
    """A warehouse file whose facts and dimensions hold the given rows; a column not given is null."""

    path: Path
    contracts: Contracts

    def give(self, rows: Rows) -> "GivenGold":
        """Facts and dimensions, each empty unless given."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("create schema gold")
            for name, node in gold_models(self.contracts.manifest).items():
                if name != "fact_sales" and name.startswith(("fact_", "dim_")):
                    columns = [f"{column['name']} {column['data_type']}" for column in node["columns"].values()]
                    connection.execute(f"create table gold.{name} ({', '.join(columns)})")
            for name, given in rows.items():
                for row in given:
                    places = ", ".join("?" for _ in row)
                    connection.execute(
                        f"insert into gold.{name} ({', '.join(row)}) values ({places})", list(row.values())
                    )
        return self

    def build(self, command: str = "build", select: Sequence[str] = BUILT) -> dict[str, NodeResult]:
        """Build or test the marts and metric views; dbt's result of each model and test by name."""
        session = self.path.with_name("session.sql")
        write_session(session, [f"attach {quoted(str(self.path))} as warehouse"])
        return {result.name: result for result in run_dbt(PROJECT / "dbt", command, select, session)}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql)


def sold(
    order_id: str, at: datetime, *lines: Mapping[str, Any], customer_id: str | None = "C1", channel: str | None = "web",
    revenue: bool = True, **of_header: Any,
) -> Sold:  # fmt: skip
    """The header and the lines of an order; a line states gross, and product_id, quantity (1), discount (0), cost."""
    order = {"order_id": order_id, "order_date": at, "date_key": int(f"{at:%Y%m%d}"), "customer_id": customer_id,
             "customer_key": "-1", "order_channel": channel, "is_revenue": revenue}  # fmt: skip
    rows = []
    for number, stated in enumerate(lines, 1):
        line = {"product_id": "1", "quantity": 1, "discount": 0, "cost": None} | stated
        net = line["gross"] - line["discount"] if revenue else 0
        rows.append(order | {
            "order_line_key": f"{order_id}|{number}", "line_no": number, "product_key": "-1",
            "product_id": line["product_id"], "quantity": line["quantity"], "gross_amount": line["gross"],
            "discount_amount": line["discount"], "line_total": line["gross"] - line["discount"], "net_revenue": net,
            "cost_amount": line["cost"], "gross_profit": None if line["cost"] is None else net - line["cost"],
        })  # fmt: skip
    summed = ("quantity", "gross_amount", "discount_amount", "net_revenue")
    return order | {name: sum(row[name] for row in rows) for name in summed} | of_header, rows


def sales(*orders: Sold) -> dict[str, list[dict[str, Any]]]:
    """What `sold` says, as the two facts of orders."""
    return {
        "fact_order_headers": [header for header, _ in orders],
        "fact_orders": [line for _, lines in orders for line in lines],
    }
