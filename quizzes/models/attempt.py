import uuid
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import CourseRevision, Enrolment, Lesson
from lms.people.models import User
from quizzes.models.question import QuestionVersion

GRACE = timedelta(seconds=60)  # for answers on their way when the time ran out (Moodle's minimum)
TOLERANCE = Decimal("1e-7")


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def visible_to(self, user: User) -> Self:
        """The attempts in the enrolments that the user sees."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user).values("pk"))

    def open(self) -> Self:
        return self.filter(submitted_at=None)

    def out_of_time(self, at: datetime | None = None) -> Self:
        """Open ones whose deadline and grace are over."""
        return self.open().filter(deadline_at__lt=(at or timezone.now()) - GRACE)


class Attempt(models.Model):
    """An officer's attempt at a quiz. Pins at its start all that decides its result.

    `settings` is what the revision says of the quiz (`quizzes.snapshots.QuizSettings`). Marks are
    sums over the items, kept unrounded; `passed` is decided once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="attempts")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="attempts")
    revision = models.ForeignKey(CourseRevision, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    settings = models.JSONField()
    pass_mark = models.DecimalField(max_digits=5, decimal_places=2)
    seed = models.BigIntegerField()
    started_at = models.DateTimeField(default=timezone.now)
    deadline_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    in_time = models.BooleanField(default=True)  # False: the sweep submitted what was saved
    mark = models.DecimalField(max_digits=12, decimal_places=7, null=True, blank=True)
    max_mark = models.DecimalField(max_digits=12, decimal_places=7)
    passed = models.BooleanField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "lesson", "number"], name="one_attempt_a_number"
            ),
            models.UniqueConstraint(
                fields=["enrolment", "lesson"],
                condition=Q(submitted_at=None),
                name="one_open_attempt",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | Q(submitted_at__gte=F("started_at")),
                name="submitted_after_started",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None, mark=None, passed=None)
                | Q(submitted_at__isnull=False, mark__isnull=False, passed__isnull=False),
                name="marked_when_submitted",
            ),
            models.CheckConstraint(
                condition=Q(mark=None) | Q(mark__lte=F("max_mark"), mark__gte=0 - F("max_mark")),
                name="mark_within_its_maximum",
            ),
            models.CheckConstraint(condition=Q(max_mark__gt=0), name="attempt_has_marks"),
        ]
        indexes = [
            models.Index(
                fields=["deadline_at"], condition=Q(submitted_at=None), name="open_deadline"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.lesson_id} #{self.number}"

    @property
    def is_open(self) -> bool:
        return self.submitted_at is None

    @property
    def percent(self) -> Decimal:
        """The result, 0 to 100, unrounded; 0 when more marks were taken away than given."""
        return max(Decimal(0), (self.mark or Decimal(0)) / self.max_mark * 100)

    @property
    def shown_percent(self) -> Decimal:
        """The result as shown: one decimal, half up, but never up over the pass mark."""
        tenth = Decimal("0.1")
        rounding = ROUND_HALF_UP if self.passed else ROUND_FLOOR
        return self.percent.quantize(tenth, rounding=rounding).normalize() + 0

    def is_pass(self) -> bool:
        """Whether the unrounded result reaches the pass mark (tolerance 1e-7)."""
        return self.percent + TOLERANCE >= self.pass_mark

    def accepts(self, at: datetime) -> bool:
        """Whether an answer that arrives at this moment still counts."""
        return self.is_open and (self.deadline_at is None or at <= self.deadline_at + GRACE)


class AttemptItem(models.Model):
    """A question of an attempt: which version, for how much, its choices in which order.

    `current` is the response that counts: the latest received in time.
    """

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    version = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="+")
    max_mark = models.DecimalField(max_digits=6, decimal_places=2)
    choice_order = models.JSONField(default=list)
    flagged = models.BooleanField(default=False)
    current = models.ForeignKey(
        "quizzes.ResponseSave", models.PROTECT, null=True, blank=True, related_name="+"
    )
    fraction = models.DecimalField(max_digits=9, decimal_places=7, null=True, blank=True)

    class Meta:
        verbose_name = _("question of an attempt")
        verbose_name_plural = _("questions of attempts")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="one_item_a_position"),
            models.UniqueConstraint(fields=["attempt", "version"], name="no_question_twice"),
            models.CheckConstraint(
                condition=Q(fraction=None) | Q(fraction__gte=-1, fraction__lte=1),
                name="fraction_within_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} #{self.position}"

    @property
    def response(self) -> dict[str, Any]:
        """The response that counts; empty when there is none."""
        return self.current.data if self.current else {}


class ResponseSave(models.Model):
    """A response as it arrived; rows are added and never changed.

    `client` names a tab of a browser, `seq` its count: a save sent twice is one row.
    """

    item = models.ForeignKey(AttemptItem, models.PROTECT, related_name="saves")
    client = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    language = models.CharField(max_length=8)
    received_at = models.DateTimeField(default=timezone.now)
    data = models.JSONField()

    class Meta:
        verbose_name = _("saved response")
        verbose_name_plural = _("saved responses")
        constraints = [
            models.UniqueConstraint(fields=["item", "client", "seq"], name="a_save_once"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.client}:{self.seq}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a saved response is never changed")
        super().save(*args, **kwargs)


class AttemptGrant(models.Model):
    """One attempt more than the settings allow, and why."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="attempt_grants")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=500)
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("granted attempt")
        verbose_name_plural = _("granted attempts")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="granted_with_a_reason")
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.lesson_id}"
