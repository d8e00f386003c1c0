"""What the guide for security names is there: variables, commands, scanners, rules."""

import re

import pytest
from django.core.management import get_commands, load_command_class

from tests import scan
from tests.ops.deploying import ROOT, known_variables

GUIDE = (ROOT / "lms" / "docs" / "security.md").read_text(encoding="utf-8")
CODE = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", GUIDE)

pytestmark = pytest.mark.once


def test_variables_are_ones_that_are_read() -> None:
    named = {word for code in CODE for word in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", code)}
    assert named >= {"SECRET_KEY_FALLBACKS", "FACTOR_KEYS", "PASSWORD_WORDS_FILE"}
    assert named <= known_variables()


def test_commands_exist() -> None:
    names = re.findall(r"manage\.py (\w+)", GUIDE)
    assert names == ["renew_factor_secrets"]
    load_command_class(get_commands()[names[0]], names[0])


def test_files_are_there() -> None:
    for path in (code for code in CODE if re.fullmatch(r"(?:lms|tests|courses)/[\w./]+", code)):
        assert (ROOT / path).exists(), path


def test_scanners_and_rules_are_those_of_make_scan() -> None:
    for package in (scan.BANDIT, scan.SEMGREP, scan.AUDIT):
        assert package.replace("==", " ") in GUIDE
    rules = (ROOT / scan.RULES / "product.yml").read_text(encoding="utf-8")
    assert f"the {rules.count('- id:')} rules" in GUIDE
    assert "scan:" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_each_rule_has_a_planted_example() -> None:
    """`semgrep scan --test` passes over a rule without one."""
    rules = (ROOT / scan.RULES / "product.yml").read_text(encoding="utf-8")
    examples = [ROOT / scan.RULES / name for name in ("product.py", "product.js")]
    planted = "".join(path.read_text(encoding="utf-8") for path in examples)
    for rule in re.findall(r"- id: ([\w-]+)", rules):
        assert f"ruleid: {rule}" in planted, rule
