from uuid import UUID

from celery import shared_task

from lms.people.importing.work import work_on_list
from lms.people.job_work import work_on


@shared_task
def run_job(job_id: str) -> None:
    """Work on a job for a while, and queue what is left behind what else is waiting."""
    if work_on(UUID(job_id)):
        run_job.delay(job_id)


@shared_task
def carry_on_staff_list(import_id: str) -> None:
    """Work on a staff list for a while, and queue what is left behind what else is waiting."""
    if work_on_list(UUID(import_id)):
        carry_on_staff_list.delay(import_id)
