from celery import shared_task

from certificates.models import Certificate
from certificates.models.certificate import LEASE
from certificates.tasks import finish_certificate

BATCH = 200


@shared_task
def sweep_certificates() -> int:
    """Queue what still lacks its file or its mail because a task was lost; how many."""
    waiting = Certificate.objects.unfinished()
    return waiting.queue(finish_certificate.delay, lease=LEASE, most=BATCH)
