"""The text for administrators says what the commands understand."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from lms.ops.backups import NAME

pytestmark = pytest.mark.once
GUIDE = (Path(__file__).resolve().parents[2] / "lms/docs/backups.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ {4,}(?:.*? )?\S*manage\.py (.+)$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_is_understood(line: str) -> None:
    name, *words = shlex.split(line)
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(words)


def test_each_option_is_told() -> None:
    assert len(COMMANDS) >= 4
    for name in ("backup", "restore"):
        parser = load_command_class("lms.ops", name).create_parser("manage.py", name)
        for action in parser._get_optional_actions():
            if not {*action.option_strings} & DJANGOS:
                assert set(action.option_strings) & {*re.findall(r"--[a-z-]+", GUIDE)}, action


DJANGOS = {
    "-h", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color",
    "--force-color", "--skip-checks",
}  # fmt: skip


def test_the_names_shown_are_ours() -> None:
    names = re.findall(r"waypost-\d[\w.]*", GUIDE)
    assert names
    assert all(NAME.fullmatch(name) for name in names)
