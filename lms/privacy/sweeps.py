from celery import shared_task
from django.utils import timezone

from lms.privacy.models import LEASE, DataExport
from lms.privacy.retention import apply_all, steps_at
from lms.privacy.tasks import pack_data

SLICE_SECONDS = 15.0  # then other tasks have their turn


@shared_task
def sweep_exports() -> int:
    """Queue what people asked for and a lost worker has not made; how many."""
    return DataExport.objects.waiting().queue(pack_data.delay, lease=LEASE)


@shared_task
def sweep_retention() -> None:
    """Apply the register for a while, and queue what is left behind what else is waiting."""
    if apply_all(steps_at(timezone.now()), seconds=SLICE_SECONDS):
        sweep_retention.delay()
