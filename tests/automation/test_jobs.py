"""Jobs: what each selects, and the days of a run."""

from datetime import date

import dagster as dg
import pytest
from conftest import Platform

from platform_assets.automation.jobs import days_of_run, in_parts, range_tags
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


def test_a_code_server_can_load_all_of_it(definitions: dg.Definitions) -> None:
    """It refuses what a single job does not: two things of one name."""
    definitions.get_repository_def().load_all_definitions()


@pytest.mark.parametrize(
    ("job", "layers"),
    [
        ("bronze_layer", {"bronze"}),
        ("silver_layer", {"silver", "quarantine"}),
        ("dims_layer", {"dims"}),
        ("enriched_layer", {"enriched"}),
        ("gold_layer", {"gold"}),
    ],
)
def test_a_layers_job_selects_every_table_of_the_layer_alone(
    definitions: dg.Definitions, job: str, layers: set[str]
) -> None:
    everything = selected(definitions, "everything")
    assert selected(definitions, job) == {key for key in everything if key.split("/")[0] in layers}


def test_all_assets_share_the_ingest_days_of_the_settings(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    found = {graph.get(key).partitions_def for key in graph.executable_asset_keys}
    assert len(found) == 1
    days = found.pop()
    assert days is not None
    assert days.get_first_partition_key() == "2025-10-01"


def test_runs_stay_in_their_process(definitions: dg.Definitions) -> None:
    assert definitions.resolve_job_def("everything").executor_def.name == "in_process"


@pytest.mark.parametrize(
    ("last", "days", "expected"),
    [
        (1, 31, [(1, 1)]),
        (7, 7, [(1, 7)]),
        (8, 7, [(1, 7), (8, 8)]),
        (3, 1, [(1, 1), (2, 2), (3, 3)]),
        (5, date.max.toordinal(), [(1, 5)]),
    ],
)
def test_a_long_range_is_cut_into_parts_of_so_many_days_oldest_first(
    last: int, days: int, expected: list[tuple[int, int]]
) -> None:
    found = in_parts(date(2025, 10, 1), date(2025, 10, last), days)
    assert [(first.day, end.day) for first, end in found] == expected


@pytest.mark.parametrize(
    ("tags", "days"),
    [
        (range_tags(date(2025, 9, 30), date(2025, 10, 2)), ["2025-09-30", "2025-10-01", "2025-10-02"]),
        ({"dagster/partition": "2025-10-01"}, ["2025-10-01"]),
        ({"dagster/partition": "NL|2025"}, []),
        ({}, []),
    ],
)
def test_the_days_of_a_run_are_read_from_its_tags(tags: dict[str, str], days: list[str]) -> None:
    assert [str(day) for day in days_of_run(dg.DagsterRun("everything", tags=tags))] == days
