"""The catalogue: found in Cyrillic however it is typed, filtered, in order, page by page."""

from typing import Any

import pytest
from django.test import Client

from courses.actions import cancel_enrolment
from courses.models import Course, Status
from lms.people.models import Organisation, User
from tests import factories
from tests.courses.pages import Page

TITLE = {
    "uk": "Ґрунтовна перевірка під’їзних шляхів",
    "be": "Грунтоўная праверка пад’яздных шляхоў",
    "ru": "Тщательная проверка подъездных путей, всё ещё чёрных",
    "en": "A thorough check of access roads",
}


def a_course(owner: Organisation, title: dict[str, str] | None = None, **fields: Any) -> Course:
    return factories.published_course(
        owner, readings=1, questions=0, **({"title": title} if title else {}), **fields
    )


def shown(client: Client, query: str = "", **parameters: str) -> list[str]:
    """The codes of the courses on the page, in its order."""
    response = client.get("/courses/", {"q": query} | parameters)
    assert response.status_code == 200
    return [card["course"].code for card in response.context["cards"]]


@pytest.mark.parametrize(
    "typed",
    [
        "ґрунтовна",
        "ҐРУНТОВНА",
        "Шляхів Перевірка",
        "під'їзних",
        "під’їзних",
        "підʼїзних",
        "під`їзних",
        "ПІД’І\u0308ЗНИХ",  # decomposed
        "грунтоўная",
        "ГРУНТОЎНАЯ ШЛЯХОЎ",
        "пад'яздных",
        "чёрных",
        "черных",
        "ЧЁРНЫХ",
        "всё еще",
        "THOROUGH",
        "access грунт",  # words of two languages may be in two titles
        "  перевірка   шляхів ",
        "road-7",
        "ДОРОГАХ",  # of the summary
    ],
)
def test_search_finds(browser: Client, root: Organisation, typed: str) -> None:
    a_course(root, TITLE, code="ROAD-7", summary=factories.texts("Про все на дорогах"))
    a_course(root, factories.texts("Інше"), summary=factories.texts("Щось"), code="OTHER")
    assert shown(browser, typed) == ["ROAD-7"]


@pytest.mark.parametrize(
    "typed", ["літак", "шляхів літак", "%", "_", "грунтовна", "' OR 1=1 --", "\\", "*"]
)
def test_search_does_not_find(browser: Client, root: Organisation, typed: str) -> None:
    a_course(root, TITLE, code="ROAD-7")
    assert shown(browser, typed) == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"q": "я" * 201},
        {"q": "a\0b"},
        {"language": "xx"},
        {"state": "lost"},
        {"page": "0"},
        {"page": "-1"},
        {"page": "two"},
        {"page": "99999999999999999999"},
        {"size": "7"},
        {"size": "9" * 5000},
        {"size": "²"},
    ],
)
def test_an_address_that_makes_no_sense_shows_the_catalogue(
    browser: Client, root: Organisation, parameters: dict[str, str]
) -> None:
    a_course(root, code="ROAD-7")
    response = browser.get("/courses/", parameters)
    assert [card["course"].code for card in response.context["cards"]] == ["ROAD-7"]


def test_what_is_typed_comes_back_as_text(browser: Client) -> None:
    typed = '"><script>alert(1)</script>'
    response = browser.get("/courses/", {"q": typed})
    assert "<script>alert" not in response.content.decode()
    assert Page(response).all("input", name="q")[0].attrs["value"] == typed


def test_filter_by_language(browser: Client, root: Organisation) -> None:
    a_course(root, code="ALL")
    a_course(root, code="UK", languages=["uk"])
    assert shown(browser, language="uk") == ["ALL", "UK"]
    assert shown(browser, language="be") == ["ALL"]


def test_filter_by_state(browser: Client, root: Organisation, officer: User) -> None:
    a_course(root, code="OPEN")
    closed = a_course(root, code="CLOSED", is_open=False)
    done = factories.completed(factories.enrolled(officer, a_course(root, code="DONE")))
    left = factories.enrolled(officer, a_course(root, code="LEFT"))
    factories.enrolled(officer, closed)
    factories.enrolled(factories.officer(root), Course.objects.get(code="OPEN"))
    cancel_enrolment(enrolment=left, actor=None, reason="Відрядження")
    assert shown(browser, state="open") == ["DONE", "LEFT", "OPEN"]
    assert shown(browser, state="mine") == ["CLOSED"]
    assert shown(browser, state="completed") == ["DONE"]
    assert shown(browser, "open", state="mine") == []
    factories.enrolled(officer, done.course)  # the renewal
    assert shown(browser, state="mine") == ["CLOSED", "DONE"]
    assert shown(browser, state="completed") == ["DONE"]


# Titles in the order of the alphabet of each language, which is that of no database.
ALPHABETS = {
    "uk": ["Абетка", "Вітер", "Гора", "Ґанок", "Дім", "Екран", "Євро", "Жук", "Зима", "Ирій",
           "Інше", "Їжак", "Йод", "М’ята", "Щука"],
    "be": ["Абарона", "Вецер", "Гара", "Дом", "Елка", "Ёд", "Жук", "Зіма", "Іголка", "Йогурт",
           "Урад", "Ўважна", "Фарба", "Шчупак", "Ясень"],
    "ru": ["Азбука", "Ветер", "Дом", "Ель", "Ёлка", "Жук", "Игла", "Йод", "Щука",
           "Ъ", "Ыра", "Эра", "Юг", "Яма"],
    "en": ["Alpha", "bravo", "Charlie", "delta", "Echo"],
}  # fmt: skip


@pytest.mark.parametrize("language", ALPHABETS)
def test_in_the_order_of_the_readers_alphabet(
    root: Organisation, client: Client, language: str
) -> None:
    client.force_login(factories.officer(root, language=language))
    titles = ALPHABETS[language]
    for title in sorted(titles, reverse=True):
        a_course(root, {language: title}, languages=[language])
    cards = client.get("/courses/").context["cards"]
    assert [card["course"].title.localize(language) for card in cards] == titles


def test_a_course_without_the_readers_language_comes_last_and_in_its_own(
    browser: Client, root: Organisation
) -> None:
    a_course(root, {"uk": "Абетка"}, languages=["uk"], code="B")
    a_course(root, {"be": "Абарона"}, languages=["be"], code="A")
    a_course(root, factories.texts("Я"), code="Z")
    response = browser.get("/courses/")
    assert [card["course"].code for card in response.context["cards"]] == ["Z", "A", "B"]
    headings = [link for link in Page(response).all("a") if link.words in {"Абетка", "Абарона"}]
    assert [link.attrs["lang"] for link in headings] == ["be", "uk"]


def test_page_by_page_with_the_filters_kept(browser: Client, root: Organisation) -> None:
    course = a_course(root, code="C-000")
    more = []
    for number in range(1, 30):
        copy = Course.objects.get(pk=course.pk)
        copy.pk, copy.code = None, f"C-{number:03}"
        more.append(copy)
    Course.objects.bulk_create(more)
    for row in Course.objects.filter(titles=None):
        row.titles.bulk_create(
            [type(title)(course=row, language=title.language, search_key=f"{title.search_key} x",
                         sort_key=title.sort_key) for title in course.titles.all()]
        )  # fmt: skip
    codes = [f"C-{number:03}" for number in range(30)]
    assert shown(browser) == codes[:24]
    assert shown(browser, page="2") == codes[24:]
    assert shown(browser, page="99") == codes[24:]
    assert shown(browser, "x", page="2") == codes[25:]
    page = Page(browser.get("/courses/", {"q": "x", "language": "uk"}))
    onward = [link for link in page.links if "page=2" in link]
    assert onward
    assert all("q=x" in link and "language=uk" in link for link in onward)
    assert "29 courses" in page.words


def test_nothing_published_yet(browser: Client) -> None:
    page = Page(browser.get("/courses/"))
    assert "No courses yet" in page.words
    assert "Your coordinator can tell you when it will." in page.words


def test_nothing_found_offers_the_whole_catalogue(browser: Client, root: Organisation) -> None:
    a_course(root)
    page = Page(browser.get("/courses/", {"q": "літак"}))
    assert "Nothing found" in page.words
    assert "/courses/" in page.links


def test_whose_courses_are_offered(
    browser: Client, root: Organisation, post: Organisation, officer: User
) -> None:
    a_course(root, code="OF-SERVICE")
    a_course(post, code="OF-UNIT")
    a_course(factories.unit(root), code="OF-SISTER")
    a_course(factories.unit(post), code="OF-BELOW")
    a_course(factories.service("BY"), code="OF-OTHERS")
    factories.draft_course(root, code="DRAFT")
    Course.objects.filter(pk=a_course(root, code="OLD").pk).update(status=Status.ARCHIVED)
    assert shown(browser) == ["OF-SERVICE", "OF-UNIT"]
    sister = Course.objects.get(code="OF-SISTER")
    factories.enrolled(officer, sister)  # from then on it is his as well
    assert shown(browser) == ["OF-SERVICE", "OF-SISTER", "OF-UNIT"]


def test_a_card_says_how_far_the_officer_is(
    browser: Client, root: Organisation, officer: User
) -> None:
    course = a_course(root, TITLE, code="ROAD-7")
    assert "open for enrolment" in Page(browser.get("/courses/")).words
    enrolment = factories.enrolled(officer, course)
    assert "not started" in Page(browser.get("/courses/")).words
    factories.completed(enrolment)
    page = Page(browser.get("/courses/"))
    assert "completed" in page.words
    assert [e.attrs["aria-label"] for e in page.all("ol", class_="route")] == ["1 of 1 module"]


def test_a_stranger_is_asked_to_sign_in(client: Client, root: Organisation) -> None:
    response = client.get("/courses/?q=%D1%8F")
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/?next=/courses/")


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_catalogue_is_only_read(browser: Client, method: str) -> None:
    assert getattr(browser, method)("/courses/").status_code == 405
