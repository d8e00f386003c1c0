from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.enrolment import Enrolment
from lms.people.models import User


class Digest(models.Model):
    """The one reminder mail that a person gets on a day of his own time zone."""

    user = models.ForeignKey(User, models.PROTECT, related_name="digests")
    day = models.DateField()
    created_at = models.DateTimeField(default=timezone.now)
    queued_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("reminder mail")
        verbose_name_plural = _("reminder mails")
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="one_digest_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"


class Reminder(models.Model):
    """One enrolment to be reminded of: so many days after its due day, or asked for by hand.

    Unique by enrolment, offset and due day: a due date extended is reminded of anew.
    """

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="reminders")
    days = models.SmallIntegerField(
        null=True, blank=True, help_text="days after the due day; empty: asked for by hand"
    )
    due_on = models.DateField(null=True, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    digest = models.ForeignKey(
        Digest, models.PROTECT, null=True, blank=True, related_name="reminders"
    )

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "days", "due_on"],
                condition=Q(days__isnull=False),
                name="one_reminder_an_offset",
            ),
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=Q(days=None, digest=None),
                name="one_reminder_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.days}"
