"""What people see of a table in the UI: who owns it, what its columns mean, where its rows are, what was refused."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from conftest import DAY, Platform, empty_shop, line, order

from platform_assets.definitions import build_definitions


def test_every_table_says_what_it_is_whose_it_is_and_under_which_name_the_warehouse_shows_it(
    platform: Platform,
) -> None:
    graph = build_definitions(platform.settings).resolve_asset_graph()
    assert len(graph.get_all_asset_keys()) > 50
    for key in graph.get_all_asset_keys():
        node, (layer, table) = graph.get(key), key.path
        assert node.description and node.owners == ["team:data-platform"], key
        assert node.group_name == layer and node.kinds, key
        expected = None if layer == "bronze" else f"{layer}.{table}"
        assert node.metadata.get("dagster/table_name") == expected, key
        if layer in ("bronze", "silver", "dims", "gold"):
            columns = node.metadata["dagster/column_schema"].columns
            assert columns and (layer == "bronze" or all(column.description for column in columns)), key


@pytest.fixture
def materialized(platform: Platform, instance: dg.DagsterInstance) -> Any:
    """Two good orders, one of nobody, one without a total; a line of no order."""
    empty_shop(platform, [DAY])
    orders = [order(1), order(2), order(3, customer_id="CUST-404"), order(4, net_total=None)]
    platform.drop("orders", f"ingest_dt={DAY}", orders)
    platform.drop("order_items", f"ingest_dt={DAY}", [line(1), line(2), line(77)])
    result = platform.materialize([DAY], instance)
    assert result.success
    return result


def metadata(result: dg.ExecuteInProcessResult, layer: str, table: str) -> dict[str, Any]:
    found = [
        event.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey([layer, table])
    ]
    assert len(found) == 1 and found[0].partition == str(DAY)
    return {name: value.value for name, value in found[0].metadata.items()}


def check_metadata(result: dg.ExecuteInProcessResult, instance: dg.DagsterInstance, name: str) -> dict[str, Any]:
    """The day's result of a check of stg_orders."""
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    events = [entry.dagster_event for entry in instance.all_logs(result.run_id, of_type=kind)]
    data = [event.asset_check_evaluation_data for event in events if event]
    found = [d for d in data if (d.asset_key.path[-1], d.check_name, d.partition) == ("stg_orders", name, str(DAY))]
    return {name: value.value for name, value in found[0].metadata.items()}


def test_a_day_leads_to_its_rows_to_its_quarantine_and_to_what_was_refused_and_why(
    materialized: dg.ExecuteInProcessResult, instance: dg.DagsterInstance
) -> None:
    silver = metadata(materialized, "silver", "stg_orders")
    assert silver["dagster/partition_row_count"] == 2 and silver["quarantined_share"] == 0.5
    assert Path(silver["path"]).is_file()
    assert silver["see_also"] == dg.AssetKey(["quarantine", "quarantine_orders"])

    held = metadata(materialized, "quarantine", "quarantine_orders")
    assert (held["dagster/partition_row_count"], held["unknown_customer"], held["missing_net_total"]) == (2, 1, 1)
    assert held["see_also"] == dg.AssetKey(["silver", "stg_orders"]) and Path(held["path"]).is_file()
    assert held["reasons"].splitlines()[2:] == [
        f"| missing_net_total | 1 | {'█' * 24} |",
        f"| unknown_customer | 1 | {'█' * 24} |",
    ]

    assert check_metadata(materialized, instance, "keys")["unknown_customer"] == "CUST-404"
    samples = check_metadata(materialized, instance, "rules")["samples"]
    assert [sample["_reasons"] for sample in samples] == [["unknown_customer"], ["missing_net_total"]]

    assert Path(metadata(materialized, "bronze", "orders")["path"]).is_dir()
    assert Path(metadata(materialized, "dims", "customers")["path"]).is_file()
    enriched = metadata(materialized, "enriched", "inventory_risk")
    assert "risk_tier" in {column.name for column in enriched["dagster/column_schema"].columns}
