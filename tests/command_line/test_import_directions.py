"""Rooms import downwards only, a layer never imports another layer, and there is no room for odds and ends."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_assets.settings import PROJECT

PACKAGE = PROJECT / "platform_assets"
LAYERS = {"bronze", "silver", "dims", "enriched", "gold"}
# From the bottom up: a room imports rooms of lower floors only, and `definitions` and `__main__` whatever they show.
FLOORS: list[set[str]] = [
    {"settings", "event_log"},
    {"partitions"},
    {"lake"},
    {"contracts", "dbt_process"},
    {"ingest", "gates", "duckdb_session"},
    LAYERS,
    {"audit"},
    {"automation"},
    {"definitions"},
    {"__main__"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(file: Path) -> Iterator[str]:
    """Rooms imported anywhere in the file, inside functions too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write imports in full"
            names = [f"{node.module}.{alias.name}" if node.module == "platform_assets" else str(node.module)
                     for alias in node.names]  # fmt: skip
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("platform_assets."))


FILES = sorted(file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py")


def test_every_room_has_its_floor() -> None:
    assert {room_of(file) for file in FILES} <= set(FLOOR)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_file_imports_only_its_own_room_and_rooms_below(file: Path) -> None:
    room = room_of(file)
    wrong = {other for other in imported_rooms(file) if other != room and FLOOR[other] >= FLOOR[room]}
    assert wrong == set()


def test_no_room_is_called_by_what_it_is_not() -> None:
    assert {room_of(file) for file in FILES} & {"utils", "util", "common", "helpers", "misc", "shared"} == set()


def test_the_platform_never_imports_the_sample_data() -> None:
    sources = "\n".join(file.read_text() for file in FILES)
    assert "import sample_data" not in sources
    assert "from sample_data" not in sources
