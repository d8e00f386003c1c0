"""What the guide for administrators names is there: commands, files, variables, figures."""

import re
import shlex

import pytest
from django.core.management import get_commands, load_command_class

from lms.ops import metrics, state
from tests.ops.deploying import DEPLOY, ROOT, known_variables

GUIDE = (ROOT / "lms" / "docs" / "administrators.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines()]
# In inline code: single lines only, so that a fence is none.
CODE = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", GUIDE)


def commands_in(text: list[str]) -> list[list[str]]:
    found = [re.search(r"\bmanage\.(?:py|sh) ([a-z].*)$", line) for line in text]
    return [shlex.split(match[1]) for match in found if match]


def test_there_is_something_to_check() -> None:
    assert {words[0] for words in commands_in(LINES)} == {
        "check", "create_user", "createsuperuser", "load_catalogue",
    }  # fmt: skip


@pytest.mark.parametrize("words", commands_in(LINES), ids=lambda words: words[0])
def test_commands_exist_and_take_what_they_are_given(words: list[str]) -> None:
    name, *arguments = words
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(arguments)


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {m[1] for line in [*LINES, *CODE] if (m := re.match(r"make (\w+)", line))}
    assert named == {"bundle"}
    assert named <= targets


def test_variables_are_ones_that_are_read() -> None:
    named = {word for code in CODE for word in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", code)}
    assert named >= {"SITE_URL", "DATA_DIR", "LOG_FORMAT"}
    assert named <= known_variables()


def test_files_and_units_are_there() -> None:
    for path in re.findall(r"\blms/ops/deploy/[\w./]+\w", GUIDE):
        assert (ROOT / path).exists(), path
    units = set(re.findall(r"\bwaypost-(?:[a-z]+)\b", " ".join(LINES)))
    assert units == {path.stem for path in (DEPLOY / "systemd").glob("*.service")}


def test_secrets_and_images_are_those_of_compose() -> None:
    compose = (ROOT / "compose.yaml").read_text()
    made = set(re.findall(r"\bsecrets/(\w+)", " ".join(LINES)))
    assert made == set(re.findall(r"\./secrets/(\w+)", compose))
    (saved,) = [line for line in LINES if line.startswith("docker save")]
    images = set(saved.split("images.tar ")[1].split())
    compose = compose.replace("${WAYPOST_TAG:-latest}", "latest")
    assert images == set(re.findall("image: (.*)", compose))


def test_figures_are_ones_that_are_served() -> None:
    counted = {family.name for family in metrics.counted.collect()}
    named = set(re.findall(r"\bwaypost_[a-z_]+", GUIDE))
    assert named
    assert named <= counted | state.HELP.keys()
