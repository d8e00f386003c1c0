"""axe-core over each page of the path, no sideways scrolling on a telephone, keyboard alone."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.e2e import pages
from tests.e2e.conftest import Open
from tests.e2e.pages import Shown
from tests.e2e.server import Site
from tests.e2e.steps import sign_in, tab_to

pytestmark = pytest.mark.once

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN = """async rules => {
  const found = await axe.run(document, rules.length ? {runOnly: rules} : {});
  return found.violations.map(
    one => `${one.id}: ${one.nodes.map(node => node.target.join(" ")).join(", ")}`
  );
}"""
LOCALES = {"uk": "uk-UA", "en": "en-US"}
PHONE, DESK = {"width": 360, "height": 780}, {"width": 1280, "height": 800}


def violations(page: Page, shown: Shown) -> list[str]:
    """What axe-core finds on a page: all its rules by day, those of colour at night too.

    In the language with the longest words; the other is only looked at for its width.
    """
    pages.visit(page, shown)
    if page.locator("html").get_attribute("lang") != "uk":
        page.set_viewport_size(PHONE)
        return sideways(page, shown)
    page.evaluate(AXE)
    found = []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        for scheme, rules in (("light", []), ("dark", ["color-contrast"])):
            page.emulate_media(color_scheme=scheme)
            place = f"{shown.name}, {size['width']} px, {scheme}"
            found += [f"{place}: {violation}" for violation in page.evaluate(RUN, rules)]
    return found + sideways(page, shown)


def sideways(page: Page, shown: Shown) -> list[str]:
    """Whether the page, at the width it has now, has to be pushed sideways."""
    width = page.evaluate("document.scrollingElement.scrollWidth")
    return [f"{shown.name}: {width} px wide on a telephone"] if width > PHONE["width"] else []


@pytest.fixture(params=LOCALES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(open_page: Open, language: str) -> Page:
    return open_page(locale=LOCALES[language], reduced_motion="reduce")


def test_pages_of_strangers(site: Site, page: Page, language: str) -> None:
    found = [one for shown in pages.of_strangers(site) for one in violations(page, shown)]

    assert page.locator("html").get_attribute("lang") == language
    assert found == [], "\n".join(found)


def test_pages_of_an_officer(site: Site, page: Page, language: str) -> None:
    login = pages.signed_in(page, site, language)
    empty = [Shown("nothing begun", "/"), Shown("no certificates", "/certificates/")]

    found = [one for shown in empty for one in violations(page, shown)]
    found += [one for shown in pages.of_an_officer(site, login) for one in violations(page, shown)]

    assert page.locator("html").get_attribute("lang") == language
    assert found == [], "\n".join(found)


def test_pages_of_a_coordinator(site: Site, page: Page, language: str) -> None:
    who = site.seed.coordinator(language=language)
    sign_in(page, who)

    found = [one for shown in pages.of_a_coordinator(site, who) for one in violations(page, shown)]

    assert page.locator("html").get_attribute("lang") == language
    assert found == [], "\n".join(found)


def test_pages_of_a_trainer(site: Site, page: Page, language: str) -> None:
    who = site.seed.trainer(language=language)
    sign_in(page, who)

    found = [one for shown in pages.of_a_trainer(site, who) for one in violations(page, shown)]

    assert page.locator("html").get_attribute("lang") == language
    assert found == [], "\n".join(found)


def test_pages_of_an_administrator(site: Site, page: Page, language: str) -> None:
    sign_in(page, site.seed.administrator(language=language))

    found = [one for shown in pages.of_an_administrator() for one in violations(page, shown)]

    assert found == [], "\n".join(found)


def test_first_sign_in(site: Site, page: Page, language: str) -> None:
    pages.signed_in(page, site, language, new=True)

    assert violations(page, Shown("welcome", "/welcome/")) == []
    page.locator("form.reading button.main").click()
    page.evaluate(AXE)
    assert page.evaluate(RUN, []) == []  # with what is missing said


def test_page_with_menus_open(site: Site, page: Page, language: str) -> None:
    login = pages.signed_in(page, site, language)
    site.seed.enrol(login=login, course="DOC-01")
    page.goto("/courses/DOC-01/lessons/mrz-td3/")
    page.evaluate(AXE)

    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        for menu in page.locator("details.menu > summary").all():
            menu.click()
            assert page.evaluate(RUN, []) == []
            assert sideways(page, Shown("a menu", "")) == [] or size == DESK
            page.keyboard.press("Escape")


def test_quiz_by_keyboard_alone(site: Site, open_page: Open) -> None:
    who = site.seed.officer()
    site.seed.enrol(login=who["login"], course="TEN")
    page = open_page()
    page.goto("/sign-in/")
    expect(page.locator("[name=login]")).to_be_focused()
    page.keyboard.type(who["login"])
    page.keyboard.press("Tab")
    page.keyboard.type(who["password"])
    page.keyboard.press("Enter")
    expect(page.locator("body[data-person]")).to_be_attached()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the head, to the content
    tab_to(page, "main a.button.main")
    page.keyboard.press("Enter")
    expect(page.locator("form[action*='/attempts/start/']")).to_be_visible()
    tab_to(page, "form[action*='/attempts/start/'] button")
    page.keyboard.press("Enter")
    expect(page.locator("#attempt")).to_be_visible()
    for number in range(1, 11):
        tab_to(page, f"[name=q{number}]")
        page.keyboard.press("Space")
    tab_to(page, "#attempt button.main")
    page.keyboard.press("Enter")
    # The attempt's own page has such a map of its questions too: wait for the next page first.
    expect(page.locator("form[data-finish]")).to_be_visible()
    expect(page.locator("ol.numbers li.done")).to_have_count(10)
    tab_to(page, "form[data-finish] button")
    page.keyboard.press("Enter")

    expect(page.locator(".verdict")).to_be_visible()
