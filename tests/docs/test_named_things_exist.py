"""What the pages name is there: tests, files, settings and commands. A page that names something gone misleads."""

import re
from pathlib import Path

import pytest

from platform_assets.settings import PROJECT

PAGES = sorted([PROJECT / "README.md", PROJECT / "deploy" / "README.md", *(PROJECT / "docs").rglob("*.md")])
MISTAKES = (PROJECT / "docs" / "mistakes-of-earlier-systems.md").read_text()


def named_tests(text: str) -> set[tuple[str, str]]:
    return set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_test_named_on_a_page_exists(page: Path) -> None:
    missing = [
        f"{file}::{test}"
        for file, test in named_tests(page.read_text())
        if not (PROJECT / file).is_file() or f"\ndef {test}(" not in (PROJECT / file).read_text()
    ]
    assert missing == []


@pytest.mark.parametrize("number", range(1, 16))
def test_each_of_the_fifteen_mistakes_has_a_test(number: int) -> None:
    text = re.split(r"^\*\*\d+\. ", MISTAKES, flags=re.MULTILINE)[number]
    assert MISTAKES.count(f"\n**{number}. ") == 1
    assert named_tests(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_linked_page_and_every_named_file_of_the_project_exists(page: Path) -> None:
    text = page.read_text()
    links = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
    missing = [target for target in links if not (page.parent / target).exists()]
    files = re.findall(r"`((?:platform_assets|dbt|tests|docs|sample_data)/[\w/.-]+\.\w+)`", text)
    assert missing + [file for file in files if not (PROJECT / file).exists() and file not in MADE_BY_THE_READER] == []


# Files that a how-to tells its reader to write.
MADE_BY_THE_READER = {
    "dbt/models/silver/stg_gift_cards.yml",
    "dbt/models/silver/stg_gift_cards.sql",
    "platform_assets/enriched/transforms/payment_fees.py",
    "tests/enriched/test_payment_fees.py",
    "dbt/tests/fact_returns_come_after_their_order.sql",
}


def test_the_readme_names_every_setting_and_no_other() -> None:
    read = set(re.findall(r'"(PLATFORM_[A-Z_]+)"', (PROJECT / "platform_assets" / "settings.py").read_text()))
    table = (PROJECT / "README.md").read_text().split("## Settings")[1].split("\n## ")[0]
    assert set(re.findall(r"`(PLATFORM_[A-Z_]+)`", table)) == read


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_make_target_on_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    blocks = "\n".join(re.findall(r"^```console\n(.*?)```", page.read_text(), flags=re.MULTILINE | re.DOTALL))
    commands = re.findall(r"^make ([a-z]+)", blocks, flags=re.MULTILINE)
    commands += re.findall(r"`make ([a-z]+)`", page.read_text())
    assert set(commands) - targets == set()
