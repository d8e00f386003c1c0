"""One officer's record as his coordinator sees it: courses, attempts, certificates, history.

Marks and never answers: nothing here reads a response or a question.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import cast
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch

from certificates.models import Certificate, CertificateFile
from courses.models import Enrolment, LessonProgress, State
from courses.outlines import Outline, OutlineLesson, localize, outlines_of
from courses.standing import Standing, standing_of
from lms.audit.models import AuditEntry
from lms.people.models import Membership, Role, User
from quizzes.actions import attempts_counted, may_take_another
from quizzes.models import Attempt, AttemptGrant
from quizzes.snapshots import QuizSettings

HISTORY = (
    "enrolment.created",
    "enrolment.due_changed",
    "enrolment.cancelled",
    "attempt.granted",
    "reminder.asked",
    "course.completed",
)
HISTORY_SHOWN = 100


@dataclass(frozen=True)
class Test:
    """The attempts at one quiz in one enrolment; `item` is None when it left the course."""

    title: str
    item: OutlineLesson | None
    attempts: tuple[Attempt, ...]
    allowed: int | None = None  # None: no limit
    is_used_up: bool = False  # all failed, none left, and the course is still taken

    @property
    def has_passed(self) -> bool:
        return any(attempt.passed for attempt in self.attempts)


@dataclass(frozen=True)
class Taken:
    """An enrolment with all that hangs on it."""

    enrolment: Enrolment
    title: str
    standing: Standing
    language: str
    tests: tuple[Test, ...] = ()
    certificates: tuple[Certificate, ...] = ()

    @property
    def state(self) -> State:
        return self.enrolment.state()

    @cached_property
    def percent(self) -> int:
        return 100 if self.enrolment.completed_at else self.standing.percent

    @cached_property
    def left(self) -> list[tuple[OutlineLesson, str]]:
        """Why it is not complete: the required lessons not done, with their titles."""
        if not self.enrolment.is_live:
            return []
        return [(item, localize(item.title, self.language)) for item in self.standing.left]


@dataclass(frozen=True)
class Event:
    """Something that was decided about an enrolment."""

    time: datetime
    verb: str
    course: str
    actor: str  # empty: the system, or somebody whom the reader does not see
    reason: str = ""
    before: date | None = None
    after: date | None = None
    test: str = ""


@dataclass(frozen=True)
class Record:
    officer: User
    memberships: list[Membership]
    courses: list[Taken] = field(default_factory=list)
    history: list[Event] = field(default_factory=list)


def record_of(officer: User, reader: User) -> Record:
    """The officer's record for a person who coordinates him. A fixed number of queries."""
    enrolments = list(
        Enrolment.objects.visible_to(reader)
        .filter(officer=officer)
        .select_related("course")
        .prefetch_related(Prefetch("progress", LessonProgress.objects.to_weigh()))
        .order_by(F("due_at").asc(nulls_last=True), "enrolled_at", "pk")
    )
    attempts = _attempts_of(enrolments)
    outlines = outlines_of(
        [_revision_of(row) for row in enrolments]
        + [attempt.revision_id for rows in attempts.values() for attempt in rows]
    )
    granted = _grants_of(enrolments)
    certificates = _certificates_of(officer, reader)
    courses = []
    for row in enrolments:
        outline = outlines[_revision_of(row)]
        language = reader.language
        courses.append(
            Taken(
                enrolment=row,
                title=localize(outline.title, language),
                standing=standing_of(outline, row.progress.all()),
                language=language,
                tests=tuple(_tests_of(row, outline, attempts[row.pk], granted, outlines, language)),
                certificates=tuple(certificates[row.pk]),
            )
        )
    courses.sort(key=_order)
    return Record(
        officer=officer,
        memberships=list(
            Membership.objects.visible_to(reader)
            .filter(user=officer, role=Role.OFFICER)
            .select_related("organisation")
            .order_by("kind", "since")
        ),
        courses=courses,
        history=_history_of(officer, reader, courses),
    )


def _order(taken: Taken) -> tuple[int, float]:
    """Live ones by their due date, then the completed, then the cancelled, newest first."""
    row = taken.enrolment
    if row.is_live:
        return (0, row.due_at.timestamp() if row.due_at else float("inf"))
    ended = cast(datetime, row.completed_at or row.cancelled_at)
    return (1 if row.completed_at else 2, -ended.timestamp())


def _revision_of(row: Enrolment) -> int:
    return cast(int, row.completed_revision_id or row.course.current_revision_id)


def _attempts_of(enrolments: Iterable[Enrolment]) -> dict[UUID, list[Attempt]]:
    found: dict[UUID, list[Attempt]] = defaultdict(list)
    rows = Attempt.objects.filter(enrolment__in=[row.pk for row in enrolments])
    rows = rows.annotate(revision_number=F("revision__number")).defer("settings")
    for attempt in rows.order_by("started_at", "pk"):
        found[attempt.enrolment_id].append(attempt)
    return found


def _grants_of(enrolments: Iterable[Enrolment]) -> dict[tuple[UUID, int], int]:
    """How many attempts more were granted, by enrolment and lesson."""
    rows = AttemptGrant.objects.filter(enrolment__in=[row.pk for row in enrolments])
    counted = rows.values_list("enrolment", "lesson").annotate(Count("pk"))
    return {(enrolment, lesson): number for enrolment, lesson, number in counted}


def _certificates_of(officer: User, reader: User) -> dict[UUID, list[Certificate]]:
    found: dict[UUID, list[Certificate]] = defaultdict(list)
    has_file = Exists(CertificateFile.objects.filter(certificate=OuterRef("pk")))
    rows = Certificate.objects.visible_to(reader).filter(enrolment__officer=officer)
    for row in rows.select_related("enrolment__course__service").annotate(has_file=has_file):
        found[row.enrolment_id].append(row)
    return found


def _tests_of(
    row: Enrolment,
    outline: Outline,
    attempts: list[Attempt],
    granted: dict[tuple[UUID, int], int],
    outlines: dict[int, Outline],
    language: str,
) -> Iterable[Test]:
    """The quizzes of the course as published, then those that attempts were made at before."""
    taken: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        taken[attempt.lesson_id].append(attempt)
    for item in outline.lessons:
        if item.kind == "quiz":
            yield _test(row, item, taken.pop(item.id, []), granted, language)
    for lesson, left in taken.items():
        earlier = outlines[left[-1].revision_id].lessons
        item = next(one for one in earlier if one.id == lesson)
        yield Test(localize(item.title, language), None, tuple(left))


def _test(
    row: Enrolment,
    item: OutlineLesson,
    attempts: list[Attempt],
    granted: dict[tuple[UUID, int], int],
    language: str,
) -> Test:
    settings = QuizSettings.model_validate(item.body)
    allowed = settings.attempts
    if allowed is not None:
        allowed += granted.get((row.pk, item.id), 0)
    counted = attempts_counted(attempts, item)
    is_settled = any(attempt.passed or attempt.is_open for attempt in counted)
    return Test(
        localize(item.title, language),
        item,
        tuple(attempts),
        allowed,
        is_used_up=row.is_live and not is_settled and not may_take_another(counted, allowed),
    )


def _history_of(officer: User, reader: User, courses: list[Taken]) -> list[Event]:
    """What was decided about the enrolments, newest first.

    Named are the reader, the officer and who coordinates him today; others may be people whom the
    reader does not see.
    """
    by_key = {str(taken.enrolment.pk): taken for taken in courses}
    entries = AuditEntry.objects.filter(
        thing_type="courses.enrolment", thing_id__in=list(by_key), verb__in=HISTORY
    )
    named = {reader.pk, officer.pk}
    named.update(User.objects.coordinating(officer).values_list("pk", flat=True))
    events = []
    for entry in entries.order_by("-pk")[:HISTORY_SHOWN]:
        taken = by_key[entry.thing_id]
        before, after = entry.before or {}, entry.after or {}
        lessons = taken.standing.outline.by_key
        test = lessons.get(after.get("lesson", ""))
        events.append(
            Event(
                time=entry.time,
                verb=entry.verb,
                course=taken.title,
                actor=entry.actor_name if entry.actor_id in named else "",
                reason=after.get("reason", ""),
                before=_day(before.get("due_on")),
                after=_day(after.get("due_on")),
                test=localize(test.title, taken.language) if test else "",
            )
        )
    return events


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
