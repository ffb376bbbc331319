"""The command line in the test's process: exit codes, and messages that say what to do."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import DAY, Platform, days_from, empty_shop, order

from platform_assets.__main__ import main
from platform_assets.contracts import DeclarationError
from platform_assets.definitions import build_definitions
from platform_assets.enriched.tables import enriched_tables
from platform_assets.settings import PROJECT


@pytest.fixture
def deployed(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The test's platform as the environment describes it, without a DAGSTER_HOME."""
    monkeypatch.setenv("PLATFORM_DATA", str(tmp_path))
    monkeypatch.setenv("PLATFORM_START_DATE", "2025-10-01")
    for name in ("PLATFORM_ENV", "PLATFORM_GATES", "PLATFORM_LANDING", "PLATFORM_END_DATE", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    return platform


def code_of(*arguments: str) -> int:
    """The exit code, be it returned or raised by argparse."""
    try:
        return main(arguments)
    except SystemExit as left:
        assert isinstance(left.code, int)
        return left.code


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("--help") == 0
    shown = capsys.readouterr().out
    assert "python -m platform_assets" in shown
    assert all(command in shown for command in ("run", "backfill", "status", "report", "dictionary"))


@pytest.mark.parametrize("arguments", [[], ["launch"], ["run", "--days", "7"]])
def test_what_is_not_a_command_exits_with_2(arguments: list[str]) -> None:
    assert code_of(*arguments) == 2


def test_years_of_empty_days_before_the_first_dated_drop_are_not_run_unasked(
    deployed: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PLATFORM_START_DATE")
    empty_shop(deployed, [DAY])  # products have no day; the first customers signed up on 2025-09-01

    assert code_of("run") == 2
    assert "set PLATFORM_START_DATE=2025-09-01, or write --from 2020-01-01" in capsys.readouterr().err


def test_dated_drops_alone_begin_on_their_own_first_day(
    deployed: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PLATFORM_START_DATE")
    deployed.drop("orders", f"ingest_dt={DAY}", [order(1)])

    assert code_of("run") == 2
    assert capsys.readouterr().err.startswith("DAGSTER_HOME=''")  # the days are right: the next thing is missing


@pytest.mark.parametrize("option", ["--from", "--to"])
@pytest.mark.parametrize("text", ["bad", "2025-13-01", "20251001", "2025-10-1"])
def test_a_bad_day_exits_with_2_and_shows_how_to_write_one(
    option: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of("run", option, text) == 2
    assert f"argument {option}: '{text}' is not an ingest day: write it like 2020-01-31." in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "٣"])
def test_days_per_run_that_are_no_number_exit_with_2_and_say_how_to_write_one(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of("backfill", f"--days-per-run={text}") == 2
    assert f"{text!r} is not a number of days: write a whole number from 1." in capsys.readouterr().err


def test_a_run_with_nothing_landed_exits_with_2_and_says_what_to_set(
    deployed: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of("run") == 2
    message = f"Nothing has landed in {deployed.landing}. Set PLATFORM_LANDING, or run `make demo`.\n"
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "2025-09-30"], "2025-09-30 is not an ingest day: set PLATFORM_START_DATE and PLATFORM_END_DATE"),
        (["--to", "2999-01-01"], "2999-01-01 is not an ingest day: set PLATFORM_START_DATE and PLATFORM_END_DATE"),
        (["--from", "2025-10-03", "--to", "2025-10-02"], "--to 2025-10-02 is before --from 2025-10-03: write the earl"),
    ],
)
def test_days_that_cannot_be_run_exit_with_2(
    deployed: Platform, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    empty_shop(deployed, [DAY])
    assert code_of("run", *arguments) == 2
    assert capsys.readouterr().err.startswith(message)


def test_a_second_run_computes_the_new_day_alone_unless_days_are_named(
    deployed: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def passes(*arguments: str) -> list[str]:
        assert code_of("run", *arguments) == 0
        return [line for line in capsys.readouterr().out.splitlines() if line.startswith(("Pass", "1 of"))]

    shutil.copyfile(PROJECT / "dagster.yaml", tmp_path / "dagster.yaml")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    empty_shop(deployed, [DAY])
    assert passes() == ["Pass 1: ingest days 2025-10-01 to 2025-10-01"]
    assert passes() == ["1 of 1 days are up to date: --from and --to run days again."]
    empty_shop(deployed, days_from(DAY, 2))
    assert passes() == [
        "1 of 2 days are up to date: --from and --to run days again.",
        "Pass 1: ingest days 2025-10-02 to 2025-10-02",
    ]
    assert passes("--to", "2025-10-01") == ["Pass 1: ingest days 2025-10-01 to 2025-10-01"]


@pytest.mark.parametrize("home", [None, "", "relative", "/nowhere/at/all"])
def test_a_run_without_a_place_for_dagster_exits_with_2_and_says_what_to_set(
    deployed: Platform, home: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty_shop(deployed, [DAY])
    if home is not None:
        monkeypatch.setenv("DAGSTER_HOME", home)
    assert code_of("run") == 2
    assert capsys.readouterr().err == (
        f"DAGSTER_HOME={home or ''!r}: set it to the path of a folder, where Dagster keeps its runs.\n"
    )


def test_a_setting_that_cannot_work_exits_with_2_and_its_message(
    deployed: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLATFORM_ENV", "production")
    assert code_of("status") == 2
    assert capsys.readouterr().err == ("PLATFORM_ENV='production' is not known: write one of local, dev, qa, prod.\n")


@pytest.fixture
def own_project(tmp_path: Path) -> Path:
    """A copy of the dbt project, the test's own to break, and its folder."""
    shutil.copytree(PROJECT / "dbt", tmp_path / "copy" / "dbt", ignore=shutil.ignore_patterns("target"))
    return tmp_path / "copy"


def test_a_project_that_dbt_cannot_parse_exits_with_2_and_dbts_message(
    deployed: Platform, own_project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = own_project / "dbt" / "models" / "silver" / "stg_returns.sql"
    model.write_text(model.read_text() + "{{ ref('nowhere') }}")
    monkeypatch.setattr("platform_assets.settings.PROJECT", own_project)
    assert code_of("status") == 2
    message = capsys.readouterr().err
    assert message.startswith(f"dbt cannot parse {own_project / 'dbt'}: ")
    assert "depends on a node named 'nowhere' which was not found" in message


def test_a_mistake_in_the_yaml_exits_with_2_and_is_a_message_and_not_a_traceback(
    deployed: Platform, own_project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    declared = own_project / "dbt" / "models" / "silver" / "stg_returns.yml"
    declared.write_text(declared.read_text().replace("data_type: decimal(18,2)", "data_type: money"))
    monkeypatch.setattr("platform_assets.settings.PROJECT", own_project)
    assert code_of("status") == 2
    assert capsys.readouterr() == (
        "",
        "dbt/models/silver/stg_returns.yml: stg_returns.refunded_amount: data_type 'money' is not known. "
        "Write text, integer, bigint, double, boolean, date, timestamp or decimal(18,2).\n",
    )


def test_a_mistake_in_the_yaml_stops_the_definitions_from_loading(deployed: Platform, own_project: Path) -> None:
    declared = own_project / "dbt" / "models" / "sources" / "shop.yml"
    declared.write_text(declared.read_text().replace("  delivery: replace\n", "  delivery: repalce\n"))
    with pytest.raises(DeclarationError, match=r"landing\.delivery: 'repalce' is not known. Write replace or upsert\."):
        build_definitions(replace(deployed.settings, dbt_project=own_project / "dbt"))


def test_status_exits_with_0_before_anything_has_landed_and_with_1_while_days_are_behind(
    deployed: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of("status") == 0
    assert capsys.readouterr().out == "0 table days behind; 0 ingest days known\n"

    empty_shop(deployed, [DAY])
    deployed.bronze([DAY])
    assert code_of("status") == 1
    shown = capsys.readouterr().out
    assert "silver/stg_orders 2025-10-01: not published, or not finished\n" in shown
    assert "dims/customers 2025-10-01: not published, or not finished\n" in shown
    # of one day: 8 silver tables, 2 snapshots, every enriched table, gold
    expected = 8 + 2 + len(enriched_tables({})) + 1
    assert shown.splitlines()[-1] == f"{expected} table days behind; 1 ingest days known"


def test_a_finished_platform_has_status_0_and_reports_rows_in_out_and_quarantined(
    deployed: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    empty_shop(deployed, [DAY])
    deployed.drop("orders", f"ingest_dt={DAY}", [order(1), order(2), order(3, net_total=-1.0)])
    deployed.refresh([DAY])
    assert code_of("status") == 0
    assert capsys.readouterr().out == "0 table days behind; 1 ingest days known\n"

    assert code_of("report") == 0
    shown = [re.split(r" {2,}", line.strip()) for line in capsys.readouterr().out.splitlines() if line]
    orders = dict(zip(shown[0], next(line for line in shown if line[1] == "stg_orders"), strict=True))
    expected = {"layer": "silver", "days": "1", "rows in": "3", "rows out": "2", "quarantined": "1"}
    assert {name: orders[name] for name in expected} == expected
    layers = {line[0] for line in shown[2:]}
    assert layers >= {"bronze", "silver", "dims", "enriched", "gold"}


def test_a_threshold_that_does_not_exist_is_a_usage_mistake_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thresholds.toml").write_text("[inventory_risk]\nhihg = 0.9\n")
    monkeypatch.setenv("PLATFORM_THRESHOLDS", str(tmp_path / "thresholds.toml"))
    assert main(["status"]) == 2
    assert "[inventory_risk] hihg: not a threshold of it" in capsys.readouterr().err
