"""No answer is lost: broken links, closed browsers, ended sessions, servers that die, time over."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils.translation import gettext as _
from playwright.sync_api import Dialog, Page, expect

from tests.e2e.conftest import Open
from tests.e2e.server import Site, wait_until
from tests.e2e.steps import answer, fill_sign_in, shown, sign_in, submit

pytestmark = pytest.mark.production

KEPT = _("No connection: your answer is kept in this browser and will be sent.")
SECONDS = 8  # left when the time is to run out: enough for one answer on a slow machine
STORED = "Object.keys(localStorage).filter(key => key.startsWith('waypost-answer:')).length"


class Sitting:
    """An officer at an attempt, in a browser."""

    def __init__(self, site: Site, course: str, key: str = "") -> None:
        self.site = site
        self.who = site.seed.officer()
        site.seed.enrol(login=self.who["login"], course=course)
        self.attempt = site.seed.start(login=self.who["login"], course=course, key=key)
        self.path = f"/attempts/{self.attempt}/"

    def open(self, page: Page) -> Page:
        sign_in(page, self.who, at=self.path)
        expect(page.locator("#attempt")).to_be_visible()
        return page

    def leave_time(self, page: Page, seconds: int) -> None:
        """The page as it is so many seconds before the end."""
        self.site.seed.leave_time(pk=self.attempt, seconds=seconds)
        page.reload()
        expect(page.locator("[data-seconds-left]")).to_be_visible()

    @property
    def state(self) -> dict[str, Any]:
        return dict(self.site.seed.attempt(pk=self.attempt))

    def right(self, number: int) -> dict[str, list[str]]:
        return dict(self.state["questions"][str(number)]["right"])

    def answer(self, page: Page, number: int) -> None:
        answer(page, self.right(number))

    def is_saved(self, number: int) -> bool:
        return bool(self.state["questions"][str(number)]["is_right"])

    def wait_saved(self, number: int) -> None:
        wait_until(lambda: self.is_saved(number), f"answer {number} never came", 40)


Sit = Callable[..., Sitting]


@pytest.fixture
def sit(site: Site) -> Sit:
    def sit(course: str = "TEN", **options: Any) -> Sitting:
        return Sitting(site, course, **options)

    return sit


def status(page: Page) -> Any:
    return expect(page.locator("[data-status]"))


def test_every_type_is_saved_as_it_is_given(sit: Sit, open_page: Open) -> None:
    sitting = sit("TYPES", key="types")
    page = sitting.open(open_page())
    status(page).to_have_class("saved ready")

    for number in range(1, 8):
        page.locator(f"#q{number}").scroll_into_view_if_needed()
        sitting.answer(page, number)
        sitting.wait_saved(number)

    status(page).to_have_class("saved ")
    status(page).to_be_in_viewport()  # though the last question is far below the title
    expect(page.locator(".numbers .done")).to_have_count(7)
    expect(page.locator("[data-answered]")).to_have_text(
        _("Answered %(answered)s of %(total)s") % {"answered": 7, "total": 7}
    )
    page.reload()
    assert all(shown(page, sitting.right(number)) for number in range(1, 8))


def test_broken_link(sit: Sit, open_page: Open) -> None:
    sitting = sit()
    page = sitting.open(open_page())
    page.context.set_offline(True)

    sitting.answer(page, 1)
    sitting.answer(page, 2)
    status(page).to_have_text(KEPT)
    page.locator("#attempt [name=go][value=finish]").last.click()
    status(page).to_have_text(KEPT)  # still here: nothing is finished without its answers
    assert not sitting.is_saved(1)
    page.context.set_offline(False)

    sitting.wait_saved(1)
    sitting.wait_saved(2)
    status(page).to_have_class("saved ")
    assert page.evaluate(STORED) == 0
    submit(page)


def test_server_that_does_not_answer(sit: Sit, open_page: Open) -> None:
    sitting = sit()
    page = sitting.open(open_page())
    page.route("**/save/", lambda route: route.fulfill(status=503, body="{}"))

    sitting.answer(page, 1)
    status(page).to_have_text(KEPT)
    page.unroute("**/save/")

    sitting.wait_saved(1)


def test_answer_that_was_saved_but_not_acknowledged(sit: Sit, open_page: Open) -> None:
    sitting = sit()
    page = sitting.open(open_page())

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/save/", lose_the_answer, times=1)
    sitting.answer(page, 1)

    status(page).to_have_class("saved ")
    assert sitting.state["questions"]["1"]["saves"] == 1


def test_browser_closed_and_opened_again(site: Site, sit: Sit, open_page: Open) -> None:
    sitting = sit("TYPES", key="types")
    page = sitting.open(open_page())
    page.route("**/save/", lambda route: route.abort())
    for number in range(1, 8):
        sitting.answer(page, number)
    wait_until(lambda: page.evaluate(STORED) == 7, "an answer is not kept")
    kept = page.context.storage_state()
    kept["cookies"] = []  # the session ends with the browser
    page.context.close()

    page = open_page(storage_state=kept)
    page.route("**/save/", lambda route: route.abort())
    sitting.open(page)
    for number in range(1, 8):
        right = sitting.right(number)
        wait_until(lambda right=right: shown(page, right), f"answer {number} is not shown")
    page.unroute("**/save/")

    for number in range(1, 8):
        sitting.wait_saved(number)


def test_what_is_chosen_before_the_script_has_come_is_saved(sit: Sit, open_page: Open) -> None:
    sitting = sit()
    page = open_page()
    held: list[Any] = []
    page.route(re.compile(r"/attempt\b[^/]*\.js"), lambda route: held.append(route))
    sign_in(page, sitting.who, at=sitting.path)
    expect(page.locator("#attempt")).to_be_visible()
    sitting.answer(page, 1)
    for route in held:
        route.continue_()

    sitting.wait_saved(1)


def test_answers_kept_are_sent_from_any_page(sit: Sit, open_page: Open) -> None:
    sitting = sit()
    page = sitting.open(open_page())
    page.route("**/save/", lambda route: route.abort())
    sitting.answer(page, 1)
    status(page).to_have_text(KEPT)
    page.unroute("**/save/")

    page.goto("/help/")

    sitting.wait_saved(1)


def test_answers_kept_are_never_sent_for_somebody_else(
    site: Site, sit: Sit, open_page: Open
) -> None:
    sitting = sit()
    page = sitting.open(open_page())
    page.route("**/save/", lambda route: route.abort())
    sitting.answer(page, 1)
    status(page).to_have_text(KEPT)
    page.unroute("**/save/")
    page.context.clear_cookies()  # the shift ends, and so does the session

    sign_in(page, site.seed.officer())
    page.goto("/help/")
    page.wait_for_load_state("networkidle")

    assert not sitting.is_saved(1)
    page.context.clear_cookies()
    sitting.open(page)
    sitting.wait_saved(1)


def test_two_tabs(sit: Sit, open_page: Open) -> None:
    sitting = sit()
    first = sitting.open(open_page())
    second = first.context.new_page()
    second.goto(sitting.path)

    sitting.answer(first, 1)
    sitting.wait_saved(1)
    sitting.answer(second, 2)
    sitting.wait_saved(2)
    submit(second)  # the page still holds question 1 as it was before the first tab answered

    assert sitting.is_saved(1)
    assert sitting.is_saved(2)
    sitting.answer(first, 3)
    status(first).to_have_text(_("Not saved: the attempt is closed."))


def test_session_that_has_ended(sit: Sit, open_page: Open) -> None:
    sitting = sit()
    page = sitting.open(open_page())
    page.context.clear_cookies(name="sessionid")

    sitting.answer(page, 1)
    status(page).to_contain_text(
        _("Your session has ended; your answers are kept in this browser.")
    )
    page.locator("[data-status] a").click()
    fill_sign_in(page, sitting.who)

    expect(page).to_have_url(re.compile(f"{sitting.path}$"))
    assert shown(page, sitting.right(1))
    sitting.wait_saved(1)


def test_signed_in_again_in_another_tab(sit: Sit, open_page: Open) -> None:
    sitting = sit()
    page = sitting.open(open_page())
    page.context.clear_cookies()
    other = page.context.new_page()
    sign_in(other, sitting.who)

    sitting.answer(page, 1)
    sitting.wait_saved(1)
    submit(page)  # by a form that holds the token of the session before


def test_session_that_has_ended_without_scripts(sit: Sit, open_page: Open) -> None:
    sitting = sit("TYPES", key="types-paged")
    page = sitting.open(open_page(java_script_enabled=False))
    sitting.answer(page, 1)
    page.context.clear_cookies(name="sessionid")

    page.locator("#attempt .actions button.main").click()
    fill_sign_in(page, sitting.who)

    expect(page.locator("#attempt")).to_be_visible()
    assert sitting.is_saved(1)


def test_server_killed_and_started_again(site: Site, sit: Sit, open_page: Open) -> None:
    sitting = sit()
    page = sitting.open(open_page())
    sitting.answer(page, 1)
    sitting.wait_saved(1)

    site.kill_web()
    try:
        sitting.answer(page, 2)
        status(page).to_have_text(KEPT)
    finally:
        site.start_web()

    sitting.wait_saved(2)
    assert sitting.is_saved(1)
    submit(page)


def test_sign_out_with_an_answer_not_sent(sit: Sit, open_page: Open) -> None:
    sitting = sit()
    page = sitting.open(open_page())
    page.route("**/save/", lambda route: route.abort())
    sitting.answer(page, 1)
    status(page).to_have_text(KEPT)
    said: list[str] = []

    def reply(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss() if len(said) == 1 else dialog.accept()

    page.on("dialog", reply)
    sign_out(page)
    wait_until(lambda: page.evaluate("1") and said, "nothing was said")
    assert page.evaluate(STORED) == 1
    assert page.url.endswith(sitting.path)
    sign_out(page)

    expect(page).to_have_url(re.compile("/sign-in/"))
    assert len(said) == 2
    assert page.evaluate("localStorage.length") == 0


def sign_out(page: Page) -> None:
    if not page.locator("form[data-sign-out] button").is_visible():
        page.locator("details.menu:has(form[data-sign-out]) summary").click()
    page.locator("form[data-sign-out] button").click()


def test_time_runs_out(sit: Sit, open_page: Open) -> None:
    sitting = sit("TIMED")
    page = sitting.open(open_page())
    sitting.leave_time(page, SECONDS)

    sitting.answer(page, 1)

    expect(page).to_have_url(re.compile("/result/$"))
    expect(page.locator(".verdict")).to_contain_text(
        _("The time ran out; what was saved until then has been marked.")
    )
    state = sitting.state
    assert (state["open"], state["in_time"]) == (False, False)
    assert sitting.is_saved(1)


def test_time_runs_out_while_the_link_is_broken(sit: Sit, open_page: Open) -> None:
    sitting = sit("TIMED")
    page = sitting.open(open_page())
    sitting.leave_time(page, SECONDS)
    page.context.set_offline(True)
    sitting.answer(page, 1)
    expect(page.locator("[data-seconds-left]")).to_have_text("0:00")
    status(page).to_have_text(KEPT)

    page.context.set_offline(False)

    expect(page).to_have_url(re.compile("/result/$"))
    assert sitting.is_saved(1)  # it came within the time of grace
