"""The page "Add a transform" is true: its transform, entry and tests, taken from the page, do what it says."""

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import DAY, Platform, empty_shop, order

from platform_assets.enriched import tables, transforms
from platform_assets.enriched.refresh import refresh_enriched
from platform_assets.settings import PROJECT

PAGE = (PROJECT / "docs" / "add-a-transform.md").read_text()
FILES = dict(re.findall(r"^`([^`\n]+\.py)`:\n\n```python\n(.*?)```", PAGE, flags=re.MULTILINE | re.DOTALL))


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tables.EnrichedTable:
    """The page's entry, with the page's transform in a folder that the package is told of."""
    (tmp_path / "payment_fees.py").write_text(FILES["platform_assets/enriched/transforms/payment_fees.py"])
    monkeypatch.setattr(transforms, "__path__", [*transforms.__path__, str(tmp_path)])
    block = re.findall(r"^```python\n(EnrichedTable\(.*?)```", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert len(block) == 1
    found = eval(block[0], vars(tables))
    assert isinstance(found, tables.EnrichedTable)
    return found


def test_the_transform_of_the_page_computes_the_day_that_the_page_shows(
    entry: tables.EnrichedTable, platform: Platform
) -> None:
    empty_shop(platform, [DAY])
    platform.drop("orders", f"ingest_dt={DAY}", [order(1), order(2), order(3, payment_method=None)])
    platform.up_to_silver([DAY])
    verdict = refresh_enriched(platform.settings, platform.lake, entry, [DAY], "test")[0]
    assert verdict.failed == []
    shown = PAGE[PAGE.index("| payment_method |") :].split("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in (shown[0], *shown[2:])]
    computed = platform.rows("enriched", "payment_fees", DAY)
    assert [computed.columns, *([str(value) for value in row] for row in computed.rows())] == rows


def test_the_tests_of_the_page_pass(entry: tables.EnrichedTable) -> None:
    space: dict[str, Any] = {}
    exec(FILES["tests/enriched/test_payment_fees.py"], space)
    tests = [space[name] for name in space if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()


def test_the_page_names_every_way_to_read_an_input() -> None:
    named = set(re.findall(r'^\| `(\w+)\("', PAGE, flags=re.MULTILINE))
    assert named == {reading.name.lower() for reading in tables.Reading}
