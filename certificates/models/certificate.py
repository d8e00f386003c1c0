import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField

from certificates.serials import grouped
from courses.models import Enrolment
from lms.leases import lease_is_over
from lms.people.models import User
from lms.people.models.organisation import within

LEASE = timedelta(minutes=5)


class State(models.TextChoices):
    VALID = "valid", _("valid")
    EXPIRED = "expired", _("expired")
    REVOKED = "revoked", _("revoked")


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User) -> Self:
        """Own ones, and those of the people the user coordinates."""
        condition = Q(enrolment__officer=user)
        if coordinated := user.reach.coordinated:
            people = User.objects.posted_in(within(coordinated, "organisation__path"))
            condition |= Q(enrolment__officer__in=people.values("pk"))
        return self.filter(condition, enrolment__course__service=user.service_id)

    def unfinished(self) -> Self:
        """Those whose file is missing or whose e-mail was not sent."""
        return self.filter(Q(files=None) | Q(mailed_at=None), revoked_at=None)

    def unleased(self, at: datetime) -> Self:
        """Those that no sweep has queued within the lease."""
        return self.filter(lease_is_over(at))


class Certificate(models.Model):
    """What a completion earned: a snapshot that never changes (correction is a new edition).

    `serial` is kept without its separators. `minutes` is the duration of the course, `result` a
    percentage or none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="certificates")
    edition = models.PositiveIntegerField(default=1)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    serial = models.CharField(_("serial number"), max_length=16, unique=True)
    name_native = models.CharField(_("name"), max_length=500)
    name_latin = models.CharField(_("name in Latin letters"), max_length=500)
    course_code = models.CharField(max_length=32)
    course_title = I18nCharField(_("course"), max_length=1000)
    language = models.CharField(max_length=8)
    minutes = models.PositiveIntegerField()
    result = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    issuer = I18nCharField(_("issuer"), max_length=1000)
    issued_at = models.DateTimeField(_("issued"))
    issued_on = models.DateField(_("date of issue"))
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    is_specimen = models.BooleanField(default=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(_("reason"), max_length=500, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    queued_until = models.DateTimeField(null=True, blank=True, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "edition"], name="one_certificate_an_edition"
            ),
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(revoked_at=None), name="one_certificate_in_force"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
                name="revoked_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(edition=1, replaces=None) | Q(edition__gt=1, replaces__isnull=False),
                name="later_editions_replace",
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(expires_on__gte=F("issued_on")),
                name="expires_after_issue",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_serial

    def get_absolute_url(self) -> str:
        """The public page that verifies this certificate."""
        return reverse("certificates:verified", args=[self.shown_serial])

    @property
    def shown_serial(self) -> str:
        return grouped(self.serial)

    def state(self, at: datetime | None = None) -> State:
        """Valid through its last day in the time zone of the issuing service."""
        if self.revoked_at:
            return State.REVOKED
        zone = self.enrolment.course.service.time_zone
        today = timezone.localdate(at, timezone=ZoneInfo(zone))
        return State.EXPIRED if self.expires_on and today > self.expires_on else State.VALID

    @property
    def whole_result(self) -> Decimal | None:
        """The result in whole percent, never rounded up."""
        return None if self.result is None else Decimal(int(self.result))


class CertificateFile(models.Model):
    """A file that was made for a certificate; whatever was handed out stays known."""

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="files")
    number = models.PositiveIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="certificates")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("file of a certificate")
        verbose_name_plural = _("files of certificates")
        constraints = [
            models.UniqueConstraint(fields=["certificate", "number"], name="one_file_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.certificate} {self.sha256[:12]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a file that was handed out is never changed")
        super().save(*args, **kwargs)
