"""Worlds to break; a template is built once in each process of pytest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import worlds
from tests.faults.worlds import World


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = worlds.build(tmp_path_factory.mktemp("template") / "world")
    yield world
    world.end()


@pytest.fixture
def world(template: World, tmp_path: Path) -> Iterator[World]:
    copied = worlds.copy(template, tmp_path / "world")
    yield copied
    copied.end()
