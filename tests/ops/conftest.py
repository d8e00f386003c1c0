from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops import instances
from tests.ops.instances import Instance


@pytest.fixture(scope="session")
def built_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder = tmp_path_factory.mktemp("built")
    with (
        instances.loaded(folder) as nursery,
        instances.built(folder / "instance", nursery) as instance,
    ):
        yield instance


@pytest.fixture
def instance(built_instance: Instance, tmp_path: Path) -> Iterator[Instance]:
    with instances.copied(built_instance, tmp_path / "instance") as instance:
        yield instance
