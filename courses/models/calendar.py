import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.people.models import User


def new_secret() -> str:
    """256 bits, safe in an address."""
    return secrets.token_urlsafe(32)


class CalendarFeed(models.Model):
    """The secret address of a person's due dates; a revoked one opens nothing for ever."""

    user = models.ForeignKey(User, models.PROTECT, related_name="calendar_feeds")
    secret = models.CharField(max_length=64, unique=True, default=new_secret)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(revoked_at=None),
                name="one_calendar_feed_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"
