import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from courses.models.revision import CourseRevision
from lms.people.models import User
from lms.people.models.organisation import within


class State(models.TextChoices):
    """Derived from the columns of an enrolment and the clock, never stored beside them."""

    NOT_STARTED = "not_started", _("not started")
    STARTED = "started", _("in progress")
    OVERDUE = "overdue", _("overdue")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


# What a rule enrolled and nobody has begun: nothing is lost with it.
BY_RULE_ALONE = Q(assignment__isnull=False, started_at=None, completed_at=None)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after `day` in `zone`, as UTC: a due date lasts until its day is over."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, user: User) -> Self:
        """Own ones; those of people coordinated; of a trainer, his courses' with his officers."""
        reach = user.reach
        condition = Q(officer=user)
        if reach.coordinated:
            people = User.objects.posted_in(within(reach.coordinated, "organisation__path"))
            condition |= Q(officer__in=people.values("pk"))
        if reach.trained:
            people = User.objects.posted_in(within(reach.trained, "organisation__path"))
            courses = Course.objects.taught_by(user)
            condition |= Q(officer__in=people.values("pk"), course__in=courses.values("pk"))
        return self.filter(condition, course__service=user.service_id)

    def trained_by(self, user: User) -> Self:
        """Those of officers in the subtrees the user trains, in courses taught there; never own."""
        people = User.objects.posted_in(within(user.reach.trained, "organisation__path"))
        return self.filter(
            officer__in=people.values("pk"),
            course__in=Course.objects.taught_by(user).values("pk"),
            course__service=user.service_id,
        ).exclude(officer=user)

    def live(self) -> Self:
        """Neither completed nor cancelled."""
        return self.filter(completed_at=None, cancelled_at=None)

    def overdue(self, at: datetime | None = None) -> Self:
        return self.live().filter(due_at__lte=at or timezone.now())

    def behind_publication(self) -> Self:
        """Live ones not yet weighed against the current revision of their course."""
        return self.live().filter(
            Q(evaluated_revision=None) | ~Q(evaluated_revision=F("course__current_revision")),
            course__current_revision__isnull=False,
        )


class Enrolment(models.Model):
    """An officer taking a course; a renewal is the next cycle."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    officer = models.ForeignKey(User, models.PROTECT, related_name="enrolments")
    course = models.ForeignKey(Course, models.PROTECT, related_name="enrolments")
    cycle = models.PositiveIntegerField(default=1)
    language = models.CharField(_("language of the content"), max_length=8)
    enrolled_at = models.DateTimeField(default=timezone.now)
    enrolled_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(_("due date"), null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    due_changes = models.PositiveIntegerField(default=0, editable=False)
    assignment = models.ForeignKey(
        "courses.Assignment", models.PROTECT, null=True, blank=True, related_name="enrolments"
    )
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_revision = models.ForeignKey(
        CourseRevision, models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    evaluated_revision = models.ForeignKey(
        CourseRevision, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(
                fields=["officer", "course", "cycle"], name="one_enrolment_a_cycle"
            ),
            models.UniqueConstraint(
                fields=["officer", "course"],
                condition=Q(completed_at=None, cancelled_at=None),
                name="one_live_enrolment",
            ),
            models.CheckConstraint(
                condition=Q(completed_at=None, completed_revision=None)
                | Q(completed_at__isnull=False, completed_revision__isnull=False),
                name="completed_with_its_revision",
            ),
            models.CheckConstraint(
                condition=Q(completed_at=None) | Q(cancelled_at=None),
                name="not_completed_and_cancelled",
            ),
            models.CheckConstraint(
                condition=Q(due_on=None, due_at=None)
                | Q(due_on__isnull=False, due_at__isnull=False),
                name="due_day_with_its_end",
            ),
            models.CheckConstraint(
                condition=Q(completed_at=None) | Q(completed_at__gte=F("enrolled_at")),
                name="completed_after_enrolled",
            ),
            models.CheckConstraint(condition=Q(cycle__gte=1), name="cycles_from_one"),
        ]
        indexes = [
            models.Index(fields=["course", "completed_at"]),
            models.Index(
                fields=["due_at"],
                condition=Q(completed_at=None, cancelled_at=None),
                name="live_by_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer} · {self.course.code}"

    @property
    def is_live(self) -> bool:
        return self.completed_at is None and self.cancelled_at is None

    def state(self, at: datetime | None = None) -> State:
        """What the columns amount to at a moment, now by default."""
        if self.completed_at:
            return State.COMPLETED
        if self.cancelled_at:
            return State.CANCELLED
        if self.due_at and self.due_at <= (at or timezone.now()):
            return State.OVERDUE
        return State.STARTED if self.started_at else State.NOT_STARTED

    def set_due(self, day: date | None, zone: ZoneInfo) -> None:
        """Set the due day and, in step, its end in UTC; the caller saves.

        Changes are counted: a calendar takes an event over only with a higher SEQUENCE (RFC 5545).
        """
        if self.pk and not self._state.adding and day != self.due_on:
            self.due_changes += 1
        self.due_on = day
        self.due_at = end_of_day(day, zone) if day else None
