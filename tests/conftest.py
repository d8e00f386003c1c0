"""Fixtures for all tests: nothing of one test is left for the next."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache, caches
from django.utils import timezone, translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from xdist.scheduler import LoadFileScheduling

from courses.glossary import forget_glossaries
from courses.outlines import forget_outlines
from lms.people import demo
from quizzes.content import forget_contents

KYIV = ZoneInfo("Europe/Kyiv")
SERVED = ("tests/e2e/", "tests/faults/", "tests/ops/test_backup", "tests/ops/test_upgrade")
DATABASE = {"db", "transactional_db", "django_db_setup"}
LONG = (
    *SERVED,
    "tests/test_leaks",
    "tests/test_access",
    "tests/test_budgets",
)


# A busy machine is no failure: speed is what `make bench` looks at.
hypothesis.register_profile(
    "waypost",
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis.load_profile("waypost")


@pytest.hookimpl(trylast=True)  # after the order was drawn by lot
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, or one process of a parallel run is left alone with them.

    (tests/run.py keeps xdist from putting those of the most tests first.)
    """

    def place(item: pytest.Item) -> int:
        found = (n for n, start in enumerate(LONG) if item.nodeid.startswith(start))
        return next(found, len(LONG))

    items.sort(key=place)


class Marks:
    """What asks for no database is the same on each."""

    @pytest.hookimpl(tryfirst=True)  # -m reads them in this hook too
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            names = set(getattr(item, "fixturenames", ()))
            is_served = item.nodeid.startswith(SERVED)
            if not (is_served or item.get_closest_marker("django_db") or names & DATABASE):
                item.add_marker(pytest.mark.once)


class ByFolder(LoadFileScheduling):
    """Of a parallel run one process has a whole file, or all of a folder that starts servers."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return next((start for start in SERVED if file.startswith(start)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return ByFolder(config, log)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Marks())


@pytest.fixture(autouse=True, scope="module")
def _no_outlines_kept() -> None:
    """Before a fixture of the module's own reads any: what a rollback took has its id reused."""
    forget_outlines()
    forget_glossaries()
    forget_contents()
    caches["fragments"].clear()


@pytest.fixture(autouse=True)
def _nothing_kept(request: pytest.FixtureRequest) -> Iterator[None]:
    """Language, time zone, outlines in memory and rate limits start anew in each test.

    The day is that of the factories' people, whose clocks are two or three hours ahead of UTC.
    """
    forget_outlines()
    forget_glossaries()
    forget_contents()
    caches["fragments"].clear()
    demo.forget()
    timezone.activate(KYIV)
    with translation.override("uk"):
        yield
    timezone.deactivate()


@pytest.fixture(autouse=True)
def _media(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _no_limits_left() -> Iterator[None]:
    yield
    cache.clear()
