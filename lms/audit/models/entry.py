from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """Who did what to which thing, and when; rows are added and never changed.

    But for what the law on personal data asks (`lms.audit.actions`): addresses go after a time,
    and in the entries of a person who was erased a number takes the place of the name.

    `organisation` keeps the path of the organisation as text: this app stands below the one that
    knows organisations. Names are copied, since people are pseudonymised and the record stays.
    """

    time = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=255, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    verb = models.CharField(max_length=64, db_index=True)
    thing_type = models.CharField(max_length=64)
    thing_id = models.CharField(max_length=64)
    thing_name = models.CharField(max_length=255)
    organisation = models.CharField(max_length=255, blank=True, db_index=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["time"],
                condition=models.Q(address__isnull=False),
                name="audit_with_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M} {self.actor_name} {self.verb} {self.thing_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("an audit entry is never changed")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("an audit entry is never deleted")
