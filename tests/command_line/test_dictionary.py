"""The data dictionary: complete, what the declarations say, and committed as they say it now."""

import re
from pathlib import Path

import pytest
from conftest import Platform

from platform_assets.__main__ import main
from platform_assets.audit import dictionary
from platform_assets.contracts import Contracts
from platform_assets.definitions import build_definitions
from platform_assets.settings import PROJECT


@pytest.fixture(scope="module")
def page(contracts: Contracts) -> str:
    return dictionary(contracts)


def section(page: str, table: str) -> str:
    found = re.search(rf"^### {table}\n(.*?)(?=^##|\Z)", page, flags=re.MULTILINE | re.DOTALL)
    assert found, f"{table} is not on the page"
    return found[1]


def test_the_committed_page_is_what_the_declarations_say_now(page: str) -> None:
    committed = (PROJECT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert committed == page, "docs/data-dictionary.md is stale: run `make dictionary` and commit it"


def test_every_asset_is_on_the_page(page: str, platform: Platform) -> None:
    graph = build_definitions(platform.settings).resolve_asset_graph()
    tables = {"/".join(key.path) for key in graph.get_all_asset_keys() if key.path[0] not in ("quarantine", "dims")}
    headings = set(re.findall(r"^### (.+)$", page, flags=re.MULTILINE))
    assert tables - headings == set()  # quarantine tables and snapshots have the columns of their silver tables
    assert headings - tables == {"seeds/holidays", "seeds/order_statuses", "seeds/region_tax_rates"}
    assert "| `dims/customers` | `silver/stg_customers` | `customer_id` |" in page


def test_every_column_has_a_type_and_a_meaning(page: str) -> None:
    rows = re.findall(r"^\| (`\w+`) \| (.*?) \| (.*?) \| .*\|$", page, flags=re.MULTILINE)
    assert len(rows) > 500
    assert [name for name, kind, meaning in rows if not kind.strip() or not meaning.strip()] == []
    assert "None" not in {kind for _, kind, _ in rows}


# What the page says of a table, as its declaration reads.
STATED = {
    "bronze/orders": ["delivery replace", "100 to 500,000 rows a day; within 3 standard deviations of 28 days",
                      "warns after 24 h, fails after 48 h", "`net_total` double"],
    "silver/stg_orders": ["Key `order_id`; reads `bronze/orders`; at most 5% quarantined, at least 99%",
                          "`net_total <= gross_total` → `net_above_gross`",
                          "required → `missing_gross_total`, `bad_gross_total`; `gross_total >= 0` → `negative_gross_total`",
                          "known in `dims.customers.customer_id`, except `GUEST-%` → `unknown_customer`"],
    "silver/stg_order_items": ["Key `order_id`, `line_no`", "known in `stg_orders.order_id` → `unknown_order`"],
    "enriched/inventory_risk": ["Key `product_id`", "`trailing_days` 28, `high` 0.8, `moderate` 0.5", "At least 1 row",
                                "| `return_signal` | double | Units returned / sold, at most 1; 0 without sales. | ≥ 0; ≤ 1 |",
                                "one of HIGH, MODERATE, HEALTHY", "score is the clipped sum of its parts"],
    "enriched/regional_financials": ["`seeds/region_tax_rates`", "| `tax_rate` | decimal(7,6) |", "| `order_date` | timestamp |"],
    "gold/dim_customers": ["one current row per `customer_id`; no overlap within `customer_id`", "(type 2)"],
    "gold/fact_orders": ["in `dim_customers.customer_key`", "1 to 100", "≤ `gross_amount`", "made anew by key"],
    "gold/metrics_sales_performance": ["View;", "key `calendar_date`, `category`, `loyalty_tier`, `region`"],
}  # fmt: skip


@pytest.mark.parametrize("table", STATED)
def test_a_table_states_its_key_its_rules_with_their_reasons_its_parents_and_its_limits(page: str, table: str) -> None:
    text = section(page, table)
    assert [words for words in STATED[table] if words not in text] == []


def test_the_command_prints_the_page_or_writes_it(
    page: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dictionary"]) == 0
    assert capsys.readouterr().out == page
    assert main(["dictionary", str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page
    assert main(["dictionary", str(tmp_path)]) == 2
    assert "The dictionary cannot be written: " in capsys.readouterr().err
