"""What the first page of each role shows, in a fixed number of queries."""

from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Count, F, Prefetch, Q, QuerySet

from courses.models import Course, Enrolment, LessonProgress, Status
from courses.outlines import OutlineLesson, outlines_of
from courses.publishing import drafts_of, is_changed, judge
from courses.standing import Standing, standing_of
from lms.people.models import User
from lms.people.small_groups import any_small
from quizzes.models import Attempt

RECENTLY_COMPLETED = 6
LIVE_SHOWN = 60


@dataclass(frozen=True)
class Study:
    """An enrolment as a card shows it."""

    enrolment: Enrolment
    standing: Standing
    language: str
    attempt: Attempt | None = None

    @property
    def course(self) -> Course:
        return self.enrolment.course

    @property
    def title(self) -> str:
        return self.standing.outline.title.get(self.language, "")

    @property
    def next(self) -> OutlineLesson | None:
        """The lesson to go on with: first that of an open attempt."""
        sitting = self.attempt.lesson_id if self.attempt else None
        lessons = self.standing.outline.lessons
        return next((item for item in lessons if item.id == sitting), self.standing.next)

    @property
    def module_number(self) -> int:
        following = self.next
        return self.standing.outline.module_of(following)[0] if following else 0


def studies_of(officer: User) -> list[Study]:
    """Live enrolments, the one to continue first, then those completed last. Four queries.

    First comes an open attempt, then what was started, then by due date.
    """
    enrolments = Enrolment.objects.filter(officer=officer).select_related("course")
    live = list(
        enrolments.live()
        .filter(course__current_revision__isnull=False)
        .prefetch_related(Prefetch("progress", LessonProgress.objects.to_weigh()))
        .order_by(F("due_at").asc(nulls_last=True), "-enrolled_at")[:LIVE_SHOWN]
    )
    completed = list(
        enrolments.exclude(completed_at=None)
        .prefetch_related(Prefetch("progress", LessonProgress.objects.to_weigh()))
        .order_by("-completed_at")[:RECENTLY_COMPLETED]
    )
    outlines = outlines_of(
        cast(int, row.completed_revision_id or row.course.current_revision_id)
        for row in live + completed
    )
    attempts = {
        attempt.enrolment_id: attempt
        for attempt in Attempt.objects.open().filter(enrolment__in=live)
    }
    studies = []
    for row in live + completed:
        outline = outlines[cast(int, row.completed_revision_id or row.course.current_revision_id)]
        studies.append(
            Study(
                row,
                standing_of(outline, row.progress.all()),
                outline.language_for(row.language, officer.language),
                attempts.get(row.pk),
            )
        )
    started = [study for study in studies if study.enrolment.is_live]
    started.sort(
        key=lambda study: (
            study.attempt is None,
            study.enrolment.started_at is None,
        )
    )
    return started + [study for study in studies if not study.enrolment.is_live]


@dataclass(frozen=True)
class Kept:
    """A course in its trainer's list: whether the draft has gone on since, and what it lacks."""

    course: Course
    is_changed: bool
    missing: list[tuple[str, int]]  # language ("" for all) → places to mend

    @property
    def places(self) -> int:
        return sum(number for _language, number in self.missing)

    @property
    def has_few(self) -> bool:
        """Whether a figure about its officers is held back."""
        course: Any = self.course  # with the counts of `courses_of`
        return any_small(course.live, course.completed)

    @property
    def held_back(self) -> list[str]:
        return [language for language, _number in self.missing if language]


def kept_of(courses: list[Course]) -> list[Kept]:
    """The courses with what their drafts lack, in a fixed number of queries."""
    drafts = drafts_of(courses)
    outlines_of(course.current_revision_id for course in courses if course.current_revision_id)
    kept = []
    for course in courses:
        verdict = judge(drafts[course.pk])
        counted = [
            (code, sum(hole.language == code for hole in verdict.holes))
            for code in ["", *course.languages]
        ]
        missing = [(code, number) for code, number in counted if number]
        kept.append(Kept(course, is_changed(drafts[course.pk], verdict), missing))
    return kept


def courses_of(trainer: User, text: str = "", state: str = "") -> QuerySet[Course]:
    """The courses that the trainer keeps, drafts included, with how many are taking them.

    `text` is looked for in titles, summaries and codes; archived courses come when asked for.
    """
    live = Count(
        "enrolments", filter=Q(enrolments__completed_at=None, enrolments__cancelled_at=None)
    )
    completed = Count("enrolments", filter=Q(enrolments__completed_at__isnull=False))
    kept = Course.objects.taught_by(trainer).matching(text)
    kept = kept.filter(status=state) if state else kept.exclude(status=Status.ARCHIVED)
    courses: QuerySet[Course] = (
        kept.select_related("current_revision", "owner")
        .defer("current_revision__outline")
        .annotate(live=live, completed=completed)
        .in_order_of_title(trainer.language)
    )
    return courses
