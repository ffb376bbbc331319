"""The page "Add a table" is true: its files, taken from the page, make the table that it describes. No Python else."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import DAY, Platform, empty_shop

from platform_assets.contracts import Contracts, current_manifest
from platform_assets.definitions import build_definitions
from platform_assets.settings import PROJECT

PAGE = (PROJECT / "docs" / "add-a-table.md").read_text()


def files_of_the_page() -> dict[str, str]:
    """{path as named before a block: its text}"""
    return dict(re.findall(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)```", PAGE, flags=re.MULTILINE | re.DOTALL))


def rows_of_the_page(heading: str) -> list[tuple[str, str]]:
    """(key, words before the colon) of a result table of the page."""
    table = PAGE[PAGE.index(f"| `{heading}`") :].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [(key, words.split(":")[0]) for key, words in cells]


@pytest.fixture
def extended(platform: Platform, tmp_path: Path) -> Platform:
    """The platform with the page's files written where the page says."""
    root = tmp_path / "project"
    shutil.copytree(PROJECT / "dbt", root / "dbt", ignore=shutil.ignore_patterns("target", "logs"))
    for name, text in files_of_the_page().items():
        path = platform.landing / name.removeprefix("<landing>/") if name.startswith("<landing>/") else root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    settings = replace(platform.settings, dbt_project=root / "dbt")
    return Platform(settings, Contracts(current_manifest(settings.dbt_project)))


def test_a_declaration_and_a_model_make_a_table_with_its_assets_checks_quarantine_and_reasons(
    extended: Platform,
) -> None:
    assert set(files_of_the_page()) == {
        "dbt/models/silver/stg_gift_cards.yml", "dbt/models/silver/stg_gift_cards.sql",
        f"<landing>/gift_cards/ingest_dt={DAY}/cards.csv",
    }  # fmt: skip
    graph = build_definitions(extended.settings).resolve_asset_graph()
    assets = {"/".join(key.path): graph.get(key) for key in graph.get_all_asset_keys()}
    card = assets["silver/stg_gift_cards"]
    assert {"bronze/gift_cards", "quarantine/quarantine_gift_cards"} < assets.keys()
    assert {"/".join(key.path) for key in card.parent_keys} == {"bronze/gift_cards", "dims/customers"}
    assert {key.name for key in card.check_keys} == {"shape", "rules", "keys", "reconciliation"}

    empty_shop(extended, [DAY])
    extended.bronze([DAY], list(extended.contracts.sources))
    extended.silver([DAY], masters=True)
    extended.dims([DAY])
    verdict = extended.silver([DAY], masters=False)["stg_gift_cards"][DAY]

    cards = extended.rows("silver", "stg_gift_cards", DAY).select("card_no", "amount", "state").rows()
    assert [(card_no, f"{amount}, {state}") for card_no, amount, state in cards] == rows_of_the_page(
        "silver/stg_gift_cards"
    )
    held = extended.rows("quarantine", "quarantine_gift_cards", DAY).sort("card_no", "sold_at")
    found = [(card_no, ", ".join(reasons)) for card_no, reasons in held.select("card_no", "_reasons").rows()]
    assert found == rows_of_the_page("quarantine/quarantine_gift_cards")
    assert verdict.failed == ["keys", "rules"]
    assert verdict.numbers["quarantined_share"] == 0.5
