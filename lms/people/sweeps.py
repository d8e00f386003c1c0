import logging

from celery import shared_task
from django.db.models import F
from django.utils import timezone

from lms.people import jobs
from lms.people.actions.imports import forget_unfinished, queue_list
from lms.people.actions.jobs import forget_secrets, queue_job
from lms.people.actions.posts import close_accounts
from lms.people.actions.sessions import forget_ended
from lms.people.models import Job, StaffImport

BATCH = 50
logger = logging.getLogger(__name__)


@shared_task
def sweep_jobs() -> int:
    """Queue jobs whose worker was lost, and wipe secrets that nobody said were printed.

    How many were queued; what waits longest comes first.
    """
    now = timezone.now()
    waiting = Job.objects.unfinished().unleased(now)
    oldest = waiting.order_by(F("queued_until").asc(nulls_first=True), "created_at")
    found = list(oldest.values_list("pk", flat=True)[:BATCH])
    for job in list(Job.objects.secrets_left(now - jobs.SECRETS_KEPT).select_related("service")):
        try:
            forget_secrets(job=job, actor=None)
        except Exception:
            logger.exception("the secrets of job %s could not be wiped", job.pk)
    return sum(queue_job(job_id=pk, now=now) for pk in found)


@shared_task
def sweep_staff_lists() -> int:
    """Queue staff lists whose worker was lost, and drop those whose upload never came to its end.

    How many were queued; what waits longest comes first.
    """
    now = timezone.now()
    waiting = StaffImport.objects.under_way().unleased(now)
    oldest = waiting.order_by(F("queued_until").asc(nulls_first=True), "created_at")
    found = list(oldest.values_list("pk", flat=True)[:BATCH])
    forget_unfinished(now=now)
    return sum(queue_list(import_id=pk, now=now) for pk in found)


@shared_task
def sweep_accounts() -> int:
    """Shut the accounts of people whose day of discharge has come."""
    return close_accounts()


@shared_task
def sweep_sessions() -> int:
    """Forget sessions that have run out, and where they were."""
    return forget_ended()
