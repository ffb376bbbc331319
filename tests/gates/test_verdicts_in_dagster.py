"""Verdicts become Dagster events: one result per check and day, one overall, and nothing for a refused day.

A tiny asset reports verdicts that the test chose; Dagster runs it in memory over a range of days.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg
import pytest

from platform_assets.gates import Check, DayVerdict, GatedTable, gate_specs, report

ONE, TWO, THREE = date(2025, 10, 1), date(2025, 10, 2), date(2025, 10, 3)
DAYS = dg.DailyPartitionsDefinition("2025-10-01", end_date="2025-10-04")
TABLE = GatedTable(dg.AssetKey(["silver", "stg_things"]), ("rules", "keys"))
RANGE = {"dagster/asset_partition_range_start": "2025-10-01", "dagster/asset_partition_range_end": "2025-10-03"}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def verdict(day: date, rules: bool = True, refused: str | None = None) -> DayVerdict:
    checks = {"rules": Check(rules, {"quarantined": day.day}, {"samples": "a row"}), "keys": Check(True)}
    return DayVerdict(day, 10 * day.day, checks, {"received": 11 * day.day}, refused)


def run(
    instance: dg.DagsterInstance, verdicts: Sequence[DayVerdict], strict: bool, table: GatedTable = TABLE
) -> dg.ExecuteInProcessResult:
    policy = dg.BackfillPolicy.single_run()

    @dg.multi_asset(
        specs=[dg.AssetSpec(table.key)],
        check_specs=gate_specs([table], strict),
        partitions_def=DAYS,
        backfill_policy=policy,
    )
    def things(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        yield from report(context, {table: verdicts}, strict)

    @dg.asset(deps=[table.key], partitions_def=DAYS, backfill_policy=policy)
    def downstream() -> None: ...

    job = dg.Definitions([things, downstream], jobs=[dg.define_asset_job("all", "*")])
    return job.resolve_job_def("all").execute_in_process(QUIET, instance=instance, tags=RANGE, raise_on_error=False)


def recorded(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> list[Any]:
    """Check evaluations in the order of the event log: a failed step's result does not hold them."""
    events = [entry.dagster_event for entry in instance.all_logs(result.run_id) if entry.dagster_event]
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    return [event.asset_check_evaluation_data for event in events if event.event_type == kind]


def results_of(
    instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult, name: str
) -> list[tuple[str | None, bool]]:
    """(partition, passed) in the order of logging; None is the overall result."""
    return [(found.partition, found.passed) for found in recorded(instance, result) if found.check_name == name]


def materialized(instance: dg.DagsterInstance, key: dg.AssetKey) -> set[str]:
    return set(instance.get_materialized_partitions(key))


def test_each_day_has_its_own_result_and_the_overall_result_comes_last(instance: dg.DagsterInstance) -> None:
    result = run(instance, [verdict(ONE), verdict(TWO), verdict(THREE)], strict=True)

    assert result.success
    assert results_of(instance, result, "rules") == [
        ("2025-10-01", True),
        ("2025-10-02", True),
        ("2025-10-03", True),
        (None, True),
    ]
    assert materialized(instance, TABLE.key) == {"2025-10-01", "2025-10-02", "2025-10-03"}


def test_one_failed_day_fails_the_overall_result_although_the_newest_day_passed(instance: dg.DagsterInstance) -> None:
    result = run(instance, [verdict(ONE), verdict(TWO, rules=False), verdict(THREE)], strict=False)

    assert results_of(instance, result, "rules")[-1] == (None, False)
    assert results_of(instance, result, "keys")[-1] == (None, True)


def test_warn_gates_let_a_failed_check_pass_with_a_warning_and_the_rest_runs(instance: dg.DagsterInstance) -> None:
    result = run(instance, [verdict(ONE, rules=False), verdict(TWO), verdict(THREE)], strict=False)

    assert result.success
    assert {(found.severity, found.blocking) for found in recorded(instance, result)} == {
        (dg.AssetCheckSeverity.WARN, False)
    }
    assert materialized(instance, dg.AssetKey("downstream")) == {"2025-10-01", "2025-10-02", "2025-10-03"}


def test_strict_gates_record_good_days_not_refused_ones_and_stop_the_run(instance: dg.DagsterInstance) -> None:
    result = run(instance, [verdict(ONE), verdict(TWO, False, refused="failed rules"), verdict(THREE)], strict=True)

    assert not result.success
    assert materialized(instance, TABLE.key) == {"2025-10-01", "2025-10-03"}
    assert materialized(instance, dg.AssetKey("downstream")) == set()
    assert {(found.severity, found.blocking) for found in recorded(instance, result)} == {
        (dg.AssetCheckSeverity.ERROR, True)
    }
    failure = result.get_step_failure_events()[0].step_failure_data
    assert failure.user_failure_data is not None
    assert failure.user_failure_data.description == (
        "1 table days were refused and not published:\nsilver/stg_things 2025-10-02: failed rules"
    )


def test_of_many_refused_days_those_that_failed_themselves_are_named_first(instance: dg.DagsterInstance) -> None:
    for_others = [verdict(ONE, refused="its parent was refused")] * 24
    result = run(instance, [*for_others, verdict(TWO, False, refused="failed rules")], strict=True)

    failure = result.get_step_failure_events()[0].step_failure_data
    assert failure.user_failure_data and failure.user_failure_data.description
    said = failure.user_failure_data.description.splitlines()
    assert said[:2] == ["25 table days were refused and not published:", "silver/stg_things 2025-10-02: failed rules"]
    assert (len(said), said[-1]) == (22, "… and 5 more")


def test_a_refused_run_records_the_overall_result_too_so_that_a_good_last_day_does_not_look_like_a_pass(
    instance: dg.DagsterInstance,
) -> None:
    result = run(instance, [verdict(ONE, False, refused="failed rules"), verdict(TWO), verdict(THREE)], strict=True)

    assert results_of(instance, result, "rules") == [
        ("2025-10-01", False),
        ("2025-10-02", True),
        ("2025-10-03", True),
        (None, False),
    ]
    assert results_of(instance, result, "keys")[-1] == (None, True)


def test_a_day_whose_input_is_missing_fails_the_run_even_where_gates_only_warn(instance: dg.DagsterInstance) -> None:
    missing = DayVerdict.without_inputs(TWO, ["bronze/shop/things", "dims/customers"])
    assert missing.refused == "missing input, materialize it first: bronze/shop/things, dims/customers 2025-10-02"
    result = run(instance, [verdict(ONE), missing, verdict(THREE)], strict=False)

    assert not result.success
    assert materialized(instance, TABLE.key) == {"2025-10-01", "2025-10-03"}
    assert results_of(instance, result, "rules") == [("2025-10-01", True), ("2025-10-03", True), (None, False)]


def test_a_table_that_is_judged_as_a_whole_is_recorded_once_refused_or_not(instance: dg.DagsterInstance) -> None:
    gold = GatedTable(dg.AssetKey(["gold", "facts"]), ("rules", "keys"), judged_by_day=False)
    good = run(instance, [verdict(ONE), verdict(TWO), verdict(THREE)], strict=True, table=gold)
    refused = [verdict(day, rules=False, refused="failed rules") for day in (ONE, TWO, THREE)]
    bad = run(instance, refused, strict=True, table=gold)

    assert results_of(instance, good, "rules") == [(None, True)]
    assert results_of(instance, bad, "rules") == [(None, False)]


def test_counts_are_metadata_of_the_check_of_the_day_and_of_the_materialized_partition(
    instance: dg.DagsterInstance,
) -> None:
    result = run(instance, [verdict(ONE), verdict(TWO, rules=False), verdict(THREE)], strict=False)

    rules = [found for found in recorded(instance, result) if found.check_name == "rules"]
    checks = {found.partition: found.metadata for found in rules}
    assert checks["2025-10-02"]["quarantined"].value == 2
    assert checks["2025-10-02"]["samples"].value == "a row"
    assert (checks[None]["days"].value, checks[None]["failed_days"].value) == (3, "2025-10-02")
    events = instance.fetch_materializations(TABLE.key, limit=10).records
    days = {event.partition_key: event.asset_materialization.metadata for event in events}
    assert days["2025-10-02"]["dagster/partition_row_count"].value == 20
    assert days["2025-10-02"]["received"].value == 22
    assert days["2025-10-02"]["failed_checks"].value == "rules"
    assert "failed_checks" not in days["2025-10-01"]


def test_a_gate_blocks_what_is_downstream_only_where_it_is_strict() -> None:
    assert {spec.blocking for spec in gate_specs([TABLE], strict=True)} == {True}
    assert {spec.blocking for spec in gate_specs([TABLE], strict=False)} == {False}
    assert [(spec.name, spec.asset_key) for spec in gate_specs([TABLE], strict=True)] == [
        ("rules", TABLE.key),
        ("keys", TABLE.key),
    ]


@pytest.mark.parametrize(
    ("checks", "strict", "refused"),
    [
        ({"rules": Check(False), "keys": Check(False)}, True, "failed keys, rules"),
        ({"rules": Check(False), "keys": Check(False)}, False, None),
        ({"rules": Check(True), "keys": Check(False, advisory=True)}, True, None),
    ],
    ids=["strict", "warn", "advice"],
)
def test_strict_gates_refuse_a_day_with_a_failed_check_and_no_gate_refuses_for_advice(
    checks: dict[str, Check], strict: bool, refused: str | None
) -> None:
    day = DayVerdict(ONE, 1, checks)
    day.refuse_if_failed(strict)
    assert day.refused == refused


def test_a_check_of_problems_counts_all_and_shows_the_first_twenty() -> None:
    found = Check.of_problems([f"problem {number}" for number in range(25)], rows=7)
    assert (found.passed, found.numbers) == (False, {"rows": 7, "problems": 25})
    assert found.notes["problems"].splitlines()[-1] == "problem 19"
    assert Check.of_problems([]) == Check(True, {"problems": 0}, {"problems": "none"})


def test_an_advisory_check_that_fails_warns_under_strict_gates_and_stops_nothing() -> None:
    small = DayVerdict(ONE, 1, {"rules": Check(False, advisory=True), "keys": Check(True)})
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(instance, [small, verdict(TWO), verdict(THREE)], strict=True)
        evaluations = [found for found in recorded(instance, result) if found.check_name == "rules"]

    assert result.success and small.failed == []
    assert [(found.partition, found.passed) for found in evaluations] == [
        ("2025-10-01", False), ("2025-10-02", True), ("2025-10-03", True), (None, False),
    ]  # fmt: skip
    assert {found.severity for found in evaluations if not found.passed} == {dg.AssetCheckSeverity.WARN}
    assert {event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key} == {
        "stg_things", "downstream",
    }  # fmt: skip


def test_a_day_that_fails_for_good_beside_an_advisory_one_is_an_error() -> None:
    advised = DayVerdict(ONE, 1, {"rules": Check(False, advisory=True), "keys": Check(True)})
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(instance, [advised, verdict(TWO, rules=False, refused="failed rules")], strict=True)
        overall = [found for found in recorded(instance, result) if found.check_name == "rules"][-1]

    assert not result.success
    assert (overall.passed, overall.severity) == (False, dg.AssetCheckSeverity.ERROR)
