"""What changes courses and enrolments: enrolling, reading, completing."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from courses.completion import evaluate
from courses.models import (
    Assignment,
    Course,
    Enrolment,
    Lesson,
    LessonProgress,
)
from courses.outlines import Outline, outline_of
from lms.audit.actions import record
from lms.people.actions import OutsideService
from lms.people.models import Kind, Role, User


class NotPublished(ValueError):
    """The course has nothing that an officer could read."""


def enrol(
    *,
    officer: User,
    course: Course,
    actor: User | None,
    due_on: date | None = None,
    language: str | None = None,
    assignment: Assignment | None = None,
    now: datetime | None = None,
) -> Enrolment:
    """Enrol the officer; one who has a live enrolment keeps it, and a due date promised to him.

    After a completion or a cancellation the next cycle begins. `assignment` is the rule by which
    he is enrolled, if any. Raises NotPublished, and OutsideService when the course is another
    service's.
    """
    if officer.service_id != course.service_id:
        raise OutsideService(course.code)
    if course.current_revision_id is None:
        raise NotPublished(course.code)
    outline = outline_of(course.current_revision_id)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=officer.pk)
        earlier = Enrolment.objects.filter(officer=officer, course=course)
        if live := earlier.live().select_related("course").first():
            return live
        last = earlier.aggregate(last=Max("cycle"))["last"] or 0
        enrolment = Enrolment(
            officer=officer,
            course=course,
            cycle=last + 1,
            enrolled_by=actor,
            language=outline.language_for(language or officer.language, officer.language),
            enrolled_at=now or timezone.now(),
            assignment=assignment,
            evaluated_revision_id=course.current_revision_id,
        )
        enrolment.set_due(due_on, unit_zone(officer))
        enrolment.save(force_insert=True)
        record(
            "enrolment.created",
            actor=actor,
            thing=enrolment,
            organisation=officer.service_path,
            after={"course": course.code, "due_on": due_on.isoformat() if due_on else None},
        )
    return enrolment


def unit_zone(officer: User) -> ZoneInfo:
    """The zone of the unit of the officer's post, whatever he has set for himself to read in."""
    posts = officer.memberships.current().filter(role=Role.OFFICER, kind=Kind.POST)
    zones = posts.values_list("organisation__time_zone", flat=True)
    return ZoneInfo(zone) if (zone := zones.first()) else officer.zone


def cancel_enrolment(
    *, enrolment: Enrolment, actor: User | None, reason: str, now: datetime | None = None
) -> Enrolment:
    """Withdraw the officer from the course; what is completed or cancelled stays as it is."""
    with transaction.atomic():
        enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        if enrolment.is_live:
            enrolment.cancelled_at = now or timezone.now()
            enrolment.save(update_fields=["cancelled_at"])
            record(
                "enrolment.cancelled",
                actor=actor,
                thing=enrolment,
                organisation=enrolment.officer.service_path,
                after={"reason": reason},
            )
    return enrolment


def mark_done(
    *,
    enrolment: Enrolment,
    lesson: Lesson | int,
    revision: int,
    text: int | None = None,
    now: datetime | None = None,
) -> Enrolment:
    """Note that a lesson was done under a revision; complete the enrolment if it was the last.

    `revision` and `text` are ids: what the officer had before him, which need not be current any
    more. Done twice is done once; a lesson to be retaken moves on to the later revision.
    """
    lesson_id = lesson if isinstance(lesson, int) else lesson.pk
    now = now or timezone.now()
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        progress, is_new = LessonProgress.objects.select_related("revision").get_or_create(
            enrolment=enrolment,
            lesson_id=lesson_id,
            defaults={"revision_id": revision, "text_id": text, "done_at": now},
        )
        if not is_new and progress.revision_id < revision and enrolment.is_live:
            progress.revision_id, progress.text_id, progress.done_at = revision, text, now
            progress.save(update_fields=["revision", "text", "done_at"])
        Enrolment.objects.filter(pk=enrolment.pk, started_at=None).update(started_at=now)
        return evaluate(enrolment.pk, now=now)


def begin(*, enrolment: Enrolment, now: datetime | None = None) -> None:
    """Note that the officer has started; a second call changes nothing."""
    if enrolment.started_at:
        return
    Enrolment.objects.filter(pk=enrolment.pk, started_at=None).update(
        started_at=now or timezone.now()
    )


def choose_language(*, enrolment: Enrolment, language: str, outline: Outline) -> str:
    """Read the course in the language from now on; one the revision lacks changes nothing."""
    if language in outline.languages and language != enrolment.language:
        enrolment.language = language
        enrolment.save(update_fields=["language"])
    return enrolment.language
