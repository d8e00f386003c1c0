"""What the coordinator's pages select: states of enrolments, whom one coordinates, what expires."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from certificates.models import Certificate
from courses.models import Enrolment
from courses.models.enrolment import EnrolmentQuerySet
from lms.people.models import (
    Membership,
    Role,
    User,
)
from lms.people.models.organisation import within
from lms.people.models.user import UserQuerySet
from lms.people.ranks import ranks
from quizzes.models import Attempt, Quiz

SOON = timedelta(days=14)


def in_state(state: str, at: datetime | None = None) -> Q:
    """The condition that an enrolment is in one of `ENROLMENT_STATES`. Raises KeyError.

    Overdue comes before all other states of a live enrolment, so "in progress", "due by the end of
    this week" and the like leave the overdue out. Weeks and days are the reader's.
    """
    now = at or timezone.now()
    today = timezone.localdate(now)
    live = Q(completed_at=None, cancelled_at=None)
    in_time = live & (Q(due_at=None) | Q(due_at__gt=now))
    failed_first = Attempt.objects.filter(enrolment=OuterRef("pk"), number=1, passed=False)
    conditions: dict[str, Q] = {
        "live": live,
        "not_started": in_time & Q(started_at=None),
        "started": in_time & Q(started_at__isnull=False),
        "overdue": live & Q(due_at__lte=now),
        "due_week": live
        & Q(due_at__gt=now, due_on__lte=today + timedelta(days=6 - today.weekday())),
        "soon": live & Q(due_at__gt=now, due_on__lte=today + SOON),
        "completed": Q(completed_at__isnull=False),
        "in_time": Q(completed_at__isnull=False)
        & (Q(due_at=None) | Q(completed_at__lt=F("due_at"))),
        "first_test": tested() & Q(completed_at__isnull=False) & ~Q(Exists(failed_first)),
        "cancelled": Q(cancelled_at__isnull=False),
    }
    return conditions[state]


def tested() -> Q:
    """The condition that an enrolment is in a course with a test."""
    return Q(course__in=Quiz.objects.values("lesson__course"))


def officers_coordinated(user: User) -> UserQuerySet:
    """The officers posted or seconded today in the subtrees that the user coordinates."""
    found: UserQuerySet = User.objects.posted_in(
        within(user.reach.coordinated, "organisation__path")
    )
    return found


def enrolments_coordinated(user: User) -> EnrolmentQuerySet:
    """The enrolments of the active officers whom the user coordinates."""
    people = officers_coordinated(user).filter(is_active=True)
    return Enrolment.objects.filter(officer__in=people.values("pk"), course__service=user.service)


def postings(paths: tuple[str, ...]) -> Any:
    """The current officers' memberships in the subtrees that `paths` head."""
    return Membership.objects.current().filter(
        within(paths, "organisation__path"), role=Role.OFFICER
    )


def expiring(user: User, within_days: str = "", at: datetime | None = None) -> Any:
    """The certificates of the officers coordinated that expire and were not renewed."""
    people = officers_coordinated(user).filter(is_active=True)
    return certificates_expiring(people, within_days, at).filter(
        enrolment__course__service=user.service
    )


def certificates_expiring(people: Any, within_days: str = "", at: datetime | None = None) -> Any:
    """The certificates of the people that expire and were not renewed.

    `within_days` is "expired", or "30", "90", "180": to expire so soon and still valid; "" are
    those expired or to expire within 90 days. Renewed is one after which the officer has another
    of the same course, not revoked, that lasts longer or for ever. Days are the reader's.
    """
    today = timezone.localdate(at)
    newer = Certificate.objects.filter(
        Q(expires_on=None) | Q(expires_on__gt=OuterRef("expires_on")),
        enrolment__officer=OuterRef("enrolment__officer"),
        enrolment__course=OuterRef("enrolment__course"),
        revoked_at=None,
    )
    found = Certificate.objects.filter(
        ~Exists(newer),
        enrolment__officer__in=people.values("pk"),
        revoked_at=None,
        expires_on__isnull=False,
    )
    if within_days == "expired":
        return found.filter(expires_on__lt=today)
    last = today + timedelta(days=int(within_days or 90))
    found = found.filter(expires_on__lte=last)
    return found.filter(expires_on__gte=today) if within_days else found


def between(field: str, first: date | None, last: date | None) -> Q:
    """The condition that a moment lies between two of the reader's days, both included."""
    condition = Q()
    zone = timezone.get_current_timezone()
    if first:
        condition &= Q(**{f"{field}__gte": datetime.combine(first, time(), zone)})
    if last:
        day = last + timedelta(days=1)
        condition &= Q(**{f"{field}__lt": datetime.combine(day, time(), zone)})
    return condition


def in_order(found: Any, sort: str, sorts: Mapping[str, Any], user: User, *, officer: str) -> Any:
    """The queryset sorted, with the columns that the order needs; `officer` leads to the person."""
    match sort.lstrip("-"):
        case "unit":
            inside = postings(user.reach.coordinated).filter(user=OuterRef(officer))
            paths = inside.order_by("organisation__path").values("organisation__path")
            found = found.annotate(unit_path=Subquery(paths[:1]))
        case "rank":
            known = list(ranks(user.service.country)) if user.service else []
            places = [When(rank=key, then=Value(place)) for place, key in enumerate(known)]
            found = found.annotate(
                seniority=Case(*places, default=Value(-1), output_field=IntegerField())
            )
        case "overdue":
            late = (
                Enrolment.objects.overdue()
                .filter(officer=OuterRef(officer))
                .order_by()
                .values("officer")
                .annotate(number=Count("pk"))
                .values("number")
            )
            found = found.annotate(late=Coalesce(Subquery(late), 0))
    return found.order_by(*sorts[sort])
