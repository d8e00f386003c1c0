"""The draft as an officer would read it: in any language, without a trace."""

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from courses import lesson_kinds
from courses.actions import publish_course
from courses.actions.authoring import add_lesson
from courses.models import Course, Enrolment, LessonProgress, LessonText
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from quizzes.models import Attempt
from tests import factories
from tests.courses.pages import Page

ADDRESS = "/teaching/courses/DOC-07/preview/"


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root, language="en")


@pytest.fixture
def desk(trainer: User) -> Client:
    client = Client()
    client.force_login(trainer)
    return client


@pytest.fixture
def course(root: Organisation) -> Course:
    course = factories.draft_course(root, code="DOC-07")
    part = factories.module(course)
    for key in ("one", "two"):
        factories.lesson(part, key=key)
    factories.quiz(factories.lesson(part, kind="quiz", key="test"), questions=2)
    return course


def test_the_preview_leads_only_through_itself_and_back_to_editing(
    desk: Client, course: Course
) -> None:
    for address in (ADDRESS, f"{ADDRESS}one/", f"{ADDRESS}test/"):
        page = Page(desk.get(f"{address}?in=be"))
        inside = [link for link in page.links if not link.startswith("?")]
        assert inside, address
        assert all(link.startswith("/teaching/") for link in inside), inside
        assert all("in=be" in link for link in inside if link.startswith(ADDRESS)), inside
        assert page.actions == []
        bar = next(e for e in page.all("aside") if e.attrs.get("class") == "preview no-print")
        back = [e.attrs["href"] for e in page.all("a") if bar in e.inside]
        assert {"?in=uk", "?in=be", "?in=ru", "?in=en"} <= set(back)
        assert any(link.startswith("/teaching/") and "preview" not in link for link in back)


def test_it_shows_what_is_not_published_yet(desk: Client, course: Course) -> None:
    publish_course(course=course, actor=None)
    factories.text(course.lessons.get(key="one"), "uk", "Ще не опубліковане")
    assert "Ще не опубліковане" in Page(desk.get(f"{ADDRESS}one/?in=uk")).words
    assert "Урок one (be)" in Page(desk.get(f"{ADDRESS}?in=be")).words


def test_what_is_missing_in_a_language_is_said(desk: Client, course: Course) -> None:
    LessonText.objects.filter(lesson__key="one", language="be").delete()

    def bar(address: str) -> str:
        page = Page(desk.get(address))
        return next(
            e.words for e in page.all("aside") if e.attrs.get("class") == "preview no-print"
        )

    assert "not whole in this language" in bar(f"{ADDRESS}one/?in=be")
    assert "not whole in this language" not in bar(f"{ADDRESS}one/?in=uk")
    for address in (ADDRESS, f"{ADDRESS}one/", f"{ADDRESS}two/"):
        said = bar(f"{address}?in=uk")
        assert said.count("(not whole)") == 1
        assert "Беларуская (not whole)" in said
    assert desk.get(f"{ADDRESS}one/?in=xx").status_code == 200


@pytest.mark.parametrize("kind", [kind.code for kind in lesson_kinds.all_kinds()])
def test_an_empty_lesson_of_each_kind_can_be_looked_at(
    desk: Client, course: Course, trainer: User, kind: str
) -> None:
    lesson = add_lesson(
        module=course.modules.get(), kind=kind, title={"uk": "Порожній"}, actor=trainer
    )
    for language in course.languages:
        response = desk.get(f"{ADDRESS}{lesson.key}/?in={language}")
        assert response.status_code == 200
        assert Page(response).all("aside", **{"class": "preview no-print"})
    assert "Порожній" in Page(desk.get(f"{ADDRESS}{lesson.key}/?in=uk")).words


def test_an_empty_course_can_be_looked_at(desk: Client, root: Organisation) -> None:
    factories.draft_course(root, code="EMPTY")
    assert desk.get("/teaching/courses/EMPTY/preview/").status_code == 200


def test_it_leaves_no_trace(desk: Client, course: Course) -> None:
    models = (Enrolment, LessonProgress, Attempt, AuditEntry)
    before = [model._default_manager.count() for model in models]
    sessions = list(Session.objects.order_by("pk").values())
    with CaptureQueriesContext(connection) as queries:
        for address in (ADDRESS, f"{ADDRESS}one/", f"{ADDRESS}test/"):
            assert desk.get(f"{address}?in=ru").status_code == 200
    written = [q["sql"] for q in queries if not q["sql"].lstrip().startswith("SELECT")]
    assert written == []
    assert [model._default_manager.count() for model in models] == before
    assert list(Session.objects.order_by("pk").values()) == sessions


def test_officers_have_no_preview(browser: Client, course: Course) -> None:
    publish_course(course=course, actor=None)
    assert browser.get(ADDRESS).status_code == 404
    assert browser.get(f"{ADDRESS}one/").status_code == 404
    assert Page(browser.get("/courses/DOC-07/")).all("aside", **{"class": "preview no-print"}) == []
