from celery import shared_task
from django.db.models import F
from django.utils import timezone

from lms.privacy.actions.exports import queue_export
from lms.privacy.models import DataExport
from lms.privacy.retention import apply_all, steps_at

BATCH = 50
SLICE_SECONDS = 15.0  # then other tasks have their turn


@shared_task
def sweep_exports() -> int:
    """Queue what people asked for and a lost worker has not made; what waits longest first."""
    now = timezone.now()
    waiting = DataExport.objects.waiting().unleased(now)
    oldest = waiting.order_by(F("queued_until").asc(nulls_first=True), "asked_at")
    found = list(oldest.values_list("pk", flat=True)[:BATCH])
    return sum(queue_export(export_id=pk, now=now) for pk in found)


@shared_task
def sweep_retention() -> None:
    """Apply the register for a while, and queue what is left behind what else is waiting."""
    if apply_all(steps_at(timezone.now()), seconds=SLICE_SECONDS):
        sweep_retention.delay()
