from celery import shared_task
from django.db.models import F
from django.utils import timezone

from certificates.actions import queue_finish
from certificates.models import Certificate

BATCH = 200


@shared_task
def sweep_certificates() -> int:
    """Queue what still lacks its file or its mail because a task was lost; at most 200 at once.

    Each is leased by a conditional update, so that neither the next sweep nor one running beside
    this queues it again. What waits longest comes first: one that fails each time holds up none.
    """
    now = timezone.now()
    waiting = Certificate.objects.unfinished().unleased(now)
    oldest = waiting.order_by(F("queued_until").asc(nulls_first=True), "pk")
    found = list(oldest.values_list("pk", flat=True)[:BATCH])
    return sum(queue_finish(certificate_id=pk, now=now) for pk in found)
