"""The worker's side of jobs: takes the items of a job in order, each in one transaction."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from lms.people import jobs
from lms.people.jobs import JobKind, JobOutcome
from lms.people.models import Job, JobItem, User

LEASE = timedelta(minutes=2)  # longer than a slice: nobody takes up what is being worked on
SLICE_SECONDS = 15.0  # then other tasks have their turn
BATCH = 100
logger = logging.getLogger(__name__)


def work_on(job_id: UUID, *, seconds: float = SLICE_SECONDS) -> bool:
    """Work on a job for some time; whether there is more to do at once.

    Can run twice, and beside itself: an item is locked and must still be waiting, and what is done
    to it is one transaction with its state. A job without a kind is left for the code that knows
    it; items that met a busy database are left to the sweep.
    """
    job = Job.objects.unfinished().filter(pk=job_id).first()
    kind = jobs.find(job.kind) if job else None
    if job is None or kind is None:
        if job:
            logger.error("job %s is of a kind that nobody registered: %s", job.pk, job.kind)
        return False
    Job.objects.filter(pk=job.pk).update(queued_until=timezone.now() + LEASE)
    end = monotonic() + seconds
    for item_id, thing in _waiting(job):
        if monotonic() >= end:
            return True
        _work_on_item(job, kind, item_id, thing)
    _finish(job, timezone.now())
    return False


def _waiting(job: Job) -> Iterator[tuple[int, str]]:
    """Ids and things of the items that wait, in order, each once."""
    position = -1
    while True:
        rows = list(
            job.items.filter(state=JobItem.State.WAITING, position__gt=position)
            .order_by("position")
            .values_list("pk", "thing", "position")[:BATCH]
        )
        if not rows:
            return
        for item_id, thing, _position in rows:
            yield item_id, thing
        position = rows[-1][2]


def _work_on_item(job: Job, kind: JobKind, item_id: int, thing: str) -> None:
    """Do one item; one that fails is logged, told as failed, and holds up none behind it."""
    job.actor = User.objects.select_related("service").get(pk=job.actor_id)
    with translation.override(job.actor.language), timezone.override(job.actor.zone):
        try:
            act = kind.ready(job, thing)
            with transaction.atomic():
                if _is_waiting(item_id):
                    _note(item_id, act())
        except OperationalError:
            logger.exception("item %s of job %s waits for a better time", thing, job.pk)
        except Exception:
            logger.exception("item %s of job %s could not be done", thing, job.pk)
            message = _("This could not be done because of a fault. Nothing was changed.")
            with transaction.atomic():
                if _is_waiting(item_id):
                    _note(item_id, jobs.failed(message))


def _is_waiting(item_id: int) -> bool:
    """Whether the item is ours to do; it stays locked until the end of the transaction."""
    found = JobItem.objects.select_for_update(skip_locked=True).filter(
        pk=item_id, state=JobItem.State.WAITING
    )
    return found.first() is not None


def _note(item_id: int, outcome: JobOutcome) -> None:
    JobItem.objects.filter(pk=item_id).update(
        state=JobItem.State(outcome.state), result=outcome.result, done_at=timezone.now()
    )


def _finish(job: Job, now: datetime) -> None:
    """Close the job if nothing waits; the items of another worker may still be on their way."""
    if not job.items.filter(state=JobItem.State.WAITING).exists():
        Job.objects.unfinished().filter(pk=job.pk).update(finished_at=now)
