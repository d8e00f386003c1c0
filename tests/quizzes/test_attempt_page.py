"""The page of questions: the same order each time, in any language, and nothing lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from courses.models import Enrolment
from lms.people.models import Organisation, User
from quizzes.models import Attempt, AttemptItem, Slot
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.helpers import (
    A,
    B,
    course_of,
    current,
    item_of,
    key_of,
    published,
    saved,
)
from tests.quizzes.types.samples import BODIES


def the_page(browser: Client, attempt: Attempt, number: int | None = None) -> Page:
    query = f"?page={number}" if number else ""
    return Page(browser.get(f"/attempts/{attempt.pk}/{query}"))


def questions(page: Page) -> list[str]:
    return [e.attrs["data-q"] for e in page.all("fieldset")]


def choices(page: Page, position: int = 1) -> list[str]:
    """The values of the choices in the order shown."""
    return [e.attrs["value"] for e in page.all("input", type="radio", name=f"q{position}")]


@pytest.fixture
def one_by_one(root: Organisation, officer: User) -> Attempt:
    """An attempt with a question a page."""
    course = course_of(root, code="DOC-08", questions=3, layout="one_per_page", time_limit=30)
    return factories.started(factories.enrolled(officer, course))


@pytest.fixture
def all_types(root: Organisation, officer: User) -> Attempt:
    """An attempt at a question of each type."""
    course = factories.draft_course(root, code="DOC-09")
    quiz = factories.quiz(factories.lesson(factories.module(course), kind="quiz"), questions=0)
    for position, (question_type, body) in enumerate(BODIES.items(), 1):
        question = factories.question(quiz.bank, body, type=question_type)
        Slot.objects.create(quiz=quiz, position=position, question=question)
    return factories.started(factories.enrolled(officer, published(course)))


# One page


def test_all_on_one_page(browser: Client, attempt: Attempt) -> None:
    page = the_page(browser, attempt)
    assert questions(page) == ["1", "2", "3", "4"]
    assert "Answered 0 of 4" in page.words
    assert "Question 1 of 4." in page.words
    assert "attempt 1 of 3" in page.words
    assert "Time left" not in page.words
    assert page.all("button", value="finish")
    assert not page.all("button", value="page-2")


def test_the_page_of_each_type_sends_back_what_it_shows(
    browser: Client, all_types: Attempt
) -> None:
    factories.answered(all_types)
    count = len(BODIES)
    page = the_page(browser, all_types)
    assert f"Answered {count} of {count}" in page.words
    form = page.form(f"/attempts/{all_types.pk}/")
    form.send(browser, go="finish")
    before = {row.pk: row.current_id for row in AttemptItem.objects.all()}
    changed = {
        name: ["x"] for name in form.fields if name.startswith("was-")
    }  # as if it had been rendered without answers
    browser.post(f"/attempts/{all_types.pk}/", form.fields | changed)
    assert {row.pk: row.current_id for row in AttemptItem.objects.all()} == before
    browser.post(f"/attempts/{all_types.pk}/finish/")
    assert Attempt.objects.get().mark == count


def test_nothing_on_the_page_tells_the_answer(browser: Client, attempt: Attempt) -> None:
    source = browser.get(f"/attempts/{attempt.pk}/").content.decode()
    assert "Пояснення" not in source
    assert "right" not in source
    page = Page(source)
    assert set(choices(page)) == {"k1", "k2", "k3"}


# A question a page


def test_one_by_one(browser: Client, one_by_one: Attempt) -> None:
    address = f"/attempts/{one_by_one.pk}/"
    page = the_page(browser, one_by_one)
    assert questions(page) == ["1"]
    assert "Time left" in page.words
    assert page.all("button", value="page-2")
    response = page.form(address).send(browser, q1=key_of(one_by_one, "a"), go="page-2")
    assert response["Location"] == f"{address}?page=2"
    page = the_page(browser, one_by_one, 2)
    assert questions(page) == ["2"]
    assert "Answered 1 of 3" in page.words
    response = page.form(address).send(browser, go="page-1")
    assert response["Location"] == f"{address}?page=1"
    page = the_page(browser, one_by_one, 1)
    assert page.form(address).fields["q1"] == [key_of(one_by_one, "a")]
    last = the_page(browser, one_by_one, 3)
    assert last.form(address).send(browser, go="finish")["Location"] == f"{address}finish/"
    assert current(one_by_one) == A


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("1", "1"), ("3", "3"), ("4", "3"), ("0", "1"), ("-1", "1"), ("x", "1"), ("", "1"),
     ("9" * 5000, "1"), ("٢", "2"), ("²", "1")],
)  # fmt: skip
def test_a_page_that_does_not_exist(
    browser: Client, one_by_one: Attempt, asked: str, shown: str
) -> None:
    response = browser.get(f"/attempts/{one_by_one.pk}/", {"page": asked})
    assert questions(Page(response)) == [shown]
    assert browser.post(f"/attempts/{one_by_one.pk}/", {"go": f"page-{asked}"}).status_code == 302


def test_a_page_of_one_question_leaves_the_others_alone(
    browser: Client, one_by_one: Attempt
) -> None:
    saved(one_by_one, B, position=2)
    AttemptItem.objects.filter(position=3).update(flagged=True)
    the_page(browser, one_by_one, 1).form(f"/attempts/{one_by_one.pk}/").send(browser)
    assert current(one_by_one, 2) == B
    assert item_of(one_by_one, 3).flagged


# The order


def test_the_order_of_the_choices_stays(browser: Client, attempt: Attempt, officer: User) -> None:
    first = [choices(the_page(browser, attempt), position) for position in range(1, 5)]
    for language in ("be", "uk", "ru", "en"):
        browser.post("/courses/DOC-07/language/", {"language": language})
        page = the_page(browser, attempt)
        assert [choices(page, position) for position in range(1, 5)] == first
    elsewhere = Client()
    elsewhere.force_login(officer)
    page = the_page(elsewhere, attempt)
    assert [choices(page, position) for position in range(1, 5)] == first


def test_it_is_shuffled(root: Organisation, officer: User) -> None:
    enrolment = factories.enrolled(officer, course_of(root, questions=30))
    orders = {tuple(item.choice_order) for item in factories.started(enrolment).items.all()}
    assert len(orders) > 1


def test_where_the_settings_say_so_it_is_not(root: Organisation, officer: User) -> None:
    enrolment = factories.enrolled(officer, course_of(root, questions=30, shuffle=False))
    orders = {tuple(item.choice_order) for item in factories.started(enrolment).items.all()}
    assert orders == {("a", "b", "c")}


def test_two_officers_get_each_their_own(root: Organisation, post: Organisation) -> None:
    course = course_of(root, questions=30)
    orders = [
        [
            tuple(item.choice_order)
            for item in factories.started(
                factories.enrolled(factories.officer(post), course)
            ).items.all()
        ]
        for _ in range(2)
    ]
    assert orders[0] != orders[1]


# The language


def test_a_switch_in_the_middle_keeps_the_answers(
    browser: Client, attempt: Attempt, enrolment: Enrolment
) -> None:
    address = f"/attempts/{attempt.pk}/"
    saved(attempt, B, position=2)
    page = the_page(browser, attempt)
    assert "44 (en)" in page.words
    response = page.form(address).send(browser, q1=key_of(attempt, "a"), language="be")
    assert response["Location"] == address
    assert factories.refreshed(enrolment).language == "be"
    page = the_page(browser, attempt)
    assert "44 (be)" in page.words
    assert "44 (en)" not in page.words
    assert page.all("html")[0].attrs["lang"] == "en"
    assert all(e.attrs["lang"] == "be" for e in page.all("fieldset"))
    fields = page.form(address).fields
    assert (fields["q1"], fields["q2"]) == ([key_of(attempt, "a")], [key_of(attempt, "b", 2)])
    assert current(attempt, 1) == A


def test_a_switch_keeps_the_page(browser: Client, one_by_one: Attempt) -> None:
    page = the_page(browser, one_by_one, 2)
    response = page.form(f"/attempts/{one_by_one.pk}/").send(browser, language="ru")
    assert response["Location"] == f"/attempts/{one_by_one.pk}/?page=2"
    assert "44 (ru)" in the_page(browser, one_by_one, 2).words


@pytest.mark.parametrize("language", ["xx", "de", "uk\0", "x" * 1000])
def test_a_language_that_was_not_published(
    browser: Client, attempt: Attempt, enrolment: Enrolment, language: str
) -> None:
    browser.post(f"/attempts/{attempt.pk}/", {"language": language})
    assert factories.refreshed(enrolment).language == "en"


def test_every_type_in_every_language(browser: Client, all_types: Attempt) -> None:
    factories.answered(all_types)
    the_page(browser, all_types).form(f"/attempts/{all_types.pk}/").send(browser)
    kept = {row.pk: row.current_id for row in AttemptItem.objects.all()}
    marker = {"uk": "ґє’ї", "be": "ў’і", "ru": "ёъ", "en": "Which one?"}
    for language, words in marker.items():
        page = the_page(browser, all_types)
        page.form(f"/attempts/{all_types.pk}/").send(browser, language=language)
        assert words in the_page(browser, all_types).words
    assert {row.pk: row.current_id for row in AttemptItem.objects.all()} == kept


# To come back to


def test_flagged(browser: Client, attempt: Attempt) -> None:
    address = f"/attempts/{attempt.pk}/"
    the_page(browser, attempt).form(address).send(browser, **{"flag-q3": "on"})
    page = the_page(browser, attempt)
    assert page.form(address).fields["flag-q3"] == ["on"]
    marked = [e.attrs["data-number"] for e in page.all("li") if "flag" in e.attrs.get("class", "")]
    assert marked == ["3"]
    fields = page.form(address).fields
    del fields["flag-q3"]
    browser.post(address, fields)
    assert not item_of(attempt, 3).flagged
    assert "Answered 0 of 4" in page.words  # a flag is no answer


# The time


def test_the_time_left_is_the_servers(browser: Client, one_by_one: Attempt) -> None:
    now = timezone.now()
    Attempt.objects.update(deadline_at=now + timedelta(minutes=10))
    page = the_page(browser, one_by_one)
    clock = next(e for e in page.elements if "data-seconds-left" in e.attrs)
    assert 590 <= int(clock.attrs["data-seconds-left"]) <= 600
    assert clock.attrs["data-seconds-total"] == "1800"
    Attempt.objects.update(deadline_at=now - timedelta(seconds=5))
    page = the_page(browser, one_by_one)
    clock = next(e for e in page.elements if "data-seconds-left" in e.attrs)
    assert clock.attrs["data-seconds-left"] == "0"  # within the grace


def test_the_deadline_is_told_in_the_officers_zone(client: Client, root: Organisation) -> None:
    officer = factories.officer(root, language="en", time_zone="Asia/Tokyo")
    course = course_of(root, questions=1, time_limit=60)
    attempt = factories.started(factories.enrolled(officer, course))
    client.force_login(officer)
    assert attempt.deadline_at
    local = timezone.localtime(attempt.deadline_at, officer.zone)
    assert f"until {local:%H:%M}" in the_page(client, attempt).words


# Who, and which


def test_every_tab_has_a_name_of_its_own(browser: Client, attempt: Attempt) -> None:
    names = {the_page(browser, attempt).all("form", id="attempt")[0].attrs["data-client"]
             for _ in range(3)}  # fmt: skip
    assert len(names) == 3


def test_another_officers_is_not_there(attempt: Attempt, post: Organisation) -> None:
    other = Client()
    other.force_login(factories.officer(post))
    for end in ("", "finish/", "result/"):
        assert other.get(f"/attempts/{attempt.pk}/{end}").status_code == 404
    assert other.post(f"/attempts/{attempt.pk}/", {"q1": "k1", "was-q1": "x"}).status_code == 404
    assert other.get("/attempts/00000000-0000-4000-8000-000000000000/").status_code == 404
    assert current(attempt) == {}


def test_a_stranger_comes_back_after_signing_in(attempt: Attempt) -> None:
    response: Any = Client().get(f"/attempts/{attempt.pk}/?page=2")
    assert response["Location"] == f"/sign-in/?next=/attempts/{attempt.pk}/%3Fpage%3D2"


def test_home_leads_to_the_open_attempt(browser: Client, attempt: Attempt) -> None:
    page = Page(browser.get("/"))
    assert f"/attempts/{attempt.pk}/" in page.links
    assert "Go on with the test" in page.words
