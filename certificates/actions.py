"""What changes a certificate: it is issued, revoked, and reissued under another name."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from certificates.models import Certificate
from certificates.models.certificate import LEASE
from certificates.serials import new_serial
from certificates.snapshot import snapshot_of
from certificates.tasks import finish_certificate
from courses.models import Enrolment
from lms.audit.actions import record
from lms.people.models import User

COPIED = (
    "course_code",
    "course_title",
    "language",
    "minutes",
    "result",
    "issuer",
    "expires_on",
    "is_specimen",
)


class NoReason(ValueError):
    """A certificate is not revoked without a reason."""


class OutOfDate(ValueError):
    """The validity of the certificate is over, so that nothing is left to reissue."""


def issue_certificate(*, enrolment: Enrolment, now: datetime) -> Certificate:
    """Issue the certificate of a completed enrolment, or return the one it already has.

    Called inside the transaction of the completion; the file and the mail come after commit.
    Raises ValueError when the enrolment is not completed.
    """
    if found := Certificate.objects.filter(enrolment=enrolment, edition=1).first():
        return found
    snapshot = snapshot_of(enrolment, now)
    with transaction.atomic():
        certificate, is_new = Certificate.objects.get_or_create(
            enrolment=enrolment,
            edition=1,
            defaults=snapshot | {"serial": new_serial(), "queued_until": now + LEASE},
        )
        if is_new:
            record(
                "certificate.issued",
                actor=None,
                thing=certificate,
                organisation=enrolment.officer.service_path,
                after={"course": certificate.course_code},
            )
            _finish_after_commit(certificate.pk)
    return certificate


def revoke_certificate(
    *, certificate: Certificate, reason: str, actor: User | None, now: datetime
) -> Certificate:
    """Revoke a certificate for good; one already revoked keeps its first reason.

    Raises NoReason when the reason is empty.
    """
    reason = _stated(reason)
    with transaction.atomic():
        return _revoke(_locked(certificate.pk), reason, actor, now)


def reissue_certificate(
    *,
    certificate: Certificate,
    name_native: str,
    name_latin: str,
    reason: str,
    actor: User | None,
    now: datetime,
) -> Certificate:
    """Revoke a certificate and issue its next edition under the names given.

    All else that it says, its last day of validity too, stays; the date of issue is new. One that
    was already replaced gives its replacement, so this can be repeated; one revoked by mistake
    can be reissued and keeps its first reason.

    Raises NoReason when the reason is empty, OutOfDate when no day of validity is left.
    """
    reason = _stated(reason)
    with transaction.atomic():
        old = _locked(certificate.pk)
        if replacement := Certificate.objects.filter(replaces=old).first():
            return replacement
        zone = ZoneInfo(old.enrolment.course.service.time_zone)
        issued_on = timezone.localdate(now, timezone=zone)
        if old.expires_on and old.expires_on < issued_on:
            raise OutOfDate
        _revoke(old, reason, actor, now)
        new = Certificate.objects.create(
            enrolment=old.enrolment,
            edition=old.edition + 1,
            replaces=old,
            serial=new_serial(),
            name_native=name_native,
            name_latin=name_latin,
            issued_at=now,
            issued_on=issued_on,
            queued_until=now + LEASE,
            **{field: getattr(old, field) for field in COPIED},
        )
        record(
            "certificate.reissued",
            actor=actor,
            thing=new,
            organisation=old.enrolment.officer.service_path,
            before=_identity(old),
            after=_identity(new) | {"reason": reason},
        )
        _finish_after_commit(new.pk)
    return new


def queue_finish(*, certificate_id: UUID, now: datetime) -> bool:
    """Have the file made and the holder told, unless that was queued within the lease."""
    found = Certificate.objects.filter(pk=certificate_id)
    return bool(found.queue(finish_certificate.delay, lease=LEASE, now=now))


def _identity(certificate: Certificate) -> dict[str, str]:
    return {
        "serial": certificate.shown_serial,
        "name": certificate.name_native,
        "latin": certificate.name_latin,
    }


def _stated(reason: str) -> str:
    if not (reason := reason.strip()):
        raise NoReason
    return reason


def _locked(pk: UUID) -> Certificate:
    return (
        Certificate.objects.select_for_update(of=("self",))
        .select_related("enrolment__course__service", "enrolment__officer__service")
        .get(pk=pk)
    )


def _revoke(
    certificate: Certificate, reason: str, actor: User | None, now: datetime
) -> Certificate:
    if certificate.revoked_at is None:
        certificate.revoked_at, certificate.revoked_reason = now, reason
        certificate.revoked_by = actor
        certificate.save(update_fields=["revoked_at", "revoked_reason", "revoked_by"])
        record(
            "certificate.revoked",
            actor=actor,
            thing=certificate,
            organisation=certificate.enrolment.officer.service_path,
            after={"reason": reason},
        )
    return certificate


def _finish_after_commit(pk: UUID) -> None:
    transaction.on_commit(lambda: finish_certificate.delay(str(pk)), robust=True)
