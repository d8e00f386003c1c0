"""The systemd units and their settings."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ops.deploying import DEPLOY, known_variables, procfile, with_defaults

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HOME = "/opt/waypost"
HARDENED = {
    "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
    "PrivateDevices=yes", "CapabilityBoundingSet=",
}  # fmt: skip
PYTHON = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def settings_of(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if "=" in line and line[0] != "#"]


def values(path: Path, name: str) -> list[str]:
    start = f"{name}="
    return [line.removeprefix(start) for line in settings_of(path) if line.startswith(start)]


def environment(path: Path) -> dict[str, str]:
    pairs = [pair.partition("=") for v in values(path, "Environment") for pair in shlex.split(v)]
    return {name: value for name, _equals, value in pairs}


def test_the_units() -> None:
    names = ["waypost-metrics", "waypost-prepare", "waypost-web", "waypost-worker"]
    assert [path.stem for path in UNITS] == names


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_none_may_more_than_it_needs(path: Path) -> None:
    assert set(settings_of(path)) >= HARDENED
    assert values(path, "User") == ["waypost"]
    assert values(path, "EnvironmentFile") == ["/etc/waypost/waypost.env"]
    assert environment(path).keys() <= known_variables() | PYTHON
    if path.stem != "waypost-prepare":
        assert values(path, "Requires") == ["waypost-prepare.service"]
        assert values(path, "Restart") == ["always"]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_commands_are_those_of_the_procfile(name: str) -> None:
    path = DEPLOY / "systemd" / f"waypost-{name}.service"
    (command,) = values(path, "ExecStart")
    for variable, value in environment(path).items():
        command = command.replace(f"${{{variable}}}", value)
    command = command.removeprefix(f"{HOME}/.venv/bin/").replace("%%", "%")
    assert command == with_defaults(procfile()[name])


def test_the_settings_are_ones_that_are_read() -> None:
    lines = (DEPLOY / "waypost.env").read_text().splitlines()
    names = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert len(names) == len(set(names)) > 8
    assert set(names) <= known_variables()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_understands_them(tmp_path: Path) -> None:
    """With programs that are there, for it looks for them."""
    for name in ("python", "granian", "celery"):
        program = tmp_path / ".venv" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    for path in UNITS:
        (tmp_path / path.name).write_text(path.read_text().replace(HOME, str(tmp_path)))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / path.name) for path in UNITS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_plain_shell(path: Path) -> None:
    assert path.read_text().startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", path], check=True)
