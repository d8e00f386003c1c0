from celery import shared_task

from certificates.files import make_file
from certificates.mail import send_mail_once
from certificates.models import Certificate


@shared_task
def finish_certificate(certificate_id: str) -> None:
    """Make the file of a certificate, then tell its holder. Can run twice, and side by side."""
    certificate = Certificate.objects.select_related("enrolment__officer", "replaces").get(
        pk=certificate_id
    )
    if certificate.revoked_at is None:
        make_file(certificate)
        send_mail_once(certificate)
