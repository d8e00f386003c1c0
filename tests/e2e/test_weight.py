"""What the pages weigh over a thin line, and that they need nobody else's server."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e import pages
from tests.e2e.conftest import Open
from tests.e2e.pages import Shown
from tests.e2e.server import Site

pytestmark = pytest.mark.once

FIRST_VISIT = 60 * 1024  # bytes over the wire, headers too
FURTHER_PAGE = 12 * 1024


@dataclass
class Meter:
    """Counts the bytes of the page's requests as they came over the wire."""

    page: Page
    bytes: dict[str, float] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    encodings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        self.session = session

    def _sent(self, event: dict[str, Any]) -> None:
        self.addresses[event["requestId"]] = event["request"]["url"]

    def _received(self, event: dict[str, Any]) -> None:
        headers = {name.lower(): text for name, text in event["response"]["headers"].items()}
        self.encodings[event["response"]["url"]] = headers.get("content-encoding", "")

    def _finished(self, event: dict[str, Any]) -> None:
        address = self.addresses.get(event["requestId"])
        if address is None:
            return  # it was on its way before anything was counted
        self.bytes[address] = self.bytes.get(address, 0) + event["encodedDataLength"]

    def empty_cache(self) -> None:
        self.session.send("Network.clearBrowserCache")

    def visit(self, path: str) -> dict[str, float]:
        """Load a page to the end; the bytes by address, a lesson's figures apart."""
        self.bytes.clear()
        self.page.goto(path, wait_until="networkidle")
        return {url: size for url, size in self.bytes.items() if "/files/" not in url}


@pytest.fixture
def heavy(site: Site, open_page: Open) -> tuple[Page, list[str]]:
    """Somebody signed in, and the pages that are weighed."""
    page = open_page()
    login = pages.signed_in(page, site, "uk")
    for course in ("DOC-01", "TYPES"):
        site.seed.enrol(login=login, course=course)
    attempt = site.seed.start(login=login, course="TYPES", key="types")
    return page, [
        "/courses/", "/courses/DOC-01/", "/courses/DOC-01/lessons/mrz-td3/",
        f"/attempts/{attempt}/",
    ]  # fmt: skip


def test_first_visit(heavy: tuple[Page, list[str]]) -> None:
    page, paths = heavy
    meter = Meter(page)

    weights = {}
    for path in paths:
        meter.empty_cache()
        loaded = meter.visit(path)
        assert any(".css" in url for url in loaded), "the cache was not empty"
        weights[path] = sum(loaded.values())

    texts = {url: how for url, how in meter.encodings.items() if "/files/" not in url}
    assert all(texts.values()), f"not compressed: {[url for url, how in texts.items() if not how]}"
    assert {path: size for path, size in weights.items() if size > FIRST_VISIT} == {}


def test_further_page(heavy: tuple[Page, list[str]]) -> None:
    page, paths = heavy
    meter = Meter(page)
    for path in paths:
        meter.visit(path)

    weights = {path: sum(meter.visit(path).values()) for path in paths}

    assert {path: size for path, size in weights.items() if size > FURTHER_PAGE} == {}


def test_no_other_host_and_no_error(site: Site, open_page: Open) -> None:
    page = open_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))

    def visit_all(shown: list[Shown]) -> None:
        for one in shown:
            before = len(complaints)
            pages.visit(page, one)
            if one.status >= 400:  # Chromium notes the page's own answer on the console
                del complaints[before : before + 1]

    visit_all(pages.of_strangers(site))
    pages.signed_in(page, site, "uk", new=True)
    page.context.clear_cookies()
    visit_all(pages.of_an_officer(site, pages.signed_in(page, site, "uk")))

    assert complaints == []
    assert {url for url in asked if not url.startswith((f"{site.url}/", "data:"))} == set()
