"""Whom an assignment is for, who of them lacks the course, and when it is due for each."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from courses.actions.study import unit_zone
from courses.holding import holds
from courses.models import Assignment, Course, Enrolment
from lms.people.models import Membership, Role, User
from lms.people.models.organisation import within
from lms.people.models.user import UserQuerySet


def by_language(text: Any) -> dict[str, str]:
    """A translated text as a job keeps it."""
    data = getattr(text, "data", text)
    return dict(data) if isinstance(data, dict) else {"": str(data)}


def officers_for(assignment: Assignment) -> UserQuerySet:
    """The active officers whom the rule is for today, seconded ones too; it need not be saved."""
    where = Q(organisation__path__startswith=assignment.organisation.path)
    if assignment.joined_after:
        where &= Q(since__gt=assignment.joined_after)
    found: UserQuerySet = User.objects.posted_in(where).filter(is_active=True)
    return found.filter(rank__in=assignment.ranks) if assignment.ranks else found


def enrolled_in(course: Course) -> Exists:
    """Of officers: whether one has a live enrolment in the course."""
    return Exists(Enrolment.objects.live().filter(officer=OuterRef("pk"), course=course))


def holding(course: Course, on: date) -> Exists:
    """Of officers: whether one completed the course, and the completion holds on the day."""
    return Exists(Enrolment.objects.filter(holds(on), officer=OuterRef("pk"), course=course))


@dataclass(frozen=True)
class Preview:
    """What an assignment would do: whom it is for, and of those whom it leaves as they are."""

    officers: UserQuerySet
    enrolled: UserQuerySet
    completed: UserQuerySet
    new: UserQuerySet


def preview_of(assignment: Assignment, on: date | None = None) -> Preview:
    on = on or timezone.localdate()
    officers = officers_for(assignment)
    live, done = enrolled_in(assignment.course), holding(assignment.course, on)
    return Preview(
        officers=officers,
        enrolled=officers.filter(live),
        completed=officers.filter(done).exclude(live),
        new=officers.exclude(live).exclude(done),
    )


def newcomers(assignment: Assignment, on: date | None = None) -> UserQuerySet:
    """Those whom the rule is for by now and whom it has not reached, in a fixed order.

    Left alone is who is enrolled, who has completed (unless he joined after the assignment and
    what he completed holds no more), and whose enrolment made since then was ended: the rule does
    not undo what a coordinator did.
    """
    on = on or timezone.localdate()
    in_course = Enrolment.objects.filter(officer=OuterRef("pk"), course=assignment.course_id)
    joined_since = Membership.objects.current().filter(
        within([assignment.organisation.path], "organisation__path"),
        user=OuterRef("pk"),
        role=Role.OFFICER,
        since__gt=timezone.localdate(assignment.created_at),
    )
    settled = in_course.filter(
        Q(completed_at=None, cancelled_at=None) | Q(enrolled_at__gte=assignment.created_at)
    )
    once = in_course.filter(completed_at__isnull=False)
    return (
        officers_for(assignment)
        .filter(~Exists(settled))
        .filter(~Exists(once) | (Exists(joined_since) & ~holding(assignment.course, on)))
        .order_by("pk")
    )


def due_day(assignment: Assignment, officer: User, now: datetime | None = None) -> date | None:
    """The due day for an officer assigned at the moment: fixed, or counted in his unit's zone."""
    if not assignment.due_days:
        return assignment.due_on
    today = timezone.localdate(now, timezone=unit_zone(officer))
    return today + timedelta(days=assignment.due_days)


def is_over(assignment: Assignment, on: date | None = None) -> bool:
    """Whether a fixed due day has passed: nobody is enrolled who would be late at once."""
    return bool(assignment.due_on and assignment.due_on < (on or timezone.localdate()))
