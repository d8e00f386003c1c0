"""The trainer's whole job in a browser: a course in two languages, written, tested, published."""

import re

import pytest
from django.utils.translation import gettext as _
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Open
from tests.e2e.server import Site, wait_until
from tests.e2e.steps import COUNT_CLICKS, clicks, fill_sign_in, sign_in, submit, tab_to

pytestmark = pytest.mark.once

CLICKS = 24  # for one lesson and five questions; Moodle needs about 43
QUESTIONS = 5
BODY = "[contenteditable=true]"


def new_course(page: Page, title: str, *languages: str) -> str:
    """From the first page to the outline of a new course with one empty module; its code."""
    page.get_by_role("link", name=_("New course")).first.click()
    page.locator("[name=title]").fill(title)
    for code in languages:
        page.locator(f"[name=languages][value={code}]").check()
    page.locator("main form button.main").click()
    expect(page.locator("[data-planner]")).to_be_visible()
    return page.url.split("/courses/")[1].strip("/")


def add_lesson(page: Page, title: str, kind: str) -> None:
    """By the form of the module that stands last."""
    form = page.locator("details.add:has([name=kind])").last
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    form.locator("[name=title]").click()
    page.keyboard.type(title)
    form.locator(f"[name=kind][value={kind}]").click()
    page.wait_for_url(re.compile("/(lessons|quizzes)/"))


def write(page: Page, words: str) -> None:
    """Type into the editor, as soon as it is there, and save."""
    page.locator(BODY).click()
    page.keyboard.type(words)
    page.locator(".keeps button.main").click()
    expect(page.locator(".message")).to_be_visible()


def ask(page: Page, number: int, *, sides: int = 1, more: bool) -> None:
    """A single choice: typed in each language in sight, the first one right; then on."""
    texts = page.locator("#part-text textarea, [name^=text-]:visible")
    for side in range(sides):
        texts.nth(side).fill(f"Запитання {number}, {side}")
    cells = page.locator("[data-rows=choices] input[type=text]")
    for cell in range(3 * sides):
        cells.nth(cell).fill(f"Варіант {number}.{cell}")
    page.locator("[name=choices-right]").first.click()
    page.locator(f".question-save [value={'again' if more else 'save'}]").click()
    expect(page.locator(".message").first).to_be_visible()


def test_a_course_in_two_languages_from_nothing_to_an_officer(site: Site, open_page: Open) -> None:
    page = open_page()
    sign_in(page, site.seed.trainer())
    code = new_course(page, "Перевірка віз", "en")

    add_lesson(page, "Поля візи", "reading")
    expect(page.locator("[name=title]")).to_have_value("Поля візи")
    write(page, "Віза має поля.")
    page.locator(".tabs a", has_text="English").click()
    expect(page.locator("section.source article")).to_contain_text("Віза має поля.")
    page.locator("[name=title]").fill("Fields of a visa")
    write(page, "A visa has fields.")
    page.goto(f"/teaching/courses/{code}/")
    expect(page.locator(".badge.missing")).to_have_count(1)  # the one that explains the signs

    page.locator("#add-module summary").click()
    page.locator("#add-module [name=title]").fill("Перевірте себе")
    page.locator("#add-module button").click()
    expect(page.locator("[data-planner] section")).to_have_count(2)
    add_lesson(page, "Тест", "quiz")
    page.locator("a[href*='/new/?quiz=']").click()
    page.locator("[name=beside]").select_option("en")
    if page.locator("[data-languages]").is_visible():
        page.locator("[data-languages]").click()
    for number in range(1, QUESTIONS + 1):
        ask(page, number, sides=2, more=number < QUESTIONS)
    expect(page.locator("[data-slots] > li")).to_have_count(QUESTIONS)
    page.locator("[name=title-en]").fill("Test")
    page.locator("[value=settings]").click()

    mend_what_is_missing(page, code)
    publish(page, code)
    as_an_officer(site, open_page, code)


def mend_what_is_missing(page: Page, code: str) -> None:
    """The publish page leads to each place: here to the titles of the course and its modules."""
    page.goto(f"/teaching/courses/{code}/publish/")
    for _place in range(12):
        places = page.locator("section[id^=missing-] li a")
        if not places.count():
            break
        places.first.click()
        page.wait_for_load_state()
        for field in page.locator("main input[type=text]:visible, main textarea:visible").all():
            if field.get_attribute("name") and not field.input_value():
                field.fill("Visa checks" if field.get_attribute("lang") == "en" else "Назва")
        page.locator("main form button.main").first.click()
        page.wait_for_load_state()
        page.goto(f"/teaching/courses/{code}/publish/")
    expect(page.locator("section[id^=missing-]")).to_have_count(0)


def publish(page: Page, code: str) -> None:
    expect(page.locator(".tag.ok")).to_have_count(2)  # both languages go out
    page.locator("main form button.main").click()
    expect(page).to_have_url(re.compile(f"/teaching/courses/{code}/$"))
    expect(page.locator(".message")).to_be_visible()


def as_an_officer(site: Site, open_page: Open, code: str) -> None:
    """What was published is read in English, and its test can be passed."""
    page = open_page()
    who = site.seed.officer(language="en")
    site.seed.enrol(login=who["login"], course=code)
    sign_in(page, who)
    page.locator("main a.button.main").click()
    expect(page.locator("article.prose")).to_contain_text("A visa has fields.")
    page.locator("form[action$='/done/'] button").click()
    page.locator("form[action*='/attempts/start/'] button").click()
    attempt = page.url.split("/attempts/")[1].split("/")[0]
    for question in site.seed.attempt(pk=attempt)["questions"].values():
        for name, values in question["right"].items():
            page.locator(f"[name='{name}'][value='{values[0]}']").check()
    submit(page)
    expect(page.locator(".verdict:not(.late)")).to_be_visible()


def test_one_lesson_and_five_questions_in_few_clicks(site: Site, open_page: Open) -> None:
    page = open_page()
    page.add_init_script(COUNT_CLICKS)
    sign_in(page, site.seed.trainer())
    code = new_course(page, "Кліки")
    before = clicks(page)

    add_lesson(page, "Урок", "reading")
    write(page, "Текст.")
    page.locator("nav ol.tree a").nth(1).click()
    expect(page.locator("[data-planner]")).to_be_visible()
    add_lesson(page, "Тест", "quiz")
    page.locator("a[href*='/new/?quiz=']").click()
    for number in range(1, QUESTIONS + 1):
        ask(page, number, more=number < QUESTIONS)

    expect(page.locator("[data-slots] > li")).to_have_count(QUESTIONS)
    assert clicks(page) - before <= CLICKS
    page.goto(f"/teaching/courses/{code}/publish/")
    expect(page.locator("section[id^=missing-]")).to_have_count(0)


def test_a_course_by_keyboard_alone(site: Site, open_page: Open) -> None:
    """Made, a module added and moved, a lesson written, a question asked, published."""
    page = open_page()
    who = site.seed.trainer()
    page.goto("/sign-in/")
    page.keyboard.type(who["login"])
    page.keyboard.press("Tab")
    page.keyboard.type(who["password"])
    page.keyboard.press("Enter")
    expect(page.locator("body[data-person]")).to_be_attached()

    tab_to(page, "main a[href='/teaching/new/']")
    page.keyboard.press("Enter")
    expect(page.locator("[name=title]")).to_be_visible()
    tab_to(page, "[name=title]")
    page.keyboard.type("Клавіатура")
    page.keyboard.press("Enter")
    expect(page.locator("[data-planner]")).to_be_visible()
    code = page.url.split("/courses/")[1].strip("/")
    tab_to(page, "details.add[open] [name=title]")
    page.keyboard.type("Урок")
    tab_to(page, "[name=kind][value=reading]")
    page.keyboard.press("Enter")
    expect(page.locator(BODY)).to_be_visible()
    tab_to(page, BODY)
    page.keyboard.type("Написано без миші.")
    page.keyboard.press("Control+s")
    expect(page.locator(".message")).to_be_visible()

    page.goto(f"/teaching/courses/{code}/")
    tab_to(page, "#add-module summary")
    page.keyboard.press("Enter")
    tab_to(page, "#add-module [name=title]")
    page.keyboard.type("Другий модуль")
    page.keyboard.press("Enter")
    expect(page.locator("[data-planner] section")).to_have_count(2)
    tab_to(page, "details.add[open] [name=title]")
    page.keyboard.type("Тест")
    tab_to(page, "details.add[open] [name=kind][value=quiz]")
    page.keyboard.press("Enter")
    expect(page.locator("a[href*='/new/?quiz=']")).to_be_visible()
    tab_to(page, "a[href*='/new/?quiz=']")
    page.keyboard.press("Enter")
    expect(page.locator("[data-rows=choices]")).to_be_visible()
    tab_to(page, "textarea[name^=text-]")
    page.keyboard.type("Що це?")
    tab_to(page, "[name=choices-right]")
    page.keyboard.press("Space")
    tab_to(page, "[data-rows=choices] li:first-child input[type=text]")
    page.keyboard.type("Правильно")
    tab_to(page, "[data-rows=choices] li:nth-child(2) input[type=text]")
    page.keyboard.type("Неправильно")
    tab_to(page, ".question-save [value=save]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-slots] > li")).to_have_count(1)

    page.goto(f"/teaching/courses/{code}/")
    tab_to(page, "header a[href$='/publish/']")
    page.keyboard.press("Enter")
    expect(page.locator("section[id^=missing-]")).to_have_count(0)
    tab_to(page, "main form button.main")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/teaching/courses/{code}/$"))
    expect(page.locator(".message")).to_be_visible()


def text_page(site: Site, page: Page) -> str:
    """A trainer at a lesson that has a text already; the page's address."""
    sign_in(page, site.seed.trainer())
    new_course(page, "Двоє")
    add_lesson(page, "Спільний урок", "reading")
    write(page, "Перший рядок.")
    return page.url


def test_the_second_of_two_trainers_sees_the_difference(site: Site, open_page: Open) -> None:
    first = open_page()
    address = text_page(site, first)
    second = open_page()
    sign_in(second, site.seed.trainer(), at=address)
    expect(second.locator(BODY)).to_contain_text("Перший рядок.")

    write(first, "Додано першим. ")
    second.locator(BODY).click()
    second.keyboard.type("Додано другим. ")
    second.locator(".keeps button.main").click()

    expect(second.locator("#conflict")).to_be_visible()
    expect(second.locator("#conflict .difference")).to_contain_text("першим")
    expect(second.locator(BODY)).to_contain_text("Додано другим.")
    first.reload()
    expect(first.locator(BODY)).to_contain_text("Додано першим.")
    expect(first.locator(BODY)).not_to_contain_text("Додано другим.")


def test_a_broken_link_while_writing_loses_nothing(site: Site, open_page: Open) -> None:
    page = open_page()
    address = text_page(site, page)
    context: BrowserContext = page.context

    context.set_offline(True)
    page.locator(BODY).click()
    page.keyboard.type("Без зв’язку. ")
    expect(page.locator("[data-status]")).to_have_class(re.compile("saved (local|failed)"))
    context.set_offline(False)
    page.close()  # before it could be sent

    again = context.new_page()
    again.goto(address)
    expect(again.locator(BODY)).to_contain_text("Без зв’язку.")
    again.locator(".keeps button.main").click()
    expect(again.locator(".message")).to_be_visible()
    again.reload()
    expect(again.locator(BODY)).to_contain_text("Без зв’язку.")


def test_saving_while_the_link_is_broken_loses_nothing(site: Site, open_page: Open) -> None:
    """The page stays, says so, and saves when asked again."""
    page = open_page()
    text_page(site, page)
    page.context.set_offline(True)
    page.locator(BODY).click()
    page.keyboard.type("Без мережі. ")
    page.locator(".keeps button.main").click()
    expect(page.locator("[data-status]")).to_have_class(re.compile("saved (local|failed)"))
    expect(page.locator(BODY)).to_contain_text("Без мережі.")

    page.context.set_offline(False)
    with page.expect_navigation():
        page.locator(".keeps button.main").click()
    page.reload()
    expect(page.locator(BODY)).to_contain_text("Без мережі.")


def test_the_browsers_error_page_costs_no_text(site: Site, open_page: Open) -> None:
    """The link breaks in the very moment of saving, before the page could know."""
    page = open_page()
    address = text_page(site, page)
    page.locator(BODY).click()
    page.keyboard.type("В останню мить. ")
    page.route("**/text/**", lambda route: route.abort())
    page.locator(".keeps button.main").click()
    page.wait_for_url("chrome-error://**")
    page.unroute("**/text/**")
    page.goto(address)
    expect(page.locator(BODY)).to_contain_text("В останню мить.")


def test_another_type_of_question_keeps_the_words_without_a_warning(
    site: Site, open_page: Open
) -> None:
    page = open_page()
    sign_in(page, site.seed.trainer())
    new_course(page, "Типи")
    add_lesson(page, "Тест", "quiz")
    page.locator("a[href*='/new/?quiz=']").click()
    text = page.locator("textarea[name^=text-]").first
    text.fill("Скільки рядків у TD3?")
    kept = "Object.keys(localStorage).some(key => key.includes('question-new'))"
    wait_until(lambda: page.evaluate(kept), "nothing was kept")
    page.locator("[name=act][value=type-matching]").click()
    expect(page.locator("[data-rows=pairs]")).to_be_visible()
    expect(text).to_have_value("Скільки рядків у TD3?")
    expect(page.locator(".kept")).to_have_count(0)


def test_a_session_that_ends_while_writing_loses_nothing(site: Site, open_page: Open) -> None:
    page = open_page()
    who = site.seed.trainer()
    sign_in(page, who)
    new_course(page, "Сеанс")
    add_lesson(page, "Урок", "reading")
    write(page, "Початок.")

    page.context.clear_cookies(name="sessionid")
    page.locator(BODY).click()
    page.keyboard.type("Після кінця сеансу. ")
    link = page.locator("[data-status] a")
    expect(link).to_be_visible()
    link.click()
    fill_sign_in(page, who)

    expect(page.locator(BODY)).to_contain_text("Після кінця сеансу.")


def test_a_question_typed_after_the_session_ended_is_there_again(
    site: Site, open_page: Open
) -> None:
    page = open_page()
    who = site.seed.trainer()
    sign_in(page, who)
    new_course(page, "Запитання без сеансу")
    add_lesson(page, "Тест", "quiz")
    page.locator("a[href*='/new/?quiz=']").click()
    page.context.clear_cookies(name="sessionid")

    page.locator("textarea[name^=text-]").first.fill("Скільки рядків у TD3?")
    page.locator("[data-rows=choices] input[type=text]").first.fill("Два")
    page.locator(".question-save [value=save]").click()
    fill_sign_in(page, who)

    expect(page.locator("textarea[name^=text-]").first).to_have_value("Скільки рядків у TD3?")
    expect(page.locator("[data-rows=choices] input[type=text]").first).to_have_value("Два")


def test_a_table_and_a_note_are_written_by_keyboard(site: Site, open_page: Open) -> None:
    """Tab goes from cell to cell, Enter twice leaves a note, and a table has its lines at once."""
    page = open_page()
    text_page(site, page)
    text = page.locator(BODY)
    text.click()
    page.keyboard.press("Control+End")
    page.locator(".cke_button__table").click()
    page.locator(".cke_dialog_ui_button_ok").click()
    expect(text.locator("table.table td")).to_have_count(6)
    page.keyboard.type("поле")
    page.keyboard.press("Tab")
    page.keyboard.type("довжина")
    expect(text.locator("td").nth(0)).to_have_text("поле")
    expect(text.locator("td").nth(1)).to_have_text("довжина")

    text.locator("p").first.click()
    page.locator(".cke_button__lessonnote").click()
    page.keyboard.press("End")
    for words in ("Друге.", "", "Поза нотаткою."):
        page.keyboard.press("Enter")
        page.keyboard.type(words)
    expect(text.locator(".note p")).to_have_count(2)
    expect(text.locator(".note")).not_to_contain_text("Поза")
    expect(text).to_contain_text("Поза нотаткою.")
