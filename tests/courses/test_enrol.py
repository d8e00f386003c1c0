"""Enrolling: once, in cycles, with a due date that ends where the officer serves."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import ProtectedError

from courses.actions import (
    NotPublished,
    begin,
    cancel_enrolment,
    choose_language,
    enrol,
    mark_done,
)
from courses.models import Course, Enrolment, LessonProgress, State
from courses.models.enrolment import end_of_day
from courses.outlines import outline_of
from lms.audit.models import AuditEntry
from lms.people.actions import OutsideService
from lms.people.models import Organisation, User
from tests import factories

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


@pytest.fixture
def course(root: Organisation) -> Course:
    return factories.published_course(root, readings=1, questions=0)


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        ("Europe/Kyiv", date(2026, 1, 15), datetime(2026, 1, 15, 22, tzinfo=UTC)),
        ("Europe/Kyiv", date(2026, 7, 15), datetime(2026, 7, 15, 21, tzinfo=UTC)),
        # Clocks go forward on 29 March (the day has 23 hours) and back on 25 October (25).
        ("Europe/Kyiv", date(2026, 3, 28), datetime(2026, 3, 28, 22, tzinfo=UTC)),
        ("Europe/Kyiv", date(2026, 3, 29), datetime(2026, 3, 29, 21, tzinfo=UTC)),
        ("Europe/Kyiv", date(2026, 10, 24), datetime(2026, 10, 24, 21, tzinfo=UTC)),
        ("Europe/Kyiv", date(2026, 10, 25), datetime(2026, 10, 25, 22, tzinfo=UTC)),
        ("Europe/Minsk", date(2026, 3, 29), datetime(2026, 3, 29, 21, tzinfo=UTC)),
        ("Europe/Minsk", date(2026, 10, 25), datetime(2026, 10, 25, 21, tzinfo=UTC)),
        ("UTC", date(2024, 2, 29), datetime(2024, 3, 1, tzinfo=UTC)),
        ("UTC", date(2026, 12, 31), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_due_day_lasts_until_it_is_over(zone: str, day: date, end: datetime) -> None:
    assert end_of_day(day, ZoneInfo(zone)) == end


@pytest.mark.parametrize("own", ["", "Asia/Tokyo", "America/New_York"])
def test_it_is_over_where_the_officer_serves(root: Organisation, course: Course, own: str) -> None:
    unit = factories.unit(root)
    Organisation.objects.filter(pk=unit.pk).update(time_zone="Europe/Warsaw")
    officer = factories.officer(Organisation.objects.get(pk=unit.pk), time_zone=own)
    enrolment = factories.enrolled(officer, course, due_on=date(2026, 3, 29))
    assert enrolment.due_on == date(2026, 3, 29)
    assert enrolment.due_at == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_overdue_from_the_first_moment_after(officer: User, course: Course) -> None:
    enrolment = factories.enrolled(officer, course, due_on=date(2026, 10, 25))
    end = datetime(2026, 10, 25, 22, tzinfo=UTC)
    before = end - timedelta(microseconds=1)
    assert enrolment.state(before) == State.NOT_STARTED
    assert enrolment.state(end) == State.OVERDUE
    assert not Enrolment.objects.overdue(before).exists()
    assert Enrolment.objects.overdue(end).get() == enrolment


def test_enrolling_twice_is_once_and_keeps_what_was_promised(officer: User, course: Course) -> None:
    day = date(2026, 12, 1)
    first = enrol(officer=officer, course=course, actor=None, due_on=day, language="be")
    again = enrol(
        officer=officer, course=course, actor=None, due_on=day + timedelta(days=9), language="ru"
    )
    assert again == first
    assert (again.due_on, again.language) == (day, "be")
    assert AuditEntry.objects.filter(verb="enrolment.created").count() == 1


def test_cycles(officer: User, course: Course) -> None:
    first = factories.completed(factories.enrolled(officer, course))
    second = factories.enrolled(officer, course)
    assert (first.cycle, second.cycle) == (1, 2)
    assert not second.progress.exists()
    assert second.state() == State.NOT_STARTED
    cancel_enrolment(enrolment=second, actor=None, reason="Відпустка")
    third = factories.enrolled(officer, course)
    assert third.cycle == 3
    assert factories.completed(third).completed_at
    assert factories.refreshed(first).completed_at == first.completed_at


def test_a_draft_cannot_be_taken(officer: User, root: Organisation) -> None:
    with pytest.raises(NotPublished, match="DRAFT"):
        enrol(officer=officer, course=factories.draft_course(root, code="DRAFT"), actor=None)
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize(
    ("offered", "wish", "own", "got"),
    [
        (["uk", "be"], "be", "uk", "be"),
        (["uk", "be"], "en", "be", "be"),
        (["uk", "be"], None, "be", "be"),
        (["uk", "be"], "en", "ru", "uk"),
        (["be"], None, "uk", "be"),
    ],
)
def test_the_language_is_one_of_the_course(
    root: Organisation, offered: list[str], wish: str | None, own: str, got: str
) -> None:
    course = factories.published_course(root, questions=0, languages=offered)
    officer = factories.officer(root, language=own)
    assert enrol(officer=officer, course=course, actor=None, language=wish).language == got


def test_choosing_a_language(officer: User, course: Course) -> None:
    enrolment = factories.enrolled(officer, course)
    outline = outline_of(enrolment.course.current_revision_id or 0)
    assert choose_language(enrolment=enrolment, language="be", outline=outline) == "be"
    assert choose_language(enrolment=enrolment, language="pl", outline=outline) == "be"
    assert factories.refreshed(enrolment).language == "be"


def test_cancelled(officer: User, course: Course, root: Organisation) -> None:
    enrolment = factories.enrolled(officer, course)
    trainer = factories.trainer(root)
    cancelled = cancel_enrolment(enrolment=enrolment, actor=trainer, reason="Звільнено", now=NOON)
    assert (cancelled.state(), cancelled.cancelled_at) == (State.CANCELLED, NOON)
    again = cancel_enrolment(enrolment=enrolment, actor=trainer, reason="Ще раз")
    assert again.cancelled_at == NOON
    entry = AuditEntry.objects.get(verb="enrolment.cancelled")
    assert (entry.actor, entry.after) == (trainer, {"reason": "Звільнено"})


def test_what_is_cancelled_is_never_completed(officer: User, course: Course) -> None:
    enrolment = factories.enrolled(officer, course)
    cancel_enrolment(enrolment=enrolment, actor=None, reason="Звільнено")
    after = factories.read_all(factories.refreshed(enrolment))
    assert (after.state(), after.completed_at) == (State.CANCELLED, None)


def test_what_is_completed_is_not_cancelled(officer: User, course: Course) -> None:
    done = factories.completed(factories.enrolled(officer, course))
    assert cancel_enrolment(enrolment=done, actor=None, reason="Пізно").cancelled_at is None
    assert factories.refreshed(done).state() == State.COMPLETED


def test_started_is_the_first_thing_done(officer: User, course: Course) -> None:
    enrolment = factories.enrolled(officer, course, now=NOON)
    begin(enrolment=enrolment, now=NOON + timedelta(hours=1))
    begin(enrolment=enrolment, now=NOON + timedelta(hours=2))
    after = factories.refreshed(enrolment)
    assert (after.started_at, after.state()) == (NOON + timedelta(hours=1), State.STARTED)
    factories.read_all(after, now=NOON + timedelta(hours=3))
    assert factories.refreshed(after).started_at == NOON + timedelta(hours=1)


def test_done_twice_is_done_once(officer: User, course: Course) -> None:
    enrolment = factories.enrolled(officer, course, now=NOON)
    revision = course.current_revision_id
    assert revision
    lesson = course.lessons.get()
    for hour in (1, 2):
        mark_done(
            enrolment=enrolment, lesson=lesson, revision=revision,
            now=NOON + timedelta(hours=hour),
        )  # fmt: skip
    assert LessonProgress.objects.get().done_at == NOON + timedelta(hours=1)
    assert factories.refreshed(enrolment).completed_at == NOON + timedelta(hours=1)


def test_people_and_courses_with_enrolments_are_not_deleted(officer: User, course: Course) -> None:
    factories.completed(factories.enrolled(officer, course))
    for thing in (officer, course, Enrolment.objects.get()):
        with pytest.raises(ProtectedError):
            thing.delete()


def test_a_course_of_another_service_takes_nobody_in(officer: User) -> None:
    abroad = factories.published_course(factories.service("BY", country="BY"))
    with pytest.raises(OutsideService):
        enrol(officer=officer, course=abroad, actor=None)
    assert not Enrolment.objects.exists()
