from celery import shared_task

from lms.reports.actions import keep_figures


@shared_task
def sweep_figures() -> int:
    """Count anew the figures of the units that are too large to be counted for each page."""
    return keep_figures()
