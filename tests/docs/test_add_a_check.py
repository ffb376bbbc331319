"""The page "Add a check" is true: what it declares, put where it says, refuses something bad."""

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import DAY, Platform, customer, empty_shop, line, lineage, order

from platform_assets.contracts import Contracts, current_manifest
from platform_assets.settings import PROJECT

PAGE = (PROJECT / "docs" / "add-a-check.md").read_text()


def block(beginning: str) -> str:
    """The code block of the page that begins so."""
    found = [text for text in re.findall(r"^```\w+\n(.*?)```", PAGE, flags=re.MULTILINE | re.DOTALL)
             if text.strip().startswith(beginning)]  # fmt: skip
    assert len(found) == 1, beginning
    return found[0]


def put(file: Path, pattern: str, text: str) -> None:
    """Replace the one place that matches."""
    changed, places = re.subn(pattern, lambda _: text, file.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert places == 1, f"{file}: {pattern} is there {places} times"
    file.write_text(changed)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dbt project with the page's declarations in it."""
    dbt = tmp_path_factory.mktemp("project") / "dbt"
    shutil.copytree(PROJECT / "dbt", dbt, ignore=shutil.ignore_patterns("target", "logs"))
    orders = dbt / "models/silver/stg_orders.yml"
    for column in ("payment_processing_fee", "customer_id"):
        put(orders, rf"^      - name: {column}\n.*?(?=^      - name:)", block(f"- name: {column}"))
    put(
        orders,
        r"^    description: Order headers as stated on the day.\n",
        "    description: x\n" + block("config: {meta"),
    )
    put(dbt / "models/sources/shop.yml", r"^            volume: [^\n]*\n", block("volume:"))
    test = "dbt/tests/fact_returns_come_after_their_order.sql"
    assert f"`{test}`:\n" in PAGE
    (dbt / "tests" / Path(test).name).write_text(block("{{ config"))
    return dbt


@pytest.fixture
def checked(platform: Platform, project: Path) -> Platform:
    settings = replace(platform.settings, dbt_project=project)
    return Platform(settings, Contracts(current_manifest(project)))


def test_the_declared_rule_key_limits_and_volume_hold(checked: Platform) -> None:
    empty_shop(checked, [DAY])
    rows = [
        order(1),
        order(2, payment_processing_fee=-0.01),
        order(3, customer_id="CUST-404"),
        order(4, customer_id="GUEST-1"),
    ]
    checked.drop("orders", f"ingest_dt={DAY}", rows)
    landed = checked.bronze([DAY])["orders"][DAY].checks["rules"]
    assert not landed.passed
    assert landed.advisory
    assert landed.notes["problems"] == "4 rows, expected at least 200"
    verdict = checked.up_to_silver([DAY])["stg_orders"][DAY]
    held = checked.rows("quarantine", "quarantine_orders", DAY)
    assert dict(held.select("order_id", "_reasons").rows()) == {
        "ORD-2": ["negative_payment_processing_fee"], "ORD-3": ["unknown_customer"],
    }  # fmt: skip
    assert verdict.checks["rules"].numbers["limit"] == 0.10
    assert verdict.failed == ["keys", "rules"]
    assert checked.contracts.silver["stg_orders"].min_known_keys == 0.98


def test_a_return_before_its_order_fails_the_check_of_gold_that_the_page_declares(checked: Platform) -> None:
    empty_shop(checked, [DAY])
    checked.drop("customers", "signup_date=2025-09-01", [customer(1)])
    # The calendar begins with the first order, and the return must have its day there.
    checked.drop("orders", f"ingest_dt={DAY}", [order(1), order(2, DAY - timedelta(days=2))])
    checked.drop("order_items", f"ingest_dt={DAY}", [line(1)])
    back = {"return_id": "RET-1", "order_id": "ORD-1", "refunded_amount": 10.0}
    header = {"customer_id": "CUST-1", "email": "c1@example.com", "return_date": str(DAY - timedelta(days=1)),
              "reason": "Broken", "return_type": "Refund", "return_channel": "Web", "agent_id": "ONLINE",
              "refund_method": "Card"}  # fmt: skip
    item = {"return_item_id": 1, "product_id": 1, "product_name": "Thing 1", "category": "Toys",
            "quantity_returned": 1, "unit_price": 10.0, "cost_price": 4.0}  # fmt: skip
    checked.drop("returns", f"ingest_dt={DAY}", [back | header | lineage("r1")])
    checked.drop("return_items", f"ingest_dt={DAY}", [back | item | lineage("i1")])
    checked.refresh([DAY])
    checks = checked.gold([DAY])["fact_returns"][0].checks
    assert checks["rules"].notes["failed"] == "fact_returns_come_after_their_order: 1 rows"
    assert checks["keys"].passed
    assert checks["reconciliation"].passed
