"""Freshness: which days must be computed again when an input's day changes, and which must not."""

import json
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from conftest import DAY, Platform, days_from, empty_shop

from platform_assets.audit import behind
from platform_assets.lake import Input, Lake, LakeTable, Manifest, PublishedContent, Scope, day_inputs, stale_reason

DAYS = days_from(DAY, 4)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def publish(
    lake: Lake, table: LakeTable, day: date, content: str, inputs: Sequence[Input] = (), waiting: int = 0
) -> None:
    path = lake.staging / "run" / "x"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    recorded = day_inputs(inputs, day, PublishedContent())
    manifest = Manifest.of_file(table.key, day, path, 1, recorded, details={"waiting": waiting})
    lake.publish(day, [(table, path, manifest)], "run")


def family(lake: Lake, scope: Scope) -> tuple[LakeTable, LakeTable, list[Input]]:
    """A parent and a child that depends on it by `scope`, published for all days."""
    parent, child = lake.table("silver", "parent"), lake.table("enriched", "child")
    inputs = [Input(parent, scope)]
    for day in DAYS:
        publish(lake, parent, day, f"parent {day}", waiting=1)
    for day in DAYS:
        publish(lake, child, day, f"child {day}", inputs)
    return parent, child, inputs


def stale(child: LakeTable, inputs: list[Input]) -> list[date]:
    return [day for day in DAYS if stale_reason(child, inputs, day, PublishedContent())]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(Scope.DAY, DAYS[1:2]), (Scope.THROUGH, DAYS[1:]), (Scope.WAITING_BEFORE, DAYS[2:])],
    ids=["the same day", "through the day", "waiting before the day"],
)
def test_a_changed_parent_day_makes_stale_only_what_depends_on_it(
    scope: Scope, expected: list[date], lake: Lake
) -> None:
    parent, child, inputs = family(lake, scope)
    assert stale(child, inputs) == []

    publish(lake, parent, DAYS[1], "other content", waiting=1)

    assert stale(child, inputs) == expected
    assert stale_reason(child, inputs, expected[0], PublishedContent()) == "changed since: silver/parent"


@pytest.mark.parametrize("scope", list(Scope))
def test_the_same_content_published_again_by_another_run_makes_nothing_stale(scope: Scope, lake: Lake) -> None:
    parent, child, inputs = family(lake, scope)
    (parent.day_folder(DAYS[1]) / "_MANIFEST.json").unlink()

    publish(lake, parent, DAYS[1], f"parent {DAYS[1]}", waiting=1)

    assert stale(child, inputs) == []


def test_days_of_which_nothing_waits_do_not_matter_to_later_days(lake: Lake) -> None:
    parent, child, inputs = family(lake, Scope.WAITING_BEFORE)
    publish(lake, parent, DAYS[1], "nothing waits here", waiting=0)
    for day in DAYS:
        publish(lake, child, day, f"child {day}", inputs)

    publish(lake, parent, DAYS[1], "still nothing waits here", waiting=0)

    assert stale(child, inputs) == []


def test_a_parent_day_that_is_gone_and_one_that_is_new_make_later_days_stale(lake: Lake) -> None:
    parent, child, inputs = family(lake, Scope.THROUGH)
    (parent.day_folder(DAYS[2]) / "_MANIFEST.json").unlink()
    assert stale(child, inputs) == DAYS[2:]

    earlier = date(2025, 9, 30)
    publish(lake, parent, earlier, "late")

    assert stale(child, inputs) == DAYS


def test_an_unfinished_day_is_stale_and_says_so(lake: Lake) -> None:
    _, child, inputs = family(lake, Scope.DAY)
    (child.day_folder(DAYS[3]) / "_MANIFEST.json").unlink()

    assert stale(child, inputs) == [DAYS[3]]
    assert stale_reason(child, inputs, DAYS[3], PublishedContent()) == "not published, or not finished"


def test_what_others_publish_during_a_computation_was_not_read_and_shows_as_changed(lake: Lake) -> None:
    parent, child, inputs = family(lake, Scope.DAY)
    seen = PublishedContent()
    seen.manifests(parent)

    publish(lake, parent, DAYS[1], "published meanwhile")
    path = lake.staging / "run" / "y"
    path.write_text("computed from the old parent")
    manifest = Manifest.of_file(child.key, DAYS[1], path, 1, day_inputs(inputs, DAYS[1], seen))
    lake.publish(DAYS[1], [(child, path, manifest)], "run")

    assert stale(child, inputs) == [DAYS[1]]


@pytest.mark.parametrize("scope", list(Scope))
def test_what_a_computation_notes_counts_like_what_it_would_read_now(scope: Scope, lake: Lake) -> None:
    chance, parent = random.Random(3), lake.table("silver", "parent")
    days, source, seen = days_from(DAY, 9), Input(parent, scope), PublishedContent()
    for turn in range(60):
        day = chance.choice(days)
        publish(lake, parent, day, f"turn {turn}", waiting=chance.randint(0, 1))
        seen.note(parent, day, parent.manifest(day) or pytest.fail("just published"))
        asked = chance.choice(days)
        assert seen.hash_for(source, asked) == PublishedContent().hash_for(source, asked)


def test_a_day_whose_quarantine_is_of_another_run_is_behind(platform: Platform) -> None:
    empty_shop(platform, [DAY])
    platform.up_to_silver([DAY])
    assert "silver/stg_orders" not in behind(platform.settings, platform.contracts)
    manifest = platform.lake.table("quarantine", "quarantine_orders").day_folder(DAY) / "_MANIFEST.json"
    record = json.loads(manifest.read_bytes())
    manifest.write_text(json.dumps(record | {"batch_hash": "of another run"}))

    stale = behind(platform.settings, platform.contracts)

    assert stale["silver/stg_orders"] == {DAY: "not published together with quarantine/quarantine_orders"}
