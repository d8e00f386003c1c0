"""What must never be false of courses and enrolments: the database itself refuses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from courses.actions.calendar import open_feed
from courses.models import (
    Assignment,
    CalendarFeed,
    Course,
    CourseFile,
    Digest,
    Enrolment,
    GuideDraft,
    GuideFile,
    GuideText,
    Lesson,
    LessonFile,
    LessonText,
    Module,
    PracticalItem,
    PracticalTick,
    Reminder,
    RevisionFile,
    RevisionText,
    Term,
    TermWords,
    TextDraft,
    TextFile,
)
from tests import factories
from tests.courses.broken import again, assert_refused, change, constraints_of

pytestmark = pytest.mark.django_db


def a_course() -> Course:
    return factories.published_course(factories.service(), readings=1, questions=0)


def an_enrolment() -> Enrolment:
    course = a_course()
    return factories.enrolled(factories.officer(course.owner), course)


def a_completed_one() -> Enrolment:
    return factories.completed(an_enrolment())


def a_file() -> CourseFile:
    return CourseFile.objects.create(
        course=a_course(), name="a.svg", language="uk", content_type="image/svg+xml",
        sha256="0" * 64, file="a.svg",
    )  # fmt: skip


def a_term() -> Term:
    return Term.objects.create(
        service=factories.service(), key="chip", term=factories.texts("чип"),
        definition=factories.texts("Мікросхема"),
    )  # fmt: skip


def a_word() -> TermWords:
    return TermWords.objects.create(term=a_term(), language="uk", search_key="чип", sort_key="чип")


def a_text_with_a_file() -> TextFile:
    file = a_file()
    return TextFile.objects.create(text=LessonText.objects.earliest("pk"), file=file)


def a_guide() -> GuideText:
    return factories.guide(a_course())


def a_guide_with_a_file() -> GuideFile:
    file = a_file()
    return GuideFile.objects.create(text=factories.guide(file.course), file=file)


def a_guide_draft() -> GuideDraft:
    course = a_course()
    editor = factories.trainer(course.owner)
    return GuideDraft.objects.create(course=course, language="uk", editor=editor)


def a_lesson_file() -> LessonFile:
    return LessonFile.objects.create(
        file=a_file(), lesson=Lesson.objects.earliest("pk"), use=LessonFile.Use.DOWNLOAD
    )


def a_published_file() -> RevisionFile:
    return RevisionFile.objects.create(
        file=a_file(),
        lesson=Lesson.objects.earliest("pk"),
        revision=Course.objects.earliest("pk").current_revision,
    )


def an_assignment() -> Assignment:
    course = a_course()
    actor = factories.coordinator(course.owner)
    return Assignment.objects.create(course=course, organisation=course.owner, created_by=actor)


def a_feed() -> CalendarFeed:
    return open_feed(user=factories.officer(factories.service()))


def a_text_draft() -> TextDraft:
    course = a_course()
    return TextDraft.objects.create(
        lesson=course.lessons.earliest("pk"),
        language="uk",
        editor=factories.trainer(course.owner),
    )


def a_checklist_line() -> PracticalItem:
    return PracticalItem.objects.create(
        lesson=a_course().lessons.earliest("pk"), key="line", text="x", position=1
    )


def a_tick() -> PracticalTick:
    row = an_enrolment()
    return PracticalTick.objects.create(
        enrolment=row,
        lesson=row.course.lessons.earliest("pk"),
        key="line",
        ticked_by=factories.trainer(row.course.owner),
    )


def a_digest() -> Digest:
    return Digest.objects.create(
        user=factories.officer(factories.service()), day=timezone.localdate()
    )


def a_reminder(days: int | None) -> Reminder:
    return Reminder.objects.create(
        enrolment=an_enrolment(), days=days, due_on=None if days is None else LATER.date()
    )


def first(model: type[Any]) -> Callable[[], Any]:
    """The first row of the model, once there is a course with its officer."""

    def row() -> Any:
        factories.read_all(an_enrolment())
        return model.objects.order_by("pk")[0]

    return row


LATER = timezone.now() + timedelta(days=1)
CASES: dict[str, list[tuple[Callable[[], Any], Callable[[Any], None]]]] = {
    "one_code_a_service": [(a_course, lambda row: again(row))],
    "published_with_a_revision": [(a_course, lambda row: change(row, current_revision=None))],
    "validity_is_positive": [(a_course, lambda row: change(row, validity_months=0))],
    "due_on_a_day_or_after_days": [
        (an_assignment, lambda row: change(row, due_on=LATER.date(), due_days=3))
    ],
    "due_after_a_day_at_least": [(an_assignment, lambda row: change(row, due_days=0))],
    "one_calendar_feed_a_person": [(a_feed, lambda row: again(row, secret="another"))],
    "one_lesson_file_a_use": [(a_lesson_file, again)],
    "one_row_a_revision_and_file": [(a_published_file, again)],
    "one_draft_an_editor": [(a_text_draft, again)],
    "one_practical_key_a_lesson": [(a_checklist_line, again)],
    "one_tick_a_line": [(a_tick, again)],
    "one_digest_a_day": [(a_digest, again)],
    "one_reminder_an_offset": [(lambda: a_reminder(-7), again)],
    "one_reminder_waiting": [(lambda: a_reminder(None), again)],
    "one_title_a_language": [(lambda: a_course().titles.first(), again)],
    "one_module_key_a_course": [(first(Module), again)],
    "one_lesson_key_a_course": [(first(Lesson), again)],
    "one_text_a_version": [(first(LessonText), again)],
    "text_versions_from_one": [(first(LessonText), lambda row: change(row, version=0))],
    "one_guide_a_version": [(a_guide, again)],
    "guide_versions_from_one": [(a_guide, lambda row: change(row, version=0))],
    "one_row_a_guide_and_file": [(a_guide_with_a_file, again)],
    "one_guide_draft_an_editor": [(a_guide_draft, again)],
    "one_row_a_file_content": [(a_file, again)],
    "one_row_a_text_and_file": [(a_text_with_a_file, again)],
    "one_revision_a_number": [(lambda: a_course().current_revision, again)],
    "revisions_from_one": [
        (lambda: a_course().current_revision, lambda row: change(row, number=0))
    ],
    "one_text_a_revision_and_language": [(first(RevisionText), again)],
    "one_progress_a_lesson": [(lambda: a_completed_one().progress.first(), again)],
    "one_enrolment_a_cycle": [(a_completed_one, again)],
    "one_live_enrolment": [(an_enrolment, lambda row: again(row, cycle=2))],
    "completed_with_its_revision": [
        (an_enrolment, lambda row: change(row, completed_at=LATER)),
        (an_enrolment, lambda row: change(row, completed_revision=row.course.current_revision)),
        (a_completed_one, lambda row: change(row, completed_revision=None)),
    ],
    "not_completed_and_cancelled": [(a_completed_one, lambda row: change(row, cancelled_at=LATER))],
    "due_day_with_its_end": [
        (an_enrolment, lambda row: change(row, due_on=LATER.date())),
        (an_enrolment, lambda row: change(row, due_at=LATER)),
    ],
    "completed_after_enrolled": [
        (
            a_completed_one,
            lambda row: change(row, completed_at=row.enrolled_at - timedelta(microseconds=1)),
        )
    ],
    "one_term_key_a_service": [(a_term, again)],
    "one_term_a_language": [(a_word, again)],
    "cycles_from_one": [(an_enrolment, lambda row: change(row, cycle=0))],
}  # fmt: skip


def test_every_constraint_is_tried() -> None:
    assert CASES.keys() == constraints_of("courses").keys()


@pytest.mark.parametrize(
    ("name", "make", "act"),
    [(name, make, act) for name, cases in CASES.items() for make, act in cases],
)
def test_the_database_refuses(
    name: str, make: Callable[[], Any], act: Callable[[Any], None]
) -> None:
    row = make()
    assert row is not None
    assert_refused("courses", name, lambda: act(row))


def test_a_draft_and_an_archived_course_need_no_revision(root: Any) -> None:
    course = factories.draft_course(root)
    change(course, status="archived")


def test_after_a_completion_and_a_cancellation_there_is_room_for_a_live_one() -> None:
    done = a_completed_one()
    again(done, cycle=2, completed_at=None, completed_revision_id=None, cancelled_at=LATER)
    again(done, cycle=3, completed_at=None, completed_revision_id=None)
    assert Enrolment.objects.count() == 3
