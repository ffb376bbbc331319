"""Jobs: what `everything` and `refresh_dims` select."""

import dagster as dg
import pytest
from conftest import Platform

from platform_assets.definitions import build_definitions


@pytest.fixture
def definitions(platform: Platform) -> dg.Definitions:
    return build_definitions(platform.settings)


def selected(definitions: dg.Definitions, job: str) -> set[str]:
    keys = definitions.resolve_job_def(job).asset_layer.executable_asset_keys
    return {key.to_user_string() for key in keys}


def test_everything_selects_every_table_that_can_be_run(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    executable = {key.to_user_string() for key in graph.executable_asset_keys}
    assert selected(definitions, "everything") == executable
    layers = {key.split("/")[0] for key in executable}
    assert layers == {"bronze", "silver", "quarantine", "dims", "enriched", "gold"}


def test_every_declared_table_is_an_asset(definitions: dg.Definitions, platform: Platform) -> None:
    names = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    silver = platform.contracts.silver.values()
    assert {f"bronze/{name}" for name in platform.contracts.sources} <= names
    assert {f"silver/{model.name}" for model in silver} | {
        f"quarantine/{model.quarantine}" for model in silver
    } <= names
    assert {"dims/customers", "dims/product_catalog", "enriched/customer_lifetime_value"} <= names


def test_refresh_dims_selects_masters_their_quarantine_and_their_snapshots_alone(definitions: dg.Definitions) -> None:
    assert selected(definitions, "refresh_dims") == {
        "silver/stg_customers", "silver/stg_product_catalog", "quarantine/quarantine_customers",
        "quarantine/quarantine_product_catalog", "dims/customers", "dims/product_catalog",
    }  # fmt: skip


def test_all_assets_share_the_ingest_days_of_the_settings(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    found = {graph.get(key).partitions_def for key in graph.executable_asset_keys}
    assert len(found) == 1
    days = found.pop()
    assert days is not None
    assert days.get_first_partition_key() == "2025-10-01"


def test_runs_stay_in_their_process(definitions: dg.Definitions) -> None:
    assert definitions.resolve_job_def("everything").executor_def.name == "in_process"
