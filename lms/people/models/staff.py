import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.leases import lease_is_over
from lms.people.models.organisation import Organisation

if TYPE_CHECKING:
    from lms.people.models.user import User


class StaffImportQuerySet(models.QuerySet["StaffImport"]):
    def visible_to(self, user: "User") -> Self:
        """One's own, once they are wholly here."""
        return self.filter(made_by=user).exclude(headers=[])

    def under_way(self) -> Self:
        """Those that a worker is at, or should be."""
        states = StaffImport.State
        return self.filter(state__in=[states.CHECKING, states.APPLYING, states.UNDOING])

    def unleased(self, at: datetime) -> Self:
        """Those that nobody has queued or worked on within the lease."""
        return self.filter(lease_is_over(at))


class StaffImport(models.Model):
    """A staff list on its way in: uploaded, its columns mapped, tried, applied, perhaps undone.

    `columns` maps our fields to the file's columns (by number, from 0). `headers` is written last
    of an upload: while it is empty the rows are not all here.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        APPLYING = "applying", _("being brought in")
        APPLIED = "applied", _("brought in")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("unit"))
    name = models.CharField(_("file"), max_length=255)
    columns = models.JSONField(default=dict)
    headers = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=State.choices, default=State.UPLOADED)
    created_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    queued_until = models.DateTimeField(null=True, blank=True)

    objects = StaffImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("staff list")
        verbose_name_plural = _("staff lists")

    def __str__(self) -> str:
        return self.name


class ImportRow(models.Model):
    """A row of a staff list: its cells as they were, what is wrong with them, what became of it.

    `before` is what an undo puts back: `fields` by name with the value before and after, the posts
    `made`, `ended` and `moved`, whether the account was `closed`; after an undo, what was `left`.
    """

    class Outcome(models.TextChoices):
        WAITING = "", _("waiting")
        CREATE = "create", _("new")
        UPDATE = "update", _("changed")
        SAME = "same", _("unchanged")
        REJECTED = "rejected", _("to be mended")

    staff_import = models.ForeignKey(StaffImport, models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField(help_text="the row in the file, the header being row 1")
    cells = models.JSONField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True, default="")
    errors = models.JSONField(default=list, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    before = models.JSONField(default=dict, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("row of a staff list")
        verbose_name_plural = _("rows of staff lists")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["staff_import", "number"], name="one_import_row")
        ]

    def __str__(self) -> str:
        return f"{self.staff_import_id} #{self.number}"


class PersonRequestQuerySet(models.QuerySet["PersonRequest"]):
    def visible_to(self, user: "User") -> Self:
        """Those to the service that one administers."""
        return self.filter(service__path__in=user.reach.administered)


class PersonRequest(models.Model):
    """What a coordinator cannot do himself, put before the service administrator.

    A number or an address that exists elsewhere gets one general answer; the administrator sees
    what it is about and decides.
    """

    service = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    data = models.JSONField(help_text="what was typed: number, names, e-mail, rank")
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(_("note"), blank=True)

    objects = PersonRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about a person")
        verbose_name_plural = _("requests about people")
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="settled_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.created_at:%Y-%m-%d}"
