"""Jobs: work on many things, asked for by a person and done item by item."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from lms.audit.actions import record
from lms.people import jobs
from lms.people.job_work import LEASE, work_on
from lms.people.models import Job, JobItem, User
from lms.people.tasks import run_job

LABEL_LENGTH = 255


class NothingToDo(ValueError):
    """A job needs at least one thing."""


def start_job(
    *,
    kind: str,
    actor: User,
    params: dict[str, Any],
    things: Iterable[tuple[str, str]],
    key: UUID | None = None,
) -> Job:
    """Write down what is to be done and have it done after commit.

    `things` are pairs of primary key and label; one that comes twice is one item. `key` makes a
    second click harmless: the job that it started first is returned, if it is the same person's.
    A job as small as its kind says is worked on in this process, so that the person sees the
    result at once; a worker does the others.

    Raises KeyError for an unknown kind, NothingToDo, and ValueError for an operator, who belongs
    to no service, or for somebody else's key.
    """
    found = jobs.get(kind)
    if actor.service_id is None:
        raise ValueError("a job is a service's")
    if key and (earlier := _started_with(key, actor)):
        return earlier
    labels = dict(things)
    if not labels:
        raise NothingToDo
    key = key or uuid4()
    try:
        return _start(key, found, actor, params, labels)
    except IntegrityError:  # the other click was at it in the same moment
        if earlier := _started_with(key, actor):
            return earlier
        raise


def _started_with(key: UUID, actor: User) -> Job | None:
    earlier = Job.objects.filter(pk=key).first()
    if earlier and earlier.actor_id != actor.pk:
        raise ValueError("this key is another person's")
    return earlier


def _start(
    key: UUID, found: jobs.JobKind, actor: User, params: dict[str, Any], labels: dict[str, str]
) -> Job:
    with transaction.atomic():
        job = Job(
            id=key,
            kind=found.code,
            actor=actor,
            service_id=cast(int, actor.service_id),
            params=params,
            queued_until=timezone.now() + LEASE,
        )
        job.save(force_insert=True)
        JobItem.objects.bulk_create(
            (
                JobItem(job=job, position=position, thing=thing, label=label[:LABEL_LENGTH])
                for position, (thing, label) in enumerate(labels.items())
            ),
            batch_size=500,
        )
        record(
            "job.started",
            actor=actor,
            thing=job,
            organisation=actor.service_path,
            after={"kind": found.code, "items": len(labels)},
        )
        if len(labels) <= found.at_once:
            transaction.on_commit(lambda: _work_here(job.pk), robust=True)
        else:
            transaction.on_commit(lambda: run_job.delay(str(job.pk)), robust=True)
    return job


def _work_here(job_id: UUID) -> None:
    """In the request, but not for longer than it may last."""
    if work_on(job_id, seconds=8):
        run_job.delay(str(job_id))


def forget_secrets(*, job: Job, actor: User | None) -> int:
    """Wipe the secret results of a job; how many there were. A second call finds none."""
    with transaction.atomic():
        wiped = job.items.exclude(result={}).update(result={})
        if wiped:
            record(
                "job.secrets_wiped",
                actor=actor,
                thing=job,
                organisation=job.service.path,
                after={"items": wiped},
            )
    return wiped
