"""Practical lessons that wait for a trainer: what his pages of ticks ask of the database."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from courses.kinds.practical import lines_of
from courses.models import Course, CourseRevision, Enrolment, Lesson, LessonProgress
from courses.models.enrolment import EnrolmentQuerySet
from courses.outlines import Outline, OutlineLesson, outlines_of
from lms.people.models import Kind, Membership, Organisation, Role, User

KIND = "practical"


@dataclass(frozen=True)
class Practice:
    """A published course with practical lessons."""

    course: Course
    outline: Outline
    items: tuple[OutlineLesson, ...]
    since: dict[int, datetime]  # id of a lesson to be done again → ticks from when on count

    def ticked(self, item: OutlineLesson, ticks: dict[tuple[int, str], datetime]) -> int:
        """How many of the lesson's lines are ticked; `ticks` by lesson and key."""
        since = self.since.get(item.id)
        times = [ticks.get((item.id, line.key)) for line in lines_of(item)]
        return sum(bool(time and (since is None or time >= since)) for time in times)


def practice_of(user: User) -> dict[int, Practice]:
    """The courses that the user teaches and that have practical lessons, by id. Two queries, and
    one where some must be done again."""
    courses = (
        Course.objects.taught_by(user)
        .filter(lessons__kind=KIND, current_revision__isnull=False)
        .order_by("code")
        .distinct()
    )
    rows = {course.pk: course for course in courses}
    outlines = outlines_of(
        course.current_revision_id for course in rows.values() if course.current_revision_id
    )
    items = {
        pk: tuple(
            item for item in outlines[course.current_revision_id or 0].lessons if item.kind == KIND
        )
        for pk, course in rows.items()
    }
    again = {item.retake_from for own in items.values() for item in own if item.retake_from}
    revisions = CourseRevision.objects.filter(course__in=rows, number__in=again)
    published = {
        (course, number): at
        for course, number, at in revisions.values_list("course", "number", "published_at")
    }
    return {
        pk: Practice(
            course=course,
            outline=outlines[course.current_revision_id or 0],
            items=items[pk],
            since={
                item.id: published[pk, item.retake_from] for item in items[pk] if item.retake_from
            },
        )
        for pk, course in rows.items()
        if items[pk]
    }


def waiting(user: User, practice: Collection[Practice]) -> EnrolmentQuerySet:
    """Live enrolments of the user's officers in which a practical lesson is not done."""
    since: dict[int, list[int]] = {}
    for one in practice:
        for item in one.items:
            since.setdefault(item.retake_from, []).append(item.id)
    condition = Q(pk__in=[])
    for number, lessons in since.items():
        progress = LessonProgress.objects.filter(
            enrolment=OuterRef(OuterRef("pk")),
            lesson=OuterRef("pk"),
            revision__number__gte=number,
        )
        left = Lesson.objects.filter(~Exists(progress), pk__in=lessons, course=OuterRef("course"))
        condition |= Q(Exists(left))
    return Enrolment.objects.trained_by(user).live().filter(condition)


def units_of(officers: Iterable[Any]) -> dict[int, Organisation]:
    """The unit of each officer's post today. One query."""
    posts = Membership.objects.current().filter(
        user__in=list(officers), role=Role.OFFICER, kind=Kind.POST
    )
    return {post.user_id: post.organisation for post in posts.select_related("organisation")}
