"""Reads the YAML files that people keep by hand."""

import re
from pathlib import Path
from typing import Any

import yaml

try:  # libyaml, ten times as fast, comes with the wheels
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # pragma: no cover
    from yaml import SafeLoader  # type: ignore[assignment]


class Loader(SafeLoader):
    """YAML in which only `true` and `false` are booleans, as in YAML 1.2.

    PyYAML follows 1.1, where `no`, `on`, `yes` and `off` are too: a label named "no" or the answer
    "Yes" would turn into something else without a word.
    """


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read_yaml(path: Path) -> Any:
    """The content of a file. Raises yaml.YAMLError, which names line and column, and OSError."""
    return parse_yaml(path.read_text(encoding="utf-8"))


def parse_yaml(text: str) -> Any:
    """What the text says. Raises yaml.YAMLError."""
    return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
