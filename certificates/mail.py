"""The message that a certificate is ready: to its holder, in his language, once."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from certificates.models import Certificate
from certificates.models.certificate import LEASE
from lms.noting import note_for_sure


def send_mail_once(certificate: Certificate) -> bool:
    """Tell the holder that the file can be fetched; whether a message went out.

    Where there is no address, or the account is closed, `mailed_at` is set all the same: nothing
    is left to do.

    The claim is a conditional update on the lease as it was when the certificate was fetched: of
    two workers that fetched it side by side one sends. A failure leaves the lease, so the sweep
    tries again after it. Two cases remain in which the message goes out twice, with the same
    Message-ID: a worker that dies between handing it over and noting so (or a database that stays
    away for longer than `note_for_sure` waits), and a second task that fetches the certificate
    while the first is handing it over. Not to send at all would be worse.
    """
    officer = certificate.enrolment.officer
    unsent = Certificate.objects.filter(pk=certificate.pk, mailed_at=None)
    if not (officer.email and officer.is_active):
        unsent.update(mailed_at=timezone.now())
        return False
    free = unsent.filter(revoked_at=None, queued_until=certificate.queued_until)
    if not free.update(queued_until=timezone.now() + LEASE):
        return False
    message_for(certificate).send()
    note_for_sure(lambda: unsent.update(mailed_at=timezone.now()))
    return True


def message_for(certificate: Certificate) -> EmailMessage:
    """The message in the officer's language: no mark, and nobody's name."""
    officer = certificate.enrolment.officer
    with translation.override(officer.language):
        title = " ".join(certificate.course_title.localize(officer.language).split())
        context = {
            "title": title,
            "certificate": certificate,
            "list_url": settings.SITE_URL + reverse("certificates:list"),
            "verify_url": settings.SITE_URL + certificate.get_absolute_url(),
        }
        subject = _("Your certificate is ready: %(course)s") % {"course": title}
        body = render_to_string("certificates/mail.txt", context)
    host = urlsplit(settings.SITE_URL).hostname
    return EmailMessage(
        subject=subject,
        body=body,
        to=[officer.email],
        headers={"Message-ID": f"<certificate-{certificate.pk}@{host}>"},
    )
