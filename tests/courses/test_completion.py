"""Completing: all that is required and nothing else, once, with whoever listens or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from courses.actions import mark_done, publish_course
from courses.completion import evaluate, standing_in
from courses.models import (
    Course,
    CourseRevision,
    Enrolment,
    Lesson,
    LessonProgress,
)
from courses.outlines import Outline, OutlineLesson, OutlineModule, outline_of
from courses.signals import course_completed
from courses.standing import standing_of
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from tests import factories

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


@pytest.fixture
def course(root: Organisation) -> Course:
    return factories.published_course(root, readings=3, questions=0)


@contextmanager
def listening(receiver: Callable[..., Any]) -> Iterator[None]:
    course_completed.connect(receiver)
    try:
        yield
    finally:
        course_completed.disconnect(receiver)


def done(enrolment: Enrolment, *lessons: Lesson) -> Enrolment:
    for lesson in lessons:
        enrolment = mark_done(
            enrolment=enrolment, lesson=lesson,
            revision=Course.objects.get(pk=enrolment.course_id).current_revision_id or 0,
        )  # fmt: skip
    return enrolment


def remove(lesson: Lesson) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(removed_at=NOON)


def standing(enrolment: Enrolment) -> Any:
    return standing_in(factories.refreshed(enrolment))


def test_complete_with_the_last_lesson_and_not_before(officer: User, course: Course) -> None:
    enrolment = factories.enrolled(officer, course)
    *most, last = course.lessons.order_by("?")
    assert not done(enrolment, *most).completed_at
    assert standing(enrolment).percent == 66
    after = done(enrolment, last)
    assert after.completed_at
    assert after.completed_revision == course.current_revision
    assert standing(enrolment).percent == 100


def test_a_removed_lesson_never_makes_more_than_all(officer: User, course: Course) -> None:
    enrolment = factories.enrolled(officer, course)
    one, two, _three = course.lessons.all()
    done(enrolment, one, two)
    remove(one)
    publish_course(course=course, actor=None)
    assert standing(enrolment).percent == 50
    remove(two)
    factories.lesson(one.module)
    publish_course(course=course, actor=None)
    assert (standing(enrolment).percent, len(standing(enrolment).left)) == (0, 2)


def test_removing_the_last_that_was_left_completes(officer: User, course: Course) -> None:
    enrolment = factories.enrolled(officer, course)
    one, two, three = course.lessons.all()
    done(enrolment, one, two)
    remove(three)
    publish_course(course=course, actor=None)
    assert evaluate(enrolment.pk, now=NOON + timedelta(days=9999)).completed_at
    after = factories.refreshed(enrolment)
    assert after.completed_revision == Course.objects.get().current_revision
    assert standing(enrolment).percent == 100


def test_what_is_added_later_does_not_undo_a_completion(officer: User, course: Course) -> None:
    before = factories.completed(factories.enrolled(officer, course))
    factories.lesson(course.lessons.all()[0].module)
    remove(course.lessons.all()[0])
    publish_course(course=course, actor=None)
    after = evaluate(before.pk)
    assert after.completed_at == before.completed_at
    assert after.completed_revision == before.completed_revision
    assert (standing(before).percent, standing(before).left) == (100, ())


def test_optional_lessons_do_not_count(officer: User, root: Organisation) -> None:
    course = factories.draft_course(root)
    part = factories.module(course)
    must, may = factories.lesson(part), factories.lesson(part, required=False)
    publish_course(course=course, actor=None)
    enrolment = factories.enrolled(officer, Course.objects.get())
    done(enrolment, may)
    assert standing(enrolment).percent == 0
    assert done(enrolment, must).completed_at


def test_it_is_announced_once_with_the_enrolment_completed(officer: User, course: Course) -> None:
    heard = []

    def receiver(sender: type, enrolment: Enrolment, **_kwargs: Any) -> None:
        assert transaction.get_connection().in_atomic_block
        assert Enrolment.objects.get(pk=enrolment.pk).completed_at == enrolment.completed_at
        heard.append(enrolment.pk)

    enrolment = factories.enrolled(officer, course)
    with listening(receiver):
        factories.read_all(enrolment)
        factories.read_all(factories.refreshed(enrolment))
        evaluate(enrolment.pk)
    assert heard == [enrolment.pk]
    assert AuditEntry.objects.filter(verb="course.completed").count() == 1


def test_a_listener_that_fails_undoes_the_completion(officer: User, course: Course) -> None:
    def receiver(**_kwargs: Any) -> None:
        raise RuntimeError("no certificate")

    enrolment = factories.enrolled(officer, course)
    *most, last = course.lessons.all()
    done(enrolment, *most)
    with listening(receiver), pytest.raises(RuntimeError, match="no certificate"):
        done(enrolment, last)
    assert factories.refreshed(enrolment).completed_at is None
    assert not LessonProgress.objects.filter(lesson=last).exists()
    assert not AuditEntry.objects.filter(verb="course.completed").exists()
    assert done(enrolment, last).completed_at  # tried again, it goes


def test_evaluating_again_changes_nothing(officer: User, course: Course) -> None:
    enrolment = factories.completed(factories.enrolled(officer, course))
    for _ in range(2):
        assert evaluate(enrolment.pk).completed_at == enrolment.completed_at


def test_a_quiz_counts_when_it_is_passed(officer: User, root: Organisation) -> None:
    course = factories.published_course(root, readings=1, questions=4)
    enrolment = factories.read_all(factories.enrolled(officer, course))
    factories.submitted(enrolment, right=2)
    assert standing(enrolment).percent == 50
    factories.submitted(enrolment, right=3)
    assert factories.refreshed(enrolment).completed_at


KINDS = st.sampled_from(["reading", "quiz", "unheard-of"])


@st.composite
def outlines(draw: st.DrawFn) -> Outline:
    lessons = [
        OutlineLesson(
            id=number, key=f"k{number}", kind=draw(KINDS), title={}, minutes=5,
            required=draw(st.booleans()), retake_from=draw(st.integers(0, 3)),
        )
        for number in range(draw(st.integers(0, 8)))
    ]  # fmt: skip
    cut = draw(st.integers(0, len(lessons)))
    modules = [
        OutlineModule(id=number, key=f"m{number}", title={}, lessons=tuple(part))
        for number, part in enumerate((lessons[:cut], lessons[cut:]))
    ]
    return Outline(code="C", title={}, summary={}, languages=("uk",), modules=tuple(modules))


@given(outlines(), st.dictionaries(st.integers(0, 12), st.integers(1, 4)))
def test_whatever_was_done_the_standing_makes_sense(
    outline: Outline, progress: dict[int, int]
) -> None:
    rows = [
        LessonProgress(pk=pk, lesson_id=pk, revision=CourseRevision(number=number), done_at=NOON)
        for pk, number in progress.items()
    ]
    now = standing_of(outline, rows)
    assert 0 <= now.percent <= 100
    assert now.done <= {item.id for item in outline.lessons}
    assert (now.percent == 100) == now.is_complete
    assert not any(item.id in now.done for item in now.left)
    assert now.next is None or now.next.id not in now.done
    assert now.next is not None or len(now.done) == len(outline.lessons)
    assert 0 <= now.modules_done <= len(outline.modules)
    assert all(item.kind != "unheard-of" for item in outline.lessons if item.id in now.done)


def test_the_outline_in_memory_is_the_one_stored(course: Course) -> None:
    revision = course.current_revision
    assert revision
    assert outline_of(revision.pk) == Outline.model_validate(revision.outline)
