"""The coordinator's whole job in a browser: a staff list, an assignment, who is late, an export."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import Download, Page, expect

from tests.e2e.conftest import Open
from tests.e2e.server import Site
from tests.e2e.steps import COUNT_CLICKS, clicks, fill_sign_in, sign_in, tab_to

pytestmark = pytest.mark.production

PEOPLE, LATE, COURSE = 50, 3, "TEN"
CLICKS = 4  # from the sign-in page to the file of who is overdue
NUMBERS = iter(range(700_000, 800_000))


def staff_list(folder: Path) -> tuple[Path, list[str]]:
    """A list as Excel saves it here: semicolons and a byte order mark; and the numbers in it."""
    numbers = [str(next(NUMBERS)) for _person in range(PEOPLE)]
    file = folder / "особовий склад.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        rows = csv.writer(target, delimiter=";")
        rows.writerow(["Службовий номер", "Прізвище", "Ім’я", "По батькові", "Звання"])
        rows.writerows([number, "Ґонта", "Мар’яна", "Їлишівна", "сержант"] for number in numbers)
    return file, numbers


def logins(numbers: list[str]) -> list[str]:
    return [f"UA-{number}" for number in numbers]


def saved(download: Download, folder: Path) -> list[dict[str, str]]:
    """The rows of a CSV that the browser saved."""
    file = folder / download.suggested_filename
    download.save_as(file)
    text = file.read_bytes().decode("utf-8")
    assert text.startswith("\ufeff")
    separator = ";" if ";" in text.splitlines()[0] else ","
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator))


def test_from_a_staff_list_to_another_attempt(site: Site, open_page: Open, tmp_path: Path) -> None:
    who = site.seed.coordinator()
    page = open_page()
    sign_in(page, who)

    file, numbers = staff_list(tmp_path)
    bring_in(page, file)
    assign(page, who["unit"])
    newcomer = with_a_code_of_the_sheet(page, numbers)
    first_sign_in(open_page(), newcomer)
    late = logins(numbers)[1 : LATE + 1]
    for login in late:
        site.seed.past_due(login=login, course=COURSE)
    export_the_overdue(open_page(), who, late, tmp_path)
    grant_another_attempt(site, open_page, page, who["unit"])


def bring_in(page: Page, file: Path) -> None:
    """From the overview to fifty new people, the columns recognised."""
    page.get_by_role("navigation").get_by_role("link", name=_("People"), exact=True).click()
    page.get_by_role("link", name=_("Bring in a staff list")).first.click()
    page.locator("[name=file]").set_input_files(file)
    page.get_by_role("button", name=_("Go on to the columns")).click()
    page.get_by_role("button", name=_("Try it: show what would happen")).click()
    expect(page.locator("nav.figures b").first).to_have_text(str(PEOPLE))
    page.get_by_role("button", name=_("Bring in %(right)s") % {"right": PEOPLE}).click()
    expect(page.locator("nav.figures b").first).to_have_text(str(PEOPLE))
    expect(page.get_by_role("button", name=_("Make codes for the new people"))).to_be_visible()


def assign(page: Page, unit: str) -> None:
    """A course for all of them, with names and number before it happens."""
    result = page.url
    page.get_by_role("navigation").get_by_role("link", name=_("Assignments"), exact=True).click()
    page.locator("a[href='/assignments/new/']").first.click()
    options = page.locator("[name=unit] option")
    expect(options).to_have_count(2)  # "choose", and the one unit
    page.locator("[name=unit]").select_option(index=1)
    choose_course(page)
    page.get_by_role("button", name=_("Show whom it is for")).click()
    expect(page.locator("h1")).to_contain_text(str(PEOPLE))
    expect(page.locator("table tbody tr").first).to_contain_text("Ґонта Мар’яна")
    page.locator("aside button.main").click()
    expect(page.locator("nav.figures a, dl.facts, .figures").first).to_be_visible()
    page.goto(result)


def choose_course(page: Page) -> None:
    value = page.locator(f"[name=course] option:has-text('({COURSE})')").get_attribute("value")
    page.locator("[name=course]").select_option(value)


def with_a_code_of_the_sheet(page: Page, numbers: list[str]) -> dict[str, str]:
    """New codes for the people of the list, on a sheet to be cut apart; the first card."""
    page.get_by_role("button", name=_("Make codes for the new people")).click()
    expect(page.locator("h1")).to_contain_text(str(PEOPLE))
    page.locator("main form button.main").click()
    sheet = page.locator("a[href$='/codes/']").first
    expect(sheet).to_be_visible()
    sheet.click()
    cards = page.locator("li.slip")
    expect(cards).to_have_count(PEOPLE)
    card = cards.filter(has_text=f"UA-{numbers[0]}")
    return {"login": f"UA-{numbers[0]}", "password": card.locator("code").inner_text()}


def first_sign_in(page: Page, newcomer: dict[str, str]) -> None:
    """With the login and the code of the card a new officer comes to the course assigned."""
    page.goto("/sign-in/")
    fill_sign_in(page, newcomer)
    expect(page.locator("[name=family_name_latin]")).to_have_value("Gonta")
    page.locator("[name=password1]").fill("krokodyl-na-balkoni")
    page.locator("[name=password2]").fill("krokodyl-na-balkoni")
    page.locator("main [type=checkbox]").check()
    page.get_by_role("button", name=_("Go on")).click()
    expect(page.locator(f"main a[href='/courses/{COURSE}/']").first).to_be_visible()
    page.locator("main a.button.main").click()
    expect(page.locator("form[action*='/attempts/start/']")).to_be_visible()


def export_the_overdue(page: Page, who: dict[str, str], late: list[str], folder: Path) -> None:
    """The figure of the overview leads to the list, the list to its file."""
    page.add_init_script(COUNT_CLICKS)
    page.goto("/sign-in/")
    page.keyboard.type(who["login"])
    page.locator("[name=password]").click()
    page.keyboard.type(who["password"])
    page.locator("main form button.main").click()
    tile = page.locator("nav.figures a.late")
    expect(tile.locator("b")).to_have_text(str(LATE))
    tile.click()
    expect(page.locator("table tbody tr")).to_have_count(LATE)
    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert clicks(page) <= CLICKS
    rows = saved(coming.value, folder)
    found = {value for row in rows for value in row.values() if value in set(late)}
    assert found == set(late)
    assert len(rows) == LATE


def grant_another_attempt(site: Site, open_page: Open, page: Page, unit: str) -> None:
    """After the last failed attempt the coordinator gives one more, with a reason."""
    officer = site.seed.officer_of(unit=unit)
    site.seed.enrol(login=officer["login"], course="DOC-01", read=True)
    for _attempt in range(3):
        site.seed.submitted(login=officer["login"], course="DOC-01", key="final-test", right=0)
    test = "/courses/DOC-01/lessons/final-test/"
    theirs = open_page()
    sign_in(theirs, officer, at=f"/sign-in/?next={test}")
    expect(theirs.locator("form[action*='/attempts/start/']")).to_have_count(0)

    page.goto(f"/officers/?q={officer['login']}")
    page.locator("tbody th a").first.click()
    page.locator("a[href*='/grant/final-test/']").click()
    page.locator("main form button.main").click()
    expect(page.locator("[name=reason][aria-invalid=true]")).to_be_visible()  # it needs a reason
    page.locator("[name=reason]").fill("Хворів під час підготовки")
    page.locator("main form button.main").click()
    expect(page.locator(".message")).to_be_visible()
    expect(page.locator("a[href*='/grant/']")).to_have_count(0)

    theirs.reload()
    expect(theirs.locator("form[action*='/attempts/start/']")).to_be_visible()


def test_assign_find_and_save_by_keyboard_alone(
    site: Site, open_page: Open, tmp_path: Path
) -> None:
    who = site.seed.coordinator()
    officer = site.seed.officer_of(unit=who["unit"])
    page = open_page()
    page.goto("/sign-in/")
    page.keyboard.type(who["login"])
    page.keyboard.press("Tab")
    page.keyboard.type(who["password"])
    page.keyboard.press("Enter")
    expect(page.locator("body[data-person]")).to_be_attached()

    tab_to(page, "header a[href='/assignments/']")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/assignments/$"))
    tab_to(page, "main a[href='/assignments/new/']")
    page.keyboard.press("Enter")
    expect(page.locator("[name=unit]")).to_be_visible()
    tab_to(page, "[name=unit]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "[name=course]")
    choose_by_keyboard(page, f"({COURSE})")
    tab_to(page, "[name=due]")
    tab_to(page, "[name=due_days]")
    page.keyboard.press("Control+a")
    page.keyboard.type("10")
    tab_to(page, "main form button.main")
    page.keyboard.press("Enter")
    expect(page.locator("aside button.main")).to_be_visible()
    tab_to(page, "aside button.main")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/(assignments|jobs)/[\w-]+/$"))

    site.seed.past_due(login=officer["login"], course=COURSE)
    tab_to(page, "header a[href='/overview/']")
    page.keyboard.press("Enter")
    expect(page.locator("nav.figures a.late b")).to_have_text("1")
    tab_to(page, "nav.figures a.late")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/enrolments/"))
    tab_to(page, "main a[href*='export.csv']")
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    [row] = saved(coming.value, tmp_path)
    assert officer["login"].upper() in {value.upper() for value in row.values()}


def choose_by_keyboard(page: Page, words: str) -> None:
    """Arrow down a list of choices until the wanted one stands there."""
    for _step in range(60):
        shown = page.evaluate("() => document.activeElement.selectedOptions[0].textContent")
        if words in shown:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no choice {words}")


def test_a_due_date_is_shown_as_the_coordinator_set_it(site: Site, open_page: Open) -> None:
    """Extended on the coordinator's page, read on the officer's."""
    who = site.seed.coordinator()
    officer = site.seed.officer_of(unit=who["unit"])
    site.seed.enrol(login=officer["login"], course=COURSE, due_in=5)
    page = open_page()
    sign_in(page, who)
    page.goto(f"/officers/?q={officer['login']}")
    page.locator("tbody th a").first.click()
    page.locator("a[href$='/extend/']").click()
    later = timezone.localdate() + timedelta(days=12)
    page.locator("[name=due_on]").fill(later.isoformat())
    page.locator("[name=reason]").fill("Відпустка")
    page.locator("main form button.main").click()
    expect(page.locator(".message")).to_be_visible()

    theirs = open_page()
    sign_in(theirs, officer)
    expect(theirs.locator("main .tag").first).to_contain_text(str(later.day))
