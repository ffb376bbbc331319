"""The dbt manifest follows the files of the project: parsed when their content changed, and only then."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from platform_assets.contracts import DbtProjectError, current_manifest
from platform_assets.settings import PROJECT

PROFILE = "tiny:\n  target: local\n  outputs:\n    local: {type: duckdb, path: ':memory:', threads: 1}\n"
DESCRIBED = "version: 2\nmodels:\n  - name: first\n    description: "


@pytest.fixture(scope="module")
def once_parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dbt project of two models, parsed."""
    root = tmp_path_factory.mktemp("once_parsed") / "dbt"
    models = root / "models"
    models.mkdir(parents=True)
    flags = "flags: {send_anonymous_usage_stats: false}\n"
    (root / "dbt_project.yml").write_text(f"name: tiny\nversion: '1.0'\nprofile: tiny\n{flags}")
    (root / "profiles.yml").write_text(PROFILE)
    (models / "first.sql").write_text("select 1 as id")
    (models / "second.sql").write_text("select 2 as id")
    (models / "first.yml").write_text(DESCRIBED + "old\n")
    current_manifest(root)
    return root


@pytest.fixture
def parsed(once_parsed: Path, tmp_path: Path) -> Path:
    """The test's own copy of it."""
    return shutil.copytree(once_parsed, tmp_path / "dbt")


@pytest.fixture
def project(parsed: Path) -> Path:
    """The same, never parsed."""
    shutil.rmtree(parsed / "target")
    return parsed


def models(project: Path) -> set[str]:
    return {node["name"] for node in current_manifest(project)["nodes"].values()}


def parsed_at(project: Path) -> int:
    return (project / "target" / "manifest.json").stat().st_mtime_ns


def test_a_missing_manifest_is_made_together_with_the_parse_cache_that_runs_start_from(project: Path) -> None:
    assert models(project) == {"first", "second"}
    assert (project / "target" / "partial_parse.msgpack").is_file()
    assert [path.name for path in (project / "target").iterdir() if path.is_dir()] == []


def test_an_unchanged_project_is_not_parsed_again_even_when_its_files_were_touched(parsed: Path) -> None:
    before = parsed_at(parsed)
    later = time.time() + 60
    os.utime(parsed / "models" / "first.yml", (later, later))
    assert current_manifest(parsed)["nodes"]["model.tiny.first"]["description"] == "old"
    assert parsed_at(parsed) == before


def test_a_changed_file_is_seen_even_when_it_looks_older_than_the_manifest(parsed: Path) -> None:
    changed = parsed / "models" / "first.yml"
    changed.write_text(DESCRIBED + "new\n")
    os.utime(changed, (1_000_000_000, 1_000_000_000))
    assert current_manifest(parsed)["nodes"]["model.tiny.first"]["description"] == "new"


def test_a_deleted_file_is_seen(parsed: Path) -> None:
    assert models(parsed) == {"first", "second"}
    (parsed / "models" / "second.sql").unlink()
    assert models(parsed) == {"first"}


def test_a_renamed_file_is_seen(parsed: Path) -> None:
    (parsed / "models" / "second.sql").rename(parsed / "models" / "third.sql")
    assert models(parsed) == {"first", "third"}


def test_a_lost_parse_cache_is_made_again(parsed: Path) -> None:
    cache = parsed / "target" / "partial_parse.msgpack"
    cache.unlink()
    current_manifest(parsed)
    assert cache.is_file()


def test_a_manifest_of_another_dbt_version_is_made_again(parsed: Path) -> None:
    before = parsed_at(parsed)
    (parsed / "target" / "parsed_from").write_text("what dbt 1.10 had parsed")
    current_manifest(parsed)
    assert parsed_at(parsed) > before


def test_a_project_that_dbt_cannot_parse_gives_dbts_own_message(project: Path) -> None:
    (project / "models" / "third.sql").write_text("select * from {{ ref('nowhere') }}")
    expected = rf"dbt cannot parse {project}: (?s:.*)'model.tiny.third'(?s:.*) 'nowhere' which was not found"
    with pytest.raises(DbtProjectError, match=expected):
        current_manifest(project)
    assert not (project / "target" / "manifest.json").exists()


def test_broken_yaml_gives_dbts_own_message_instead_of_the_old_manifest(parsed: Path) -> None:
    (parsed / "models" / "first.yml").write_text("models: [")
    with pytest.raises(DbtProjectError, match=r"first\.yml"):
        current_manifest(parsed)


def test_a_project_without_its_files_or_without_a_place_to_write_says_so(project: Path) -> None:
    (project / "target").write_text("a file where the folder should be")
    with pytest.raises(DbtProjectError, match=f"cannot prepare the dbt project {project}: .*target"):
        current_manifest(project)
    (project / "dbt_project.yml").unlink()
    (project / "target").unlink()
    with pytest.raises(DbtProjectError, match=r"No such file.*dbt_project\.yml"):
        current_manifest(project)


def test_two_processes_at_once_parse_once_and_read_the_same_manifest(project: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from platform_assets.contracts import current_manifest;"
        "print(current_manifest(Path(sys.argv[1]))['metadata']['invocation_id'])"
    )
    command = [sys.executable, "-c", script, str(project)]
    started = [subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate(timeout=60)[0].strip() for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert printed[0] == printed[1] != ""
