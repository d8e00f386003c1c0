"""The served product and a browser. Of a parallel run one process has all that needs them."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.server import Site

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PROGRAM = os.environ.get("WAYPOST_CHROMIUM") or next(
    (path for name in BROWSERS if (path := shutil.which(name))), None
)
HERE = os.path.dirname(__file__)

PATIENCE = 45_000  # milliseconds; two cores that run other tests are slow at times
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if str(item.path).startswith(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.services)
            if PROGRAM is None:
                item.add_marker(pytest.mark.skip(reason="there is no Chromium on this machine"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.getbasetemp() / "e2e-data")
    yield site
    site.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for a file of tests: while Playwright runs, Django refuses its database here."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    """A page in a browser of its own: nothing kept, no cookies, Ukrainian by default."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        options = {"locale": "uk-UA", "timezone_id": "Europe/Kyiv"} | options
        context = browser.new_context(base_url=site.url, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
