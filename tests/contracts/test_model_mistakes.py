"""A mistake in the declaration of a silver model gives one message: file, model, column, what to write instead."""

from typing import Any

import pytest

from platform_assets.contracts import Contracts, DeclarationError

FILE = "dbt/models/silver/stg_returns.yml"
CHECK = {"type": "check", "name": None, "expression": None, "to": None, "to_columns": []}


def node(manifest: dict[str, Any], name: str = "stg_returns") -> dict[str, Any]:
    found: dict[str, Any] = manifest["nodes"][f"model.platform_assets.{name}"]
    return found


def column(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = node(manifest)["columns"][name]
    return found


def message(manifest: dict[str, Any]) -> str:
    with pytest.raises(DeclarationError) as caught:
        Contracts(manifest)
    return str(caught.value)


@pytest.mark.parametrize("declared", ["varchar", "decimal", "decimal(18)", "timestamptz", "", None])
def test_an_unknown_data_type_is_refused_with_the_known_ones(manifest: dict[str, Any], declared: str | None) -> None:
    column(manifest, "refunded_amount")["data_type"] = declared
    assert message(manifest) == (
        f"{FILE}: stg_returns.refunded_amount: data_type {declared!r} is not known. "
        "Write text, integer, bigint, double, boolean, date, timestamp or decimal(18,2)."
    )


def test_a_primary_key_must_be_declared(manifest: dict[str, Any]) -> None:
    column(manifest, "return_id")["constraints"] = []
    expected = f"{FILE}: stg_returns: the primary key is missing or not a column. Write a primary_key constraint."
    assert message(manifest) == expected


def test_a_primary_key_over_something_that_is_not_a_column_is_refused(manifest: dict[str, Any]) -> None:
    column(manifest, "return_id")["constraints"] = []
    node(manifest)["constraints"] = [CHECK | {"type": "primary_key", "columns": ["return_id", "line"]}]
    assert "the primary key is missing or not a column" in message(manifest)


@pytest.mark.parametrize("missing", [{"name": None}, {"expression": None}, {"expression": ""}])
@pytest.mark.parametrize("place", ["column", "table"])
def test_a_check_needs_its_reason_and_its_expression(
    manifest: dict[str, Any], missing: dict[str, Any], place: str
) -> None:
    check = CHECK | {"name": "too_late", "expression": "return_date > '2020-01-01'"} | missing
    owner = column(manifest, "return_date") if place == "column" else node(manifest)
    owner["constraints"] = [check]
    where = "stg_returns.return_date" if place == "column" else "stg_returns"
    assert message(manifest) == (
        f"{FILE}: {where}: a check needs a name (its reason) and an expression. "
        'Write `{type: check, name: negative_price, expression: "price >= 0"}`.'
    )


@pytest.mark.parametrize("kind", ["foreign_key", "not_null"])
def test_a_constraint_that_only_works_at_a_column_is_refused_at_the_table(manifest: dict[str, Any], kind: str) -> None:
    node(manifest)["constraints"] = [CHECK | {"type": kind, "columns": ["order_id"]}]
    assert message(manifest) == (
        f"{FILE}: stg_returns: {kind} stands at the table. Write it at the column it is about."
    )


def test_a_silver_model_is_called_stg(manifest: dict[str, Any]) -> None:
    node(manifest)["name"] = "returns"
    assert message(manifest) == (f"{FILE}: returns: a silver model's name starts with stg_. Write stg_returns.")


@pytest.mark.parametrize("needed", ["ingestion_ts", "event_id"])
def test_what_orders_versions_of_a_row_must_be_declared(manifest: dict[str, Any], needed: str) -> None:
    del node(manifest)["columns"][needed]
    assert message(manifest) == (
        f"{FILE}: stg_returns: {needed} is missing. Write a column {needed}: it orders versions of a row."
    )


def test_a_model_without_a_bronze_table_is_refused(manifest: dict[str, Any]) -> None:
    node(manifest)["depends_on"]["nodes"] = []
    assert message(manifest) == (
        f"{FILE}: stg_returns: reads 0 bronze tables. Write one {{{{ cleaned(source, table) }}}}."
    )


def test_a_model_without_yaml_is_named_by_its_sql_file(manifest: dict[str, Any]) -> None:
    node(manifest).update(patch_path=None, columns={})
    assert message(manifest).startswith("dbt/models/silver/stg_returns.sql: stg_returns: the primary key is missing")


@pytest.mark.parametrize("name", ["ingest_dt", "_arrived_dt", "_source_row"])
def test_a_column_cannot_have_a_name_that_the_platform_writes_itself(manifest: dict[str, Any], name: str) -> None:
    node(manifest)["columns"][name] = column(manifest, "email") | {"name": name}
    assert message(manifest) == (f"{FILE}: stg_returns.{name}: the name is the platform's own. Write another name.")


def widened(manifest: dict[str, Any], count: int) -> dict[str, Any]:
    """The manifest with `count` more integer columns that its source delivers."""
    for number in range(count):
        extra = column(manifest, "email") | {"name": f"extra_{number}", "data_type": "integer", "constraints": []}
        node(manifest)["columns"][f"extra_{number}"] = extra
        manifest["sources"]["source.platform_assets.shop.returns"]["columns"][f"extra_{number}"] = extra
    return manifest


def test_more_typed_columns_than_the_unparsed_bits_are_refused(manifest: dict[str, Any]) -> None:
    # return_date, refunded_amount and ingestion_ts are typed already
    assert message(widened(manifest, 60)) == (
        f"{FILE}: stg_returns: 63 columns of its source are not plain text. Write at most 62, the others as text."
    )


def test_62_typed_columns_are_fine(manifest: dict[str, Any]) -> None:
    assert len(Contracts(widened(manifest, 59)).silver["stg_returns"].columns) == 13 + 59


def test_more_reasons_than_the_failed_bits_are_refused(manifest: dict[str, Any]) -> None:
    # unparsable; missing return_id, order_id, customer_id, return_date; bad_return_date; future_return_date;
    # negative_refunded_amount: eight reasons of its own
    checks = [CHECK | {"name": f"reason_{number}", "expression": "true"} for number in range(119)]
    node(manifest)["constraints"] = checks
    assert message(manifest) == f"{FILE}: stg_returns: 127 reasons to refuse a row. Write at most 126."


@pytest.mark.parametrize(
    "name",
    ["negative_refunded_amount", "missing_order_id", "bad_return_date", "unparsable", "duplicate_return_id",
     "unknown_order"],
)  # fmt: skip
def test_two_reasons_cannot_have_one_name_be_they_written_or_implied(manifest: dict[str, Any], name: str) -> None:
    node(manifest)["constraints"] = [CHECK | {"name": name, "expression": "email is not null"}]
    assert message(manifest) == (
        f"{FILE}: stg_returns: the reason {name} is given twice. Write a name of its own for each."
    )


@pytest.mark.parametrize("limit", ["max_quarantined", "min_known_keys"])
@pytest.mark.parametrize("value", ["5%", 5, -0.1, True])
def test_a_limit_is_a_share(manifest: dict[str, Any], limit: str, value: Any) -> None:
    node(manifest)["config"]["meta"] = {limit: value}
    assert message(manifest) == (
        f"{FILE}: stg_returns: meta.{limit} {value!r} is not a share. Write a number from 0 to 1."
    )


def test_limits_are_those_of_the_domain_unless_declared(manifest: dict[str, Any]) -> None:
    usual = Contracts(manifest).silver["stg_returns"]
    node(manifest)["config"]["meta"] = {"max_quarantined": 0.2, "min_known_keys": 0}
    declared = Contracts(manifest).silver["stg_returns"]
    assert (usual.max_quarantined, usual.min_known_keys) == (0.05, 0.99)
    assert (declared.max_quarantined, declared.min_known_keys) == (0.2, 0.0)


@pytest.mark.parametrize("name", ["trimmed", "scored", "valid_rows"])
def test_a_changed_macro_of_silver_makes_another_version_of_every_table(manifest: dict[str, Any], name: str) -> None:
    before = {model.name: model.version for model in Contracts(manifest).silver.values()}
    manifest["macros"][f"macro.platform_assets.{name}"]["macro_sql"] += " -- otherwise"
    after = {model.name: model.version for model in Contracts(manifest).silver.values()}

    assert all(after[table] != before[table] for table in before)


def test_a_changed_macro_of_gold_leaves_silver_as_it_is(manifest: dict[str, Any]) -> None:
    before = {model.name: model.version for model in Contracts(manifest).silver.values()}
    manifest["macros"]["macro.platform_assets.current_versions"]["macro_sql"] += " -- otherwise"

    assert {model.name: model.version for model in Contracts(manifest).silver.values()} == before
