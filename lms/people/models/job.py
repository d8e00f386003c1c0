import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.leases import lease_is_over
from lms.people import jobs
from lms.people.models.organisation import Organisation

if TYPE_CHECKING:
    from lms.people.models.user import User


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: "User") -> Self:
        """One's own."""
        return self.filter(actor=user)

    def unfinished(self) -> Self:
        return self.filter(finished_at=None)

    def unleased(self, at: datetime) -> Self:
        """Those that nobody has queued or worked on within the lease."""
        return self.filter(lease_is_over(at))

    def secrets_left(self, before: datetime) -> Self:
        """Those started before a moment, of a secret kind, and still holding results."""
        items = JobItem.objects.filter(job=OuterRef("pk")).exclude(result={})
        return self.filter(Exists(items), kind__in=jobs.secret_codes(), created_at__lte=before)


class Job(models.Model):
    """Work on many things, asked for by a person and done by a worker item by item.

    `kind` is looked up in the registry `lms.people.jobs`; `params` is what the person chose, as
    JSON. A worker takes a lease (`queued_until`), so a job whose worker was killed is taken up
    again by the sweep.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="jobs")
    service = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    queued_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(
                fields=["queued_until"], condition=Q(finished_at=None), name="jobs_unfinished"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class JobItem(models.Model):
    """One thing of a job; done in one transaction with what it says was done, so exactly once.

    `thing` is the primary key, as text, of what the job's kind works on. `result` is a sentence
    for the person, or what the kind hands back (wiped when it is secret and was fetched).
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", pgettext_lazy("one person of a job", "done")
        SKIPPED = "skipped", _("left as it was")
        FAILED = "failed", _("failed")

    job = models.ForeignKey(Job, models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    thing = models.CharField(max_length=64)
    label = models.CharField(max_length=255)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    result = models.JSONField(default=dict, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("item of a job")
        verbose_name_plural = _("items of jobs")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="one_job_item_a_position"),
            models.UniqueConstraint(fields=["job", "thing"], name="one_item_a_thing"),
            models.CheckConstraint(
                condition=Q(state="waiting", done_at=None)
                | (~Q(state="waiting") & Q(done_at__isnull=False)),
                name="job_item_done_with_its_time",
            ),
        ]
        indexes = [models.Index(fields=["job", "state", "position"])]

    def __str__(self) -> str:
        return f"{self.job_id} #{self.position}"
