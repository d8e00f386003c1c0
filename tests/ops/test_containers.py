"""Dockerfile and compose.yaml, read as an engine would: none is at hand to run them."""

import json
import re
import shlex
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.ops.deploying import DEPLOY, ROOT, known_variables, procfile, with_defaults

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"prepare", "web1", "web2", "worker", "metrics"}
THEIRS = {"postgres": "postgres:17", "redis": "redis:7.4", "proxy": "caddy:2.10"}
VARIABLE = re.compile(r"\$\{(\w+)")


def faults_in(path: Path) -> str:
    """What the schema of the Compose specification says against a file; "" for nothing."""
    done = subprocess.run(
        [Path(sys.executable).parent / "check-jsonschema", "--color=never",
         "--builtin-schema=vendor.compose-spec", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr if done.returncode else ""


def test_compose_is_as_the_specification_says(tmp_path: Path) -> None:
    source = ROOT / "compose.yaml"
    assert not faults_in(source)
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(source.read_text().replace("read_only: true", "readonly: true"))
    assert "'readonly' was unexpected" in faults_in(wrong)


def test_the_services() -> None:
    assert SERVICES.keys() == OURS | THEIRS.keys()
    for name in OURS:
        assert SERVICES[name]["image"] == "waypost:${WAYPOST_TAG:-latest}"
        assert SERVICES[name]["build"]["context"] == "."
    assert {name: SERVICES[name]["image"] for name in THEIRS} == THEIRS


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_none_may_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    user, _colon, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_is_looked_after(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    if name == "prepare":  # it ends
        assert check == {"disable": True}
        assert SERVICES[name]["restart"] == "no"
    else:
        assert check["test"][0] == "CMD"
        assert SERVICES[name]["restart"] == "unless-stopped"


def test_commands_are_those_of_the_procfile() -> None:
    lines = procfile()
    for name in ("web1", "web2"):
        assert with_defaults(SERVICES[name]["command"]) == with_defaults(lines["web"])
    assert with_defaults(SERVICES["worker"]["command"]) == with_defaults(lines["worker"])
    clocks = [name for name in OURS if "--beat" in SERVICES[name]["command"]]
    assert clocks == ["worker"]
    for line in lines.values():
        assert "--access-log" not in line  # its lines have paths and addresses in them


@pytest.mark.parametrize("name", sorted(OURS))
def test_variables_are_ones_that_the_settings_read(name: str) -> None:
    assert SERVICES[name]["environment"].keys() <= known_variables()


def test_secrets_are_files() -> None:
    known = COMPOSE["secrets"]
    for name, service in SERVICES.items():
        for secret in service.get("secrets", []):
            assert known[secret] == {"file": f"./secrets/{secret}"}, name
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            assert "PASSWORD" not in variable.removesuffix("_PASSWORD_FILE")
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_only_the_proxy_is_public() -> None:
    ports = {name: s["ports"] for name, s in SERVICES.items() if "ports" in s}
    assert ports == {"proxy": ["80:80", "443:443"], "metrics": ["127.0.0.1:9464:9464"]}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_what_is_named_is_there() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("networks", [])) <= COMPOSE["networks"].keys()
        for before in service.get("depends_on", {}):
            assert before in SERVICES, name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).is_file()
            else:
                assert source == "/tmp" or source in COMPOSE["volumes"]


def test_the_proxy() -> None:
    text = (DEPLOY / "Caddyfile").read_text()
    assert text.count("{") == text.count("}")
    (backends,) = re.findall(r"reverse_proxy (.*) \{", text)
    assert set(backends.split()) == {f"{name}:8000" for name in OURS if name.startswith("web")}
    assert re.search(r"@probes path /live /ready /version\n\s*respond @probes 404", text)
    (largest,) = re.findall(r"max_size (\d+)MB", text)
    assert int(largest) > settings.MAX_VIDEO_MB
    for name in re.findall(r"\{\$(\w+)\}", text):
        assert name in SERVICES["proxy"]["environment"]
    for secret in re.findall(r"/run/secrets/(\w+)", text):
        assert secret in SERVICES["proxy"]["secrets"]


# The image

LINES = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text()).splitlines()
STEPS = [tuple(line.split(maxsplit=1)) for line in LINES if line and not line.startswith("#")]


def steps(word: str) -> list[str]:
    return [rest for first, rest in STEPS if first == word]


BASE = "python:3.12-slim-trixie"


def test_the_image_is_built_in_stages() -> None:
    assert steps("FROM") == [f"{BASE} AS client", f"{BASE} AS build", BASE]
    assert {first for first, _rest in STEPS} <= {
        "FROM", "ENV", "ARG", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK",
        "CMD",
    }  # fmt: skip
    last = [*STEPS[[n for n, step in enumerate(STEPS) if step[0] == "FROM"][-1] :]]
    copied = [rest for first, rest in last if first == "COPY"]
    assert copied[-1] == "--from=build /app /app"
    assert all(rest.startswith("--from=") for rest in copied), "nothing straight from the context"
    assert not [rest for first, rest in last if first == "RUN" and "pip" in rest]
    for run in steps("RUN"):
        assert "apt-get install" not in run or "rm -rf /var/lib/apt/lists/*" in run


def test_the_image_can_back_up_the_server_beside_it() -> None:
    """`manage.py backup` refuses a pg_dump older than the server."""
    server = SERVICES["postgres"]["image"].partition(":")[2]
    (fetched,) = [run for run in steps("RUN") if "apt-get download" in run]
    assert f"apt-get download postgresql-client-{server} " in fetched
    assert f"/usr/lib/postgresql/{server}/bin" in fetched
    (copied,) = [line for line in steps("COPY") if line.startswith("--from=client")]
    asked_for = set(
        re.findall(r"_program\(\"(\w+)\"\)", (ROOT / "lms/ops/databases.py").read_text())
    )
    assert {f"/client/bin/{name}" for name in asked_for} == {*copied.split()[1:-1]}
    assert copied.split()[-1] == "/usr/local/bin/"
    (libraries,) = [run for run in steps("RUN") if "apt-get install" in run]
    assert "libpq5" in libraries.split()


def test_the_image_runs_as_nobody_of_note_and_writes_to_its_volume() -> None:
    assert steps("USER") == ["10001:10001"]
    assert steps("VOLUME") == ["/data"]
    assert all(SERVICES[name]["user"] == "10001:10001" for name in OURS)


def variables() -> dict[str, str]:
    pairs = [pair.partition("=") for line in steps("ENV")[1:] for pair in shlex.split(line)]
    return {name: value for name, _equals, value in pairs}


def test_the_image_sets_what_the_settings_read() -> None:
    found = variables()
    python = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "HOME"}
    assert found.keys() <= known_variables() | python
    assert found["DATA_DIR"] == "/data"
    assert found["STATIC_ROOT"] == "/app/static"
    (build,) = [line for line in steps("RUN") if "collectstatic" in line]
    assert "STATIC_ROOT=/app/static" in build
    assert "manage.py compile_messages" in build


def test_the_image_serves_as_the_procfile_does() -> None:
    shell, option, command = json.loads(steps("CMD")[-1])
    assert (shell, option) == ("sh", "-c")
    assert command == f"exec {procfile()['web']}"
    (check,) = steps("HEALTHCHECK")
    assert "/live" in check


def test_the_context_has_all_that_is_copied_and_no_more() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[0] == "*"
    taken = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert all((ROOT / name).exists() for name in taken)
    assert {"lms", "courses", "quizzes", "certificates", "templates", "manage.py"} <= taken
    for name in ("secrets", ".data", ".git", ".venv", "tests", ".env"):
        assert not any(fnmatch(name, pattern) for pattern in taken)
    for line in steps("COPY"):
        *sources, _target = [word for word in line.split() if not word.startswith("--")]
        if "--from=" not in line:
            assert set(sources) <= taken | {"."}


def test_every_variable_of_compose_is_known() -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert set(VARIABLE.findall(text)) <= known_variables() | {"WAYPOST_TAG"}
