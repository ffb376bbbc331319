"""A foreign key names a parent that exists, is judged before its child, and has the column."""

from typing import Any

import pytest

from platform_assets.contracts import Contracts, DeclarationError, ForeignKey

FILE = "dbt/models/silver/stg_returns.yml"


def unknown_order(manifest: dict[str, Any]) -> dict[str, Any]:
    """The constraint of stg_returns.order_id."""
    constraints = manifest["nodes"]["model.platform_assets.stg_returns"]["columns"]["order_id"]["constraints"]
    return next(constraint for constraint in constraints if constraint["name"] == "unknown_order")


def message(manifest: dict[str, Any]) -> str:
    with pytest.raises(DeclarationError) as caught:
        Contracts(manifest)
    return str(caught.value)


@pytest.mark.parametrize(
    "spoiled",
    [
        {"name": None},
        {"to": None},
        {"to": "stg_orders"},
        {"to": "ref('stg_orders'"},
        {"to_columns": []},
        {"to_columns": ["order_id", "customer_id"]},
    ],
)
def test_an_incomplete_foreign_key_is_refused(manifest: dict[str, Any], spoiled: dict[str, Any]) -> None:
    unknown_order(manifest).update(spoiled)
    assert message(manifest) == (
        f"{FILE}: stg_returns.order_id: the foreign key is not complete. "
        "Write `{type: foreign_key, name: unknown_order, to: ref('stg_orders'), to_columns: [order_id]}`."
    )


@pytest.mark.parametrize(
    ("to", "parent"),
    [
        ("ref('stg_order')", "silver.stg_order"),
        ("ref('fact_orders')", "silver.fact_orders"),
        ("source('dims', 'orders')", "dims.orders"),
        ("source('shop', 'orders')", "shop.orders"),
    ],
)
def test_the_parent_is_a_silver_table_or_the_snapshot_of_a_master(
    manifest: dict[str, Any], to: str, parent: str
) -> None:
    unknown_order(manifest)["to"] = to
    found = message(manifest)
    expected = (
        f"{FILE}: stg_returns.order_id: the parent {parent} of unknown_order is not a silver table or a snapshot."
    )
    assert found.startswith(expected)
    assert "ref('stg_orders')" in found
    assert "source('dims', 'customers')" in found
    assert "ref('stg_returns')" not in found


def test_the_parent_has_the_column(manifest: dict[str, Any]) -> None:
    unknown_order(manifest)["to_columns"] = ["id"]
    assert message(manifest) == (
        f"{FILE}: stg_returns.order_id: stg_orders has no column id. Write to_columns: [order_id]."
    )


def test_the_parent_may_be_asked_for_a_column_that_is_not_its_key(manifest: dict[str, Any]) -> None:
    unknown_order(manifest)["to_columns"] = ["email"]
    keys = Contracts(manifest).silver["stg_returns"].foreign_keys
    assert keys[0] == ForeignKey("unknown_order", "order_id", "silver", "stg_orders", "email")


def test_a_table_that_is_its_own_parent_is_refused(manifest: dict[str, Any]) -> None:
    unknown_order(manifest)["to"] = "ref('stg_returns')"
    assert message(manifest) == (
        f"{FILE}: stg_returns.order_id: stg_returns is its parent and its child. Write one of the two directions."
    )


def test_two_tables_cannot_be_each_others_parents(manifest: dict[str, Any]) -> None:
    unknown_order(manifest).update(to="ref('stg_return_items')", to_columns=["order_id"])
    assert "is its parent and its child. Write one of the two directions." in message(manifest)


def test_an_unknown_key_either_quarantines_or_warns(manifest: dict[str, Any]) -> None:
    column = manifest["nodes"]["model.platform_assets.stg_returns"]["columns"]["order_id"]
    column["config"]["meta"] = {"foreign_key": {"unknown": "quarantin"}}
    assert message(manifest) == (
        f"{FILE}: stg_returns.order_id: meta.foreign_key.unknown 'quarantin' is not known. Write quarantine or warn."
    )


def test_parents_come_before_their_children_and_masters_first(contracts: Contracts) -> None:
    names = list(contracts.silver)
    assert names[:2] == ["stg_customers", "stg_product_catalog"]
    for name, model in contracts.silver.items():
        parents = [key.table for key in model.foreign_keys if key.layer == "silver"]
        assert all(names.index(parent) < names.index(name) for parent in parents)
    assert names.index("stg_returns") < names.index("stg_return_items")
