import logging

from celery import shared_task
from django.utils import timezone

from lms.people import job_work, jobs
from lms.people.actions.imports import forget_unfinished
from lms.people.actions.jobs import forget_secrets
from lms.people.actions.posts import close_accounts
from lms.people.actions.sessions import forget_ended
from lms.people.importing import work
from lms.people.models import Job, StaffImport
from lms.people.tasks import carry_on_staff_list, run_job

logger = logging.getLogger(__name__)


@shared_task
def sweep_jobs() -> int:
    """Queue jobs whose worker was lost, and wipe secrets that nobody said were printed.

    How many were queued.
    """
    old = timezone.now() - jobs.SECRETS_KEPT
    for job in list(Job.objects.secrets_left(old).select_related("service")):
        try:
            forget_secrets(job=job, actor=None)
        except Exception:
            logger.exception("the secrets of job %s could not be wiped", job.pk)
    return Job.objects.unfinished().queue(run_job.delay, lease=job_work.LEASE)


@shared_task
def sweep_staff_lists() -> int:
    """Queue staff lists whose worker was lost, and drop those whose upload never came to its end.

    How many were queued.
    """
    forget_unfinished(now=timezone.now())
    return StaffImport.objects.under_way().queue(carry_on_staff_list.delay, lease=work.LEASE)


@shared_task
def sweep_accounts() -> int:
    """Shut the accounts of people whose day of discharge has come."""
    return close_accounts()


@shared_task
def sweep_sessions() -> int:
    """Forget sessions that have run out, and where they were."""
    return forget_ended()
