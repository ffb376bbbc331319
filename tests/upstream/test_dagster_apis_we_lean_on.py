"""Dagster 1.13 and dagster-dbt 0.29: preview and private APIs that gates, sensors and dbt assets are built on."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster._core.definitions.partitions.subset.time_window import TimeWindowPartitionsSubset
from dagster._core.definitions.partitions.utils.time_window import PersistedTimeWindow
from dagster._core.storage import tags
from dagster_dbt.asset_specs import build_dbt_asset_specs

from platform_assets.automation.sensors import IN_PROGRESS
from platform_assets.contracts import Contracts
from platform_assets.contracts.translator import PlatformTranslator

DAYS = dg.DailyPartitionsDefinition("2025-10-01", end_date="2025-10-04")
RANGE = {tags.ASSET_PARTITION_RANGE_START_TAG: "2025-10-01", tags.ASSET_PARTITION_RANGE_END_TAG: "2025-10-02"}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
KEY = dg.AssetKey("things")


def run(instance: dg.DagsterInstance, asset: Any) -> dg.ExecuteInProcessResult:
    definitions = dg.Definitions([asset], jobs=[dg.define_asset_job("all", "*")])
    return definitions.resolve_job_def("all").execute_in_process(QUIET, instance=instance, tags=RANGE)


def checked_asset(body: Any) -> Any:
    return dg.multi_asset(
        specs=[dg.AssetSpec(KEY)],
        check_specs=[dg.AssetCheckSpec("rules", asset=KEY)],
        partitions_def=DAYS,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )(body)


def test_the_range_tags_are_called_so_and_make_one_run_of_all_days_between(instance: dg.DagsterInstance) -> None:
    seen: list[str] = []

    def things(context: dg.AssetExecutionContext) -> Iterator[Any]:
        seen.extend(context.partition_keys)
        yield dg.MaterializeResult(KEY, check_results=[dg.AssetCheckResult(passed=True, check_name="rules")])

    assert run(instance, checked_asset(things)).success
    assert seen == ["2025-10-01", "2025-10-02"]
    assert tags.ASSET_PARTITION_RANGE_START_TAG == "dagster/asset_partition_range_start"
    assert tags.ASSET_PARTITION_RANGE_END_TAG == "dagster/asset_partition_range_end"


def test_run_tags_that_sensors_look_for_are_called_so() -> None:
    assert (tags.RUN_KEY_TAG, tags.SENSOR_NAME_TAG) == ("dagster/run_key", "dagster/sensor_name")
    assert tags.PARTITION_NAME_TAG == "dagster/partition"


def test_a_run_either_has_ended_or_is_one_that_our_sensors_wait_for() -> None:
    ended = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
    not_in_use = {dg.DagsterRunStatus.MANAGED}
    if hasattr(dg.DagsterRunStatus, "SUSPENDED"):
        not_in_use.add(dg.DagsterRunStatus.SUSPENDED)  # runs of an agent we do not have
    assert set(IN_PROGRESS) == set(dg.DagsterRunStatus) - ended - not_in_use


def test_dagsters_own_policy_retries_whatever_is_raised_so_ours_asks_for_retries_itself(
    instance: dg.DagsterInstance,
) -> None:
    attempts: list[int] = []

    @dg.asset(key=KEY, retry_policy=dg.RetryPolicy(max_retries=2))
    def things(context: dg.AssetExecutionContext) -> None:
        attempts.append(context.retry_number)
        raise ValueError("a mistake that will not pass")

    assert not dg.materialize([things], instance=instance, run_config=QUIET, raise_on_error=False).success
    assert attempts == [0, 1, 2]


def test_asset_check_evaluation_takes_a_partition_and_log_event_writes_it_to_the_history_of_the_check(
    instance: dg.DagsterInstance,
) -> None:
    def things(context: dg.AssetExecutionContext) -> Iterator[Any]:
        for day, passed in (("2025-10-01", False), ("2025-10-02", True)):
            context.log_event(dg.AssetCheckEvaluation(asset_key=KEY, check_name="rules", passed=passed, partition=day))
        yield dg.MaterializeResult(KEY, check_results=[dg.AssetCheckResult(passed=True, check_name="rules")])

    assert run(instance, checked_asset(things)).success
    storage = instance.event_log_storage
    history = storage.get_asset_check_execution_history(dg.AssetCheckKey(KEY, "rules"), limit=10)
    found = [record.event.dagster_event.asset_check_evaluation_data for record in history if record.event]
    assert {(evaluation.partition, evaluation.passed) for evaluation in found} == {
        ("2025-10-01", False), ("2025-10-02", True), (None, True),
    }  # fmt: skip


def test_a_passing_overall_result_hides_a_failed_day_so_ours_is_over_all_days(instance: dg.DagsterInstance) -> None:
    def things(context: dg.AssetExecutionContext) -> Iterator[Any]:
        evaluation = dg.AssetCheckEvaluation(
            asset_key=KEY, check_name="rules", passed=False, partition="2025-10-01", blocking=True
        )
        context.log_event(evaluation)
        yield dg.MaterializeResult(KEY, check_results=[dg.AssetCheckResult(passed=True, check_name="rules")])

    assert run(instance, checked_asset(things)).success


def test_add_asset_metadata_takes_a_partition_key_and_reaches_that_days_materialization(
    instance: dg.DagsterInstance,
) -> None:
    def things(context: dg.AssetExecutionContext) -> Iterator[Any]:
        for number, day in enumerate(context.partition_keys):
            context.add_asset_metadata({"rows": number}, KEY, partition_key=day)
        yield dg.MaterializeResult(KEY, check_results=[dg.AssetCheckResult(passed=True, check_name="rules")])

    assert run(instance, checked_asset(things)).success
    records = instance.fetch_materializations(KEY, limit=10).records
    found = {record.partition_key: record.asset_materialization for record in records}
    assert {day: made.metadata["rows"].value for day, made in found.items() if made} == {
        "2025-10-01": 0, "2025-10-02": 1,
    }  # fmt: skip


def test_events_logged_before_a_failure_stay_in_the_event_log(instance: dg.DagsterInstance) -> None:
    def things(context: dg.AssetExecutionContext) -> Iterator[Any]:
        context.log_event(dg.AssetMaterialization(KEY, partition="2025-10-01"))
        raise dg.Failure("refused", allow_retries=False)
        yield

    definitions = dg.Definitions([checked_asset(things)], jobs=[dg.define_asset_job("all", "*")])
    job = definitions.resolve_job_def("all")
    assert not job.execute_in_process(QUIET, instance=instance, tags=RANGE, raise_on_error=False).success
    assert set(instance.get_materialized_partitions(KEY)) == {"2025-10-01"}


def test_build_dbt_asset_specs_with_our_translator_names_assets_by_schema_and_table(contracts: Contracts) -> None:
    specs = build_dbt_asset_specs(
        manifest=contracts.manifest, dagster_dbt_translator=PlatformTranslator(), select="config.schema:silver"
    )
    found = {spec.key.to_user_string(): spec for spec in specs}
    assert set(found) == {f"silver/{name}" for name in contracts.silver}
    items = found["silver/stg_order_items"]
    assert items.group_name == "silver"
    parents = {dep.asset_key.to_user_string() for dep in items.deps}
    assert parents == {"bronze/order_items", "silver/stg_orders", "dims/product_catalog"}


def test_equal_subsets_of_days_may_be_unequal_which_is_why_gold_can_be_subset() -> None:
    """`!=` of this named tuple compares a cached count that `==` ignores; a backfill of a step that cannot be subset is
    refused by it ("Targeted subset must match between every key"). When this fails, gold need not be subsettable."""
    days = dg.DailyPartitionsDefinition("2025-10-01", end_date="2025-10-04")
    window = PersistedTimeWindow.from_public_time_window(days.time_window_for_partition_key("2025-10-01"), "UTC")
    counted, uncounted = (TimeWindowPartitionsSubset(days, count, [window]) for count in (1, None))
    assert counted == uncounted
    assert counted != uncounted
