"""Before publishing: what is missing and where to mend it, and what officers will notice."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from courses.actions import publish_course
from courses.actions.authoring import change_lesson, remove_lesson
from courses.impact import impact_of
from courses.models import Course, Lesson, LessonText
from courses.outlines import outline_of
from courses.publishing import draft_of, judge, outline_from
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from tests import factories
from tests.courses.pages import Page

ADDRESS = "/teaching/courses/DOC-07/publish/"


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
    for key in ("one", "two", "three"):
        factories.lesson(part, key=key)
    return course


def sent(desk: Client, **changes: Any) -> dict[str, Any]:
    """What the page's form would send."""
    return Page(desk.get(ADDRESS)).form("").fields | changes


def fresh() -> Course:
    return Course.objects.select_related("owner", "current_revision").get(code="DOC-07")


# What is missing


def test_each_hole_leads_to_where_it_is_mended(desk: Client, course: Course) -> None:
    Course.objects.update(title={"uk": "Назва"})
    module = course.modules.get()
    type(module).objects.filter(pk=module.pk).update(title={"uk": "М", "be": "М", "en": "M"})
    quiz = factories.lesson(module, kind="quiz", key="test")
    LessonText.objects.filter(lesson__key="one", language="be").delete()
    page = Page(desk.get(ADDRESS))
    assert "/teaching/courses/DOC-07/settings/" in page.links
    assert f"/teaching/courses/DOC-07/modules/{module.key}/" in page.links
    assert "/teaching/courses/DOC-07/lessons/one/text/" in page.links
    assert any(quiz.key in link for link in page.links)
    assert not page.all("input", name="seen")  # nothing can be sent
    for link in set(page.links):
        if link.startswith("/teaching/courses/"):
            assert desk.get(link.partition("#")[0]).status_code == 200, link
    response = desk.post(ADDRESS, {"seen": "x", "after": "0"})
    assert response.status_code == 200
    assert not fresh().current_revision


def test_whole_languages_go_out_and_the_others_are_held_back_by_name(
    desk: Client, course: Course, trainer: User
) -> None:
    LessonText.objects.filter(lesson__key="one", language="be").delete()
    page = Page(desk.get(ADDRESS))
    said = [e.words for e in page.all("li")]
    assert [words for words in said if words.startswith("Беларускаяheld back")]
    assert [words for words in said if words.startswith("Українськаgoes out")]
    response = desk.post(ADDRESS, sent(desk))
    assert response["Location"] == "/teaching/courses/DOC-07/"
    revision = fresh().current_revision
    assert revision
    assert (revision.languages, revision.published_by) == (["uk", "ru", "en"], trainer)
    listed = Page(desk.get(ADDRESS))
    assert "uk, ru, en" in listed.words
    assert trainer.full_name in listed.words


def test_sent_twice_it_is_published_once(desk: Client, course: Course) -> None:
    form = sent(desk)
    assert desk.post(ADDRESS, form).status_code == 302
    assert desk.post(ADDRESS, form).status_code == 302
    assert course.revisions.count() == 1


def test_what_changed_since_the_page_was_opened_is_looked_at_first(
    desk: Client, course: Course
) -> None:
    form = sent(desk)
    factories.text(course.lessons.get(key="one"), "uk", "Нове")
    response = desk.post(ADDRESS, form)
    assert response.status_code == 200
    assert Page(response).messages
    assert not course.revisions.exists()
    assert desk.post(ADDRESS, Page(response).form("").fields).status_code == 302


# What changes


def test_what_officers_under_way_will_notice(
    desk: Client, course: Course, officer: User, trainer: User, root: Organisation
) -> None:
    publish_course(course=course, actor=None)
    begun = factories.enrolled(officer, fresh())
    factories.enrolled(factories.officer(root), fresh())
    factories.completed(factories.enrolled(factories.officer(root), fresh()))
    lessons = {lesson.key: lesson for lesson in course.lessons.all()}
    factories.text(lessons["one"], "uk", "Нове")
    remove_lesson(lesson=lessons["two"], actor=trainer)
    change_lesson(lesson=lessons["three"], actor=trainer, minutes=30)
    factories.lesson(course.modules.get(), key="four")
    factories.read_all(begun)

    begun = factories.enrolled(factories.officer(root), fresh())
    page = Page(desk.get(ADDRESS))
    retake = {e.attrs["value"] for e in page.all("input", name="retake")}
    assert retake == {"one", "three"}
    draft = draft_of(fresh())
    outline, _ = outline_from(
        fresh(), languages=judge(draft).languages, retake_from={}, draft=draft
    )
    impact = impact_of(fresh(), outline_of(fresh().current_revision_id or 0), outline)
    assert impact.live == 2  # one has read all that was asked and completed
    assert [change.item.key for change in impact.added] == ["four"]
    assert [change.item.key for change in impact.removed] == ["two"]
    assert [change.item.key for change in impact.changed] == ["one", "three"]
    assert (impact.newly_to_do, impact.to_be_completed) == (2, 0)

    desk.post(ADDRESS, sent(desk, retake=["one", "unknown"]))
    revision = fresh().current_revision
    assert revision
    assert revision.number == 2
    assert outline_of(revision.pk).by_key["one"].retake_from == 2
    assert outline_of(revision.pk).by_key["three"].retake_from == 0
    entry = AuditEntry.objects.filter(verb="course.published").latest("pk")
    assert (entry.after or {})["retake"] == ["one"]


def test_who_gets_more_to_do_and_who_is_done(
    course: Course, officer: User, root: Organisation, trainer: User
) -> None:
    """One has read two of three: the third becomes optional, then the removed one required."""
    change_lesson(lesson=course.lessons.get(key="one"), actor=trainer, required=False)
    publish_course(course=course, actor=None)
    enrolment = factories.enrolled(officer, fresh())
    factories.enrolled(factories.officer(root), fresh())
    revision = fresh().current_revision_id or 0
    before = outline_of(revision)

    def impact(**required: bool) -> Any:
        for key, value in required.items():
            Lesson.objects.filter(key=key).update(required=value)
        draft = draft_of(fresh())
        after, _ = outline_from(
            fresh(), languages=judge(draft).languages, retake_from={}, draft=draft
        )
        return impact_of(fresh(), before, after)

    factories.mark_done(
        enrolment=enrolment, lesson=course.lessons.get(key="two"), revision=revision
    )
    found = impact(three=False)
    assert (found.newly_to_do, found.to_be_completed) == (0, 1)
    found = impact(three=True, one=True)
    assert (found.newly_to_do, found.to_be_completed) == (2, 0)


def test_nothing_changed_is_said(desk: Client, course: Course) -> None:
    assert "Nothing has changed" not in Page(desk.get(ADDRESS)).words
    publish_course(course=course, actor=None)
    assert "Nothing has changed since revision 1" in Page(desk.get(ADDRESS)).words


# A language in use


def test_a_language_in_use_is_dropped_only_when_confirmed(
    desk: Client, course: Course, officer: User
) -> None:
    publish_course(course=course, actor=None)
    factories.enrolled(officer, fresh(), language="be")
    factories.text(course.lessons.get(key="one"), "uk", "Нове")
    LessonText.objects.create(
        lesson=course.lessons.get(key="one"), language="be", version=2, title="", body="", html="",
        format=LessonText.Format.HTML,
    )  # fmt: skip
    form = sent(desk)
    page = Page(desk.get(ADDRESS))
    assert page.all("input", name="drop")
    assert desk.post(ADDRESS, form).status_code == 200
    assert course.revisions.count() == 1
    assert desk.post(ADDRESS, form | {"drop": "on"}).status_code == 302
    assert fresh().current_revision.languages == ["uk", "ru", "en"]  # type: ignore[union-attr]


# What it costs


def test_the_number_of_queries_does_not_grow_with_lessons_or_people(
    desk: Client, course: Course, root: Organisation
) -> None:
    def cost() -> int:
        desk.get(ADDRESS)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(ADDRESS).status_code == 200
        return len(queries)

    quiz = factories.lesson(course.modules.get(), kind="quiz")
    factories.quiz(quiz, questions=1)
    publish_course(course=course, actor=None)
    factories.enrolled(factories.officer(root), fresh())
    few = cost()
    for _ in range(6):
        factories.lesson(factories.module(course))
        factories.quiz(factories.lesson(course.modules.latest("pk"), kind="quiz"), questions=2)
        factories.enrolled(factories.officer(root), fresh())
    publish_course(course=course, actor=None)
    factories.text(course.lessons.get(key="one"), "uk", "Нове")
    assert cost() == few
