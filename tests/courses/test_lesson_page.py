"""The page of a lesson: read, done by the button that goes on, in any language of the course."""

import itertools
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from courses import lesson_kinds
from courses.actions import publish_course
from courses.kinds import ReadingLesson
from courses.models import Course, Enrolment, Lesson, LessonProgress
from courses.outlines import outline_of
from lms.people.models import Organisation, User
from tests import factories
from tests.courses.pages import Page


class Sketch(ReadingLesson):
    code = "sketch"


@pytest.fixture
def course(root: Organisation) -> Course:
    """Three lessons to read in two modules."""
    course = factories.draft_course(root, code="DOC-07")
    part = factories.module(course)
    factories.lesson(part, key="one")
    factories.lesson(part, key="two")
    factories.lesson(factories.module(course), key="three")
    return published(course)


@pytest.fixture
def enrolment(course: Course, officer: User) -> Enrolment:
    return factories.enrolled(officer, course)


def published(course: Course) -> Course:
    publish_course(course=course, actor=None)
    return Course.objects.select_related("service", "owner").get(pk=course.pk)


def address(key: str, end: str = "") -> str:
    return f"/courses/DOC-07/lessons/{key}/{end}"


def removed(lesson: Lesson) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(removed_at=timezone.now())


def test_each_lesson_is_done_by_the_button_that_goes_on(
    browser: Client, enrolment: Enrolment
) -> None:
    way = [address("one"), address("two"), address("three"), "/courses/DOC-07/"]
    for here, following in itertools.pairwise(way):
        page = Page(browser.get(here))
        response = page.form(f"{here}done/").send(browser)
        assert response["Location"] == following
    page = Page(browser.get("/courses/DOC-07/"))
    assert page.messages == ["You have completed the course."]
    done = LessonProgress.objects.filter(enrolment=enrolment).order_by("pk")
    assert [row.lesson.key for row in done] == ["one", "two", "three"]
    assert all(row.text and row.text.language == "en" for row in done)
    assert factories.refreshed(enrolment).completed_at


def test_neighbours_and_place(browser: Client, enrolment: Enrolment) -> None:
    page = Page(browser.get(address("two")))
    assert address("one") in page.links
    assert "Module 1 · lesson 2 of 2 · 10 min" in page.words
    assert "Текст уроку two мовою en" in page.words
    here = [e for e in page.all("a") if e.attrs.get("aria-current") == "page"]
    assert [e.attrs["href"] for e in here] == [address("two")]


def test_what_is_done_is_told_in_words(browser: Client, enrolment: Enrolment) -> None:
    browser.post(address("one", "done/"))
    page = Page(browser.get(address("one")))
    assert "Урок one (en), done" in page.words
    assert address("one", "done/") not in page.actions
    assert page.all("a", class_="button main")[0].attrs["href"] == address("two")


def test_a_second_click_counts_once_and_goes_on(browser: Client, enrolment: Enrolment) -> None:
    for _ in range(2):
        assert browser.post(address("one", "done/"))["Location"] == address("two")
    first = LessonProgress.objects.get()
    browser.post(address("one", "done/"))
    assert LessonProgress.objects.get().done_at == first.done_at


def test_without_an_enrolment_one_may_read_and_not_count(browser: Client, course: Course) -> None:
    page = Page(browser.get(address("one")))
    assert "Текст уроку one мовою en" in page.words
    assert address("one", "done/") not in page.actions
    assert browser.post(address("one", "done/")).status_code == 403
    assert not LessonProgress.objects.exists()


def test_a_removed_lesson_leads_to_the_course(browser: Client, enrolment: Enrolment) -> None:
    removed(Lesson.objects.get(key="two"))
    published(enrolment.course)
    response = browser.get(address("two"))
    assert response["Location"] == "/courses/DOC-07/"
    messages = Page(browser.get("/courses/DOC-07/")).messages
    assert messages == ["This lesson is no longer part of the course."]


def test_what_was_on_the_screen_when_it_was_removed_goes_on(
    browser: Client, enrolment: Enrolment
) -> None:
    browser.post(address("one", "done/"))
    page = Page(browser.get(address("two")))
    removed(Lesson.objects.get(key="two"))
    published(enrolment.course)
    assert page.form(address("two", "done/")).send(browser)["Location"] == address("three")
    assert set(LessonProgress.objects.values_list("lesson__key", flat=True)) == {"one", "two"}
    assert not factories.refreshed(enrolment).completed_at


def test_a_lesson_of_the_draft_can_be_neither_read_nor_done(
    browser: Client, enrolment: Enrolment
) -> None:
    factories.lesson(Lesson.objects.get(key="one").module, key="to-come")
    assert browser.get(address("to-come")).status_code == 404
    assert browser.post(address("to-come", "done/")).status_code == 404
    assert not LessonProgress.objects.exists()


@pytest.mark.parametrize("is_enrolled", [True, False])
def test_the_language_changes_and_the_page_stays(
    browser: Client, course: Course, officer: User, is_enrolled: bool
) -> None:
    if is_enrolled:
        factories.enrolled(officer, course)
        browser.post(address("one", "done/"))
    for language in ("be", "uk", "ru", "en"):
        page = Page(browser.get(address("two")))
        response = page.form("/courses/DOC-07/language/").send(browser, language=language)
        assert response["Location"] == address("two")
        page = Page(browser.get(address("two")))
        assert f"Текст уроку two мовою {language}" in page.words
        assert page.all("article")[0].attrs["lang"] == language
        assert page.all("html")[0].attrs["lang"] == "en"  # that of the buttons
    assert LessonProgress.objects.count() == int(is_enrolled)


def test_the_text_read_is_noted(browser: Client, enrolment: Enrolment) -> None:
    browser.post("/courses/DOC-07/language/", {"language": "be"})
    browser.post(address("one", "done/"))
    text = LessonProgress.objects.get().text
    assert text
    assert (text.language, text.lesson.key) == ("be", "one")


def test_the_text_on_the_screen_is_noted_though_another_is_published_meanwhile(
    browser: Client, enrolment: Enrolment
) -> None:
    page = Page(browser.get(address("one")))
    before = enrolment.course.current_revision
    assert before
    factories.text(Lesson.objects.get(key="one"), "en", body="Новий текст")
    published(enrolment.course)

    page.form(address("one", "done/")).send(browser)

    progress = LessonProgress.objects.get()
    assert (progress.revision, progress.text) == (
        before,
        before.texts.get(lesson__key="one", language="en").text,
    )


def test_a_revision_of_another_course_is_not_taken_for_the_one_read(
    browser: Client, enrolment: Enrolment, root: Organisation
) -> None:
    other = factories.published_course(root)
    browser.post(address("one", "done/"), {"revision": str(other.current_revision_id)})
    assert LessonProgress.objects.get().revision == enrolment.course.current_revision


def test_an_unknown_kind_is_shown_as_such_and_never_counts(
    browser: Client, root: Organisation, officer: User
) -> None:
    course = factories.draft_course(root, code="DOC-07")
    part = factories.module(course)
    lesson = factories.lesson(part, key="film", kind="sketch")
    factories.lesson(part, key="one")
    for code in course.languages:
        factories.text(lesson, code)
    with lesson_kinds.temporarily(Sketch()):
        course = published(course)
        enrolment = factories.enrolled(officer, course)
        assert browser.post(address("film", "done/"))["Location"] == address("one")
        assert browser.get("/courses/DOC-07/").context["reading"].standing.percent == 50
    page = Page(browser.get(address("film")))
    assert "This lesson needs a newer version of Waypost." in page.words
    assert address("film", "done/") not in page.actions
    assert browser.post(address("film", "done/")).status_code == 403
    assert browser.get("/courses/DOC-07/").context["reading"].standing.percent == 0
    browser.post(address("one", "done/"))
    assert not factories.refreshed(enrolment).completed_at
    assert browser.get("/courses/").status_code == 200
    assert browser.get("/").status_code == 200


def test_after_the_completion_it_can_be_read_again(browser: Client, enrolment: Enrolment) -> None:
    done = factories.completed(enrolment)
    page = Page(browser.get(address("one")))
    assert "Текст уроку one" in page.words
    assert address("one", "done/") not in page.actions
    assert browser.post(address("one", "done/"))["Location"] == address("two")
    assert browser.post(address("three", "done/"))["Location"] == "/courses/DOC-07/"
    after = factories.refreshed(enrolment)
    assert (after.completed_at, LessonProgress.objects.count()) == (done.completed_at, 3)


def test_the_completed_read_what_they_completed(browser: Client, enrolment: Enrolment) -> None:
    factories.completed(enrolment)
    removed(Lesson.objects.get(key="two"))
    factories.lesson(Lesson.objects.get(key="one").module, key="four")
    factories.text(Lesson.objects.get(key="one"), "en", "Новий текст")
    published(enrolment.course)
    assert browser.get(address("two")).status_code == 200
    assert "Новий текст" not in Page(browser.get(address("one"))).words
    reading = browser.get("/courses/DOC-07/").context["reading"]
    assert (reading.standing.percent, reading.standing.left) == (100, ())


def test_another_officers_progress_is_his_own(
    browser: Client, course: Course, enrolment: Enrolment, post: Organisation
) -> None:
    other = factories.enrolled(factories.officer(post), course)
    factories.read_all(other)
    assert browser.get("/courses/DOC-07/").context["reading"].standing.percent == 0


def test_done_needs_a_post_and_a_session(
    browser: Client, enrolment: Enrolment, client: Client
) -> None:
    assert browser.get(address("one", "done/")).status_code == 405
    stranger = Client()
    assert stranger.post(address("one", "done/"))["Location"].startswith("/sign-in/")
    assert stranger.get(address("one"))["Location"].startswith("/sign-in/")
    assert not LessonProgress.objects.exists()


def test_a_form_from_elsewhere_is_refused(enrolment: Enrolment, officer: User) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(officer)
    assert careful.post(address("one", "done/")).status_code == 403
    assert not LessonProgress.objects.exists()


def test_a_quiz_is_not_done_by_hand(browser: Client, root: Organisation, officer: User) -> None:
    course = factories.published_course(root, code="DOC-07", readings=0, questions=1)
    factories.enrolled(officer, course)
    assert course.current_revision_id
    key = outline_of(course.current_revision_id).lessons[0].key
    assert browser.post(address(key, "done/")).status_code == 403
    assert not LessonProgress.objects.exists()


def test_an_overdue_enrolment_goes_on(browser: Client, course: Course, officer: User) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    enrolment = factories.enrolled(officer, course, due_on=yesterday)
    assert enrolment.state() == "overdue"
    assert browser.post(address("one", "done/"))["Location"] == address("two")
    assert "1 day overdue" in Page(browser.get("/courses/DOC-07/")).words
