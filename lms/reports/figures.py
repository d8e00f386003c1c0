"""The figures of a coordinator's first page: what each counts, and the counting.

Counted are active officers posted or seconded today inside the units, each once however many posts
he has there. Of their enrolments, what each figure counts is what the list it leads to shows
(`lms.reports.filters`): no figure has a definition of its own.

- *completed in time*: completed within a year before its due date, or without one; as a share of
  those completed within a year and those overdue now. What is not due yet says nothing.
- *overdue*: not completed, and the due day is over in the time zone of the unit.
- *due this week*: not completed, due from now to the reader's next Sunday.
- *passed at the first attempt*: enrolments in courses with a test, completed within a year without
  a failed first attempt; as a share of those and of all, live or completed within the year, in
  which a first attempt failed.
- *expiring*: certificates in force that expire within 90 days and were not renewed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from courses.models import Enrolment
from courses.models.enrolment import EnrolmentQuerySet
from lms.people.models import Kind, Membership, Organisation, Role, User
from lms.people.models.organisation import within
from lms.reports.selections import certificates_expiring, in_state, tested
from quizzes.models import Attempt

YEAR = timedelta(days=365)
EXPIRING_DAYS = "90"


def year_ago(now: datetime | None = None) -> date:
    """The reader's day from which completions and attempts still count."""
    return timezone.localdate(now) - YEAR


def _moment(day: date) -> datetime:
    """When a day of the reader's begins."""
    return datetime.combine(day, time(), timezone.get_current_timezone())


def share(part: int, whole: int) -> int | None:
    """Whole percent, rounded down, so that 100 means all; None of nothing."""
    return 100 * part // whole if whole else None


@dataclass(frozen=True)
class Counts:
    """Figures of a unit with all beneath it, of people and of their enrolments.

    `assigned` are the enrolments live now or completed within a year, of which the others are part.
    """

    people: int = 0
    assigned: int = 0
    completed: int = 0
    in_time: int = 0
    overdue: int = 0
    due_week: int = 0
    tested: int = 0

    def __add__(self, other: Self) -> Self:
        sums = {
            one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)
        }
        return replace(self, **sums)

    @property
    def decided(self) -> int:
        """Enrolments that are completed or whose day is over."""
        return self.completed + self.overdue

    @property
    def in_time_share(self) -> int | None:
        return share(self.in_time, self.decided)

    def bar(self) -> dict[str, float]:
        """Percentages for the `bar` tag: completed, due this week, overdue; the rest is ahead."""
        whole = self.assigned or 1
        return {
            "done": 100 * self.completed / whole,
            "due": 100 * self.due_week / whole,
            "late": 100 * self.overdue / whole,
        }


@dataclass(frozen=True)
class Figures:
    """All figures of a scope, and of each unit of the next level by its path."""

    total: Counts
    units: dict[str, Counts] = field(default_factory=dict)
    first: int = 0  # enrolments passed at the first attempt
    first_of: int = 0
    expiring: int = 0
    counted_at: datetime | None = None  # None: just now

    @property
    def first_share(self) -> int | None:
        return share(self.first, self.first_of)

    def as_json(self) -> dict[str, Any]:
        data = asdict(self)
        del data["counted_at"]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any], counted_at: datetime) -> Self:
        units = {path: Counts(**counts) for path, counts in data["units"].items()}
        total = Counts(**data["total"])
        return cls(**data | {"total": total, "units": units, "counted_at": counted_at})


def officers_in(paths: Iterable[str]) -> Any:
    """The active officers posted or seconded today in the subtrees that `paths` head."""
    return User.objects.posted_in(within(paths, "organisation__path")).filter(is_active=True)


def enrolments_in(paths: Iterable[str]) -> EnrolmentQuerySet:
    """The enrolments of those officers."""
    return Enrolment.objects.filter(officer__in=officers_in(paths).values("pk"))


def figures_of(paths: tuple[str, ...], now: datetime | None = None) -> Figures:
    """Count now. Six queries, whatever there is to count.

    `units` has the next level beneath a single path, and the paths themselves where there are
    several. Paths must not lie inside each other.
    """
    now = now or timezone.now()
    total, units = _by_unit(paths, now)
    first, failed = _first_attempts(paths, now)
    return Figures(
        total=total,
        units=units,
        first=total.tested - first,
        first_of=total.tested - first + failed,
        expiring=certificates_expiring(officers_in(paths), EXPIRING_DAYS, now).count(),
    )


def _counts(now: datetime) -> dict[str, Count]:
    since = _moment(year_ago(now))
    lately = Q(completed_at__gte=since)
    return {
        "assigned": Count("pk", filter=in_state("live", now) | lately),
        "completed": Count("pk", filter=lately),
        "in_time": Count("pk", filter=in_state("in_time", now) & lately),
        "overdue": Count("pk", filter=in_state("overdue", now)),
        "due_week": Count("pk", filter=in_state("due_week", now)),
        "tested": Count("pk", filter=lately & tested()),
    }


def _by_unit(paths: tuple[str, ...], now: datetime) -> tuple[Counts, dict[str, Counts]]:
    """Who has one open post and no other is counted by the database, unit by unit.

    The few who are seconded, or whose post has a last day, may be in several units at once: they
    are counted one by one, so that the total has each once.
    """
    today = timezone.localdate(now)
    inside = within(paths, "organisation__path")
    current = Membership.objects.current(today).filter(
        inside, role=Role.OFFICER, user__is_active=True
    )
    moving = current.filter(until__isnull=False)
    # EXISTS, for PostgreSQL takes half the rows to pass a NOT IN and reads whole tables.
    settled = current.filter(
        ~Exists(moving.filter(user=OuterRef("user"))), kind=Kind.POST, until=None
    )
    counts = _counts(now)
    tally = _Tally(paths)
    for path, people in settled.values_list("organisation__path").annotate(Count("pk")):
        tally.add([path], Counts(people=people))
    theirs = Enrolment.objects.filter(
        _through("officer__memberships__", inside_paths=paths, today=today),
        ~Exists(moving.filter(user=OuterRef("officer"))),
        officer__is_active=True,
    )
    unit = "officer__memberships__organisation__path"
    for path, row in _counted(theirs, unit, counts):
        tally.add([path], row)
    places: dict[int, list[str]] = {}
    rows = current.filter(user__in=moving.values("user"))
    for user, path in rows.values_list("user", "organisation__path"):
        places.setdefault(user, []).append(path)
    for found in places.values():
        tally.add(found, Counts(people=1))
    moved = Enrolment.objects.filter(officer__in=rows.values("user"))
    for officer, row in _counted(moved.order_by(), "officer", counts):
        tally.add(places.get(officer, []), row)
    return tally.total, tally.units


def _counted(
    found: QuerySet[Enrolment], key: str, counts: dict[str, Count]
) -> Iterator[tuple[Any, Counts]]:
    """The counts of the enrolments for each value of `key`."""
    rows: Any = found.values(key).annotate(**counts)
    for row in rows:
        yield row.pop(key), Counts(**row)


def _through(prefix: str, *, inside_paths: tuple[str, ...], today: date) -> Q:
    """The open posts of officers inside the units, over a relation to memberships."""
    conditions = {"role": Role.OFFICER, "kind": Kind.POST, "until": None, "since__lte": today}
    named = Q(**{f"{prefix}{name}": value for name, value in conditions.items()})
    return named & within(inside_paths, f"{prefix}organisation__path")


class _Tally:
    """Sums by unit of the next level, and in all."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self.total = Counts()
        self.units: dict[str, Counts] = {}
        # Beneath one unit those of the next level count, of several each as it is.
        self.depth = len(paths[0]) + Organisation.steplen if len(paths) == 1 else 0
        self.paths = paths

    def unit_of(self, path: str) -> str:
        if self.depth:
            return path[: self.depth]
        return next(head for head in self.paths if path.startswith(head))

    def add(self, paths: Iterable[str], counts: Counts) -> None:
        """Add what belongs to people who are at all of these paths: to each unit once."""
        units = {self.unit_of(path) for path in paths}
        if units:
            self.total += counts
        for unit in units:
            self.units[unit] = self.units.get(unit, Counts()) + counts


def _first_attempts(paths: tuple[str, ...], now: datetime) -> tuple[int, int]:
    """Enrolments with a failed first attempt: those completed within the year, and in all."""
    completed = Q(completed_at__gte=_moment(year_ago(now)))
    failed = Attempt.objects.filter(enrolment=OuterRef("pk"), number=1, passed=False)
    found = enrolments_in(paths).filter(completed | in_state("live", now)).filter(Exists(failed))
    row = found.aggregate(completed=Count("pk", filter=completed), failed=Count("pk"))
    return row["completed"], row["failed"]
