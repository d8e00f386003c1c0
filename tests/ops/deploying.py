"""What the files for deployment are compared with: the Procfile and the settings."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "lms" / "ops" / "deploy"
DEFAULT = re.compile(r"\$\{(\w+):-([^}]*)\}")
# Read by the web server and by the Procfile, not by the settings.
SERVER = {"PORT", "GRANIAN_HOST", "GRANIAN_WORKERS", "GRANIAN_BLOCKING_THREADS"}


def procfile() -> dict[str, str]:
    """Each process and its command, without the shell's `exec`."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    found = dict(line.split(": ", 1) for line in lines)
    return {name: command.removeprefix("exec ") for name, command in found.items()}


def with_defaults(command: str) -> str:
    """The command as it runs when none of its variables is set."""
    return " ".join(DEFAULT.sub(r"\2", command).split())


def known_variables() -> set[str]:
    """What `lms/settings.py` reads; each may come from a file too."""
    source = (ROOT / "lms" / "settings.py").read_text()
    names = set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", source))
    assert len(names) > 15
    return names | {f"{name}_FILE" for name in names} | SERVER
