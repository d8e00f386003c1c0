import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.leases import lease_is_over
from lms.people.models import User

LEASE = timedelta(minutes=10)  # longer than the making of one lasts


def kept_for() -> timedelta:
    """How long a file that was made can be fetched."""
    return timedelta(days=settings.KEEP_DAYS["exports"])


class DataExportQuerySet(models.QuerySet["DataExport"]):
    def visible_to(self, user: User) -> Self:
        """One's own and nobody else's, whatever one's role."""
        return self.filter(user=user)

    def waiting(self) -> Self:
        return self.filter(made_at=None)

    def unleased(self, at: datetime) -> Self:
        """Those that nobody has queued or worked on within the lease."""
        return self.filter(lease_is_over(at))

    def ready(self, at: datetime | None = None) -> Self:
        """Those whose file can be fetched."""
        return self.filter(made_at__gt=(at or timezone.now()) - kept_for())


class DataExport(models.Model):
    """All that is kept about a person, packed because the person asked for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="data_exports")
    asked_at = models.DateTimeField(default=timezone.now)
    queued_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    file = models.FileField(upload_to="exports", blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export of one’s own data")
        verbose_name_plural = _("exports of one’s own data")
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(made_at=None), name="one_export_waiting"
            ),
            models.CheckConstraint(
                condition=Q(made_at=None, file="") | (Q(made_at__isnull=False) & ~Q(file="")),
                name="export_made_with_its_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.asked_at:%Y-%m-%d}"

    @property
    def until(self) -> datetime | None:
        """When the file goes; None while it is not made."""
        return self.made_at + kept_for() if self.made_at else None
