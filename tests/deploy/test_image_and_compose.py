"""What must hold for the image and the compose file, read from their text: fast, and without a container engine.

Here: the promises of deploy/README.md. Not here: whether the image builds and runs, which needs an engine.
"""

import copy
import json
import re
import tomllib
from typing import Any

import pytest
import yaml

from platform_assets.contracts.manifest import FOLDERS
from platform_assets.settings import PROJECT

Instructions = list[tuple[str, str]]
VOLUMES = {"/data", "/dagster"}


def instructions(dockerfile: str) -> Instructions:
    """(instruction, its arguments) in order, continued lines joined."""
    lines = [line for line in dockerfile.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line]


def published_beyond_loopback(compose: dict[str, Any]) -> list[str]:
    """Ports that somebody on another machine could reach, as `service port`."""
    found = []
    for name, service in compose["services"].items():
        found += [f"{name} {port}" for port in service.get("ports", ()) if not str(port).startswith("127.0.0.1:")]
        if service.get("network_mode") == "host":
            found.append(f"{name} all")
    return found


BUILT = instructions((PROJECT / "Dockerfile").read_text())
RUNTIME = BUILT[max(number for number, (name, _) in enumerate(BUILT) if name == "FROM") :]
COMPOSE = yaml.safe_load((PROJECT / "deploy" / "compose.yaml").read_text())


def only(name: str) -> str:
    """The arguments of the one such instruction in the image that is shipped."""
    (found,) = [text for instruction, text in RUNTIME if instruction == name]
    return found


def test_the_image_runs_as_a_fixed_user_who_is_not_root_and_owns_the_volumes() -> None:
    user = only("USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    assert f"useradd --uid {user.split(':')[0]} " in only("RUN")
    assert set(json.loads(only("VOLUME"))) == VOLUMES
    assert "--owner platform" in only("RUN") and set(only("RUN").split()) >= VOLUMES
    after_user = RUNTIME[[name for name, _ in RUNTIME].index("USER") :]
    assert not {"RUN", "COPY", "ADD"} & {name for name, _ in after_user}


def test_nothing_is_installed_without_its_hash_and_no_developer_package_is_shipped() -> None:
    installing = [text for _, text in BUILT if "pip" in text and ("install" in text or "download" in text)]
    (fetched_then_installed,) = [text for text in installing if "constraints.txt" in text]
    download, _, install = fetched_then_installed.partition(" > dependencies.txt")
    assert "pip download" in download and "--require-hashes" in download and "--requirement constraints.txt" in download
    assert "--no-index" in install and "--find-links wheels" in install and "--requirement dependencies.txt" in install
    assert "['project']['dependencies']" in download
    assert not any("pip" in text or "apt" in text.split() for _, text in RUNTIME)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    development = {re.split("[>=<]", line)[0] for line in project["optional-dependencies"]["dev"]}
    assert not development & {re.split(r"[>=<\[]", line)[0] for line in project["dependencies"]}


def test_the_manifest_is_made_in_the_build_from_the_files_of_the_image() -> None:
    build = BUILT[: len(BUILT) - len(RUNTIME)]
    copied = build.index(("COPY", ". ."))
    assert any(name == "RUN" and "platform_assets.definitions" in text for name, text in build[copied:])
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    assert "dbt/target" in ignored[ignored.index("!dbt") :]
    assert all((PROJECT / "dbt" / folder).is_dir() for folder in FOLDERS)
    assert ("COPY", "--from=build /app /app") in RUNTIME and ("WORKDIR", "/app") in build  # its paths stay true


def test_the_context_lets_in_only_named_files_and_all_that_the_image_uses() -> None:
    lines = [line for line in (PROJECT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert let_in == {
        "constraints.txt", "pyproject.toml", "dagster.yaml", "workspace.yaml", "platform_assets", "sample_data", "dbt",
        "deploy/*.py", "deploy/start.sh", "deploy/workspace.yaml",
    }  # fmt: skip
    used = set(re.findall(r"deploy/[a-z_]+\.\w+", f"{BUILT} {COMPOSE}"))
    assert used == {"deploy/start.sh", "deploy/health.py", "deploy/abandoned_runs.py", "deploy/workspace.yaml"}
    assert all((PROJECT / name).is_file() for name in used)


def test_health_is_asked_of_the_server_in_the_image_and_of_every_service_that_stays_up() -> None:
    assert only("HEALTHCHECK").endswith('CMD ["python", "deploy/health.py"]')
    services = COMPOSE["services"]
    assert "grpc-health-check" in services["code"]["healthcheck"]["test"]
    assert "liveness-check" in services["daemon"]["healthcheck"]["test"]
    assert "healthcheck" not in services["web"]  # the image's own
    assert services["run"]["healthcheck"] == {"disable": True} and services["run"]["profiles"]


def test_only_this_machine_can_reach_the_published_port() -> None:
    assert published_beyond_loopback(COMPOSE) == []
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["web"]


@pytest.mark.parametrize("port", ["3000:3000", "0.0.0.0:3000:3000", 3000])
def test_a_port_on_all_addresses_is_found(port: str | int) -> None:
    assert published_beyond_loopback({"services": {"web": {"ports": [port]}}}) == [f"web {port}"]


def test_every_service_is_confined_shares_the_volumes_and_is_given_no_secret() -> None:
    for service in COMPOSE["services"].values():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        mounted = {volume.split(":")[-1 if not volume.endswith(":ro") else -2] for volume in service["volumes"]}
        assert (
            mounted == {"/landing", "/thresholds.toml", *VOLUMES}
            and "user" not in service
            and "privileged" not in service
        )
        given = {name: value for name, value in service["environment"].items() if value is not None}
        thresholds = "${PLATFORM_THRESHOLDS:+/thresholds.toml}"
        assert given == {"PLATFORM_LANDING": "/landing", "PLATFORM_THRESHOLDS": thresholds}
        assert not {"secrets", "env_file"} & service.keys()


SETTINGS = set(re.findall(r'"(PLATFORM_[A-Z_]+)"', (PROJECT / "platform_assets" / "settings.py").read_text()))
PLACES_IN_THE_VOLUME = {"PLATFORM_DATA", "PLATFORM_LAKE", "PLATFORM_WAREHOUSE"}  # the image's own


def settings_that_differ(compose: dict[str, Any]) -> set[str]:
    """`service setting`: what a service is not given, is given otherwise than `code`, or is given and nobody reads."""
    expected = {name: compose["services"]["code"]["environment"].get(name) for name in SETTINGS - PLACES_IN_THE_VOLUME}
    found = set()
    for service, described in compose["services"].items():
        given = described["environment"]
        found |= {f"{service} {name}" for name in given.keys() ^ expected.keys()}
        found |= {f"{service} {name}" for name in given.keys() & expected.keys() if given[name] != expected[name]}
    return found


def test_every_service_is_given_every_setting_that_the_platform_reads_and_no_other() -> None:
    assert settings_that_differ(COMPOSE) == set()
    assert "PLATFORM_DATA=/data" in only("ENV")  # the two others lie below it


@pytest.mark.parametrize(
    ("service", "change", "found"),
    [
        ("web", {"PLATFORM_GATES": "warn"}, {"web PLATFORM_GATES"}),
        ("daemon", {"PLATFORM_GATE": None}, {"daemon PLATFORM_GATE"}),
        ("run", {"PLATFORM_LAKE": "/elsewhere"}, {"run PLATFORM_LAKE"}),
    ],
)
def test_a_service_with_settings_of_its_own_is_found(service: str, change: dict[str, Any], found: set[str]) -> None:
    compose = copy.deepcopy(COMPOSE)
    described = compose["services"][service]
    described["environment"] = described["environment"] | change  # the services share one mapping
    assert settings_that_differ(compose) == found


def test_a_setting_that_no_service_is_given_is_found_in_each() -> None:
    compose = copy.deepcopy(COMPOSE)
    for described in compose["services"].values():
        described["environment"].pop("PLATFORM_THRESHOLDS", None)
    expected = {f"{service} PLATFORM_THRESHOLDS" for service in ("code", "web", "daemon", "run")}
    assert settings_that_differ(compose) == expected


def test_the_code_location_keeps_the_name_it_has_without_containers() -> None:
    (laptop,) = yaml.safe_load((PROJECT / "workspace.yaml").read_text())["load_from"]
    (containers,) = yaml.safe_load((PROJECT / "deploy" / "workspace.yaml").read_text())["load_from"]
    server = containers["grpc_server"]
    assert server["location_name"] == laptop["python_module"]["module_name"]
    assert server["host"] in COMPOSE["services"]
    assert f"-p {server['port']}" in COMPOSE["services"][server["host"]]["command"]
