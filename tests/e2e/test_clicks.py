"""How often a person has to click, from the sign-in page to the result of a quiz."""

import pytest

from tests.e2e.conftest import Open
from tests.e2e.server import Site
from tests.e2e.steps import COUNT_CLICKS, clicks, submit

pytestmark = pytest.mark.once

# Moodle needs 25: ten of them answers, and six more for a page of each few questions.
CLICKS, QUESTIONS = 16, 10


def test_ten_questions_in_sixteen_clicks(site: Site, open_page: Open) -> None:
    """Ten are answers; the password's field, which the Tab key would reach too, is clicked."""
    who = site.seed.officer()
    site.seed.enrol(login=who["login"], course="TEN")
    page = open_page()
    page.add_init_script(COUNT_CLICKS)

    page.goto("/sign-in/")
    page.keyboard.type(who["login"])  # the field has the focus already
    page.locator("[name=password]").click()
    page.keyboard.type(who["password"])
    page.locator("main form button.main").click()
    page.locator("main a.button.main").click()
    page.locator("form[action*='/attempts/start/'] button").click()
    for number in range(1, QUESTIONS + 1):
        page.locator(f"[data-q='{number}'] .choice").first.click()
    submit(page)

    assert clicks(page) <= CLICKS
