import logging

from celery import shared_task

from quizzes.actions import submit_attempt
from quizzes.models import Attempt

BATCH = 200
logger = logging.getLogger(__name__)


@shared_task
def sweep_attempts() -> int:
    """Submit attempts whose time and grace are over, with what was saved of them; how many.

    One that fails is logged, tried again by the next sweep, and holds up none behind it.
    """
    submitted = 0
    for attempt in list(Attempt.objects.out_of_time().order_by("deadline_at")[:BATCH]):
        try:
            submit_attempt(attempt=attempt, in_time=False)
        except Exception:
            logger.exception("attempt %s could not be submitted", attempt.pk)
        else:
            submitted += 1
    return submitted
