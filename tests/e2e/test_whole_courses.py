"""An officer takes each course of the catalogue, as it is, to its certificate."""

import re
from typing import Any

import pytest
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.server import Site, wait_until
from tests.e2e.steps import answer, sign_in, submit
from tests.e2e.test_weight import Meter

pytestmark = pytest.mark.production

WITH_FIGURES = 90 * 1024  # bytes over the wire of a lesson's page on a first visit
LANGUAGES = {"DOC-01": "be", "THB-02": "ru"}  # the courses are taken in


@pytest.fixture(scope="module")
def catalogue(site: Site) -> dict[str, dict[str, Any]]:
    return {course["code"]: course for course in site.seed.whole_catalogue()}


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_course_is_found_and_taken_to_its_certificate(
    site: Site, open_page: Open, catalogue: dict[str, dict[str, Any]], code: str
) -> None:
    language, course = LANGUAGES[code], catalogue[code]
    who = site.seed.officer_of(unit="BY-LIDA", language="en")
    page = open_page()
    sign_in(page, who)
    for title in course["titles"].values():
        page.goto(f"/courses/?q={title.upper()}")
        link = page.locator(f"main a[href='/courses/{code}/']").first
        expect(link).to_be_visible()
    link.click()

    switch_to(page, language)
    page.locator("form[action$='/enrol/'] button").first.click()
    for _lesson in range(course["lessons"]):
        if "/lessons/" not in page.url:
            page.locator("main .button.main").first.click()
        expect(page.locator("main h1 [lang], main h1[lang]").first).to_have_attribute(
            "lang", language
        )
        read_or_sit(site, page)
    expect(page).to_have_url(re.compile("/certificates/$"))
    wait_until(
        lambda: [row["files"] for row in site.seed.certificates(login=who["login"])] == [1],
        "the certificate's file",
    )

    [certificate] = site.seed.certificates(login=who["login"])
    stranger = open_page()
    stranger.goto(certificate["url"])
    expect(stranger.locator(".verdict:not(.late):not(.due)")).to_contain_text(
        course["titles"][certificate["language"]]
    )


def switch_to(page: Page, language: str) -> None:
    """Read the course in another language, with the buttons as they were."""
    menu = page.locator("main details.languages")
    menu.locator("summary").click()
    menu.locator(f"[lang={language}]").last.click()
    expect(page.locator(f"main h1 [lang={language}]")).to_be_visible()


def read_or_sit(site: Site, page: Page) -> None:
    """Do what the page of a lesson asks, and go where its main button leads."""
    here = page.url
    start = page.locator("form[action*='/attempts/start/'] button")
    if start.count():
        start.first.click()
        expect(page.locator("#attempt")).to_be_visible()
        pass_test(site, page)
        page.locator(".verdict .main").click()
    else:
        page.locator("form[action$='/done/'] button").click()
    expect(page).not_to_have_url(here)


def pass_test(site: Site, page: Page) -> None:
    """Answer each question rightly, page by page if there are several."""
    attempt = page.url.split("/attempts/")[1].split("/")[0]
    for number, question in site.seed.attempt(pk=attempt)["questions"].items():
        shown = page.locator(f"#attempt [data-q='{number}']")
        if not shown.count():
            page.locator(f"#attempt .actions [value=page-{number}]").click()
            expect(shown).to_be_visible()
        answer(page, question["right"])
    submit(page)
    expect(page.locator(".verdict:not(.late)")).to_contain_text(_("100 %"))


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_lesson_with_its_figures_is_light(
    site: Site, open_page: Open, catalogue: dict[str, dict[str, Any]], code: str
) -> None:
    who = site.seed.officer_of(unit="BY-LIDA", language="be")
    page = open_page()
    sign_in(page, who)
    page.goto(f"/courses/{code}/")
    page.locator("form[action$='/enrol/'] button").first.click()
    meter = Meter(page)
    meter.empty_cache()
    meter.visit(catalogue[code]["heaviest"])
    assert any("/files/" in address for address in meter.bytes)
    assert sum(meter.bytes.values()) <= WITH_FIGURES
