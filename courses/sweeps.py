import logging
from datetime import datetime, timedelta

from celery import shared_task
from django.db.models import F, Q
from django.utils import timezone

from courses.actions.assignments import enrol_assigned
from courses.actions.digests import collect_digests, requeue_digests
from courses.actions.kinds import settle_ticks
from courses.assigning import is_over, newcomers
from courses.completion import evaluate_all
from courses.models import Assignment, Enrolment, Status

BATCH = 200
ASSIGNMENTS_LOOKED_AT_EVERY = timedelta(minutes=5)
logger = logging.getLogger(__name__)


@shared_task
def sweep_enrolments() -> int:
    """Weigh enrolments that a publication left behind because its task was lost."""
    behind = Enrolment.objects.behind_publication().order_by("pk")[:BATCH]
    return evaluate_all(list(behind.values_list("pk", flat=True)))


@shared_task
def sweep_ticks() -> int:
    """Mark practical lessons done that a shorter checklist has made whole."""
    return settle_ticks(most=BATCH)


@shared_task
def sweep_digests() -> int:
    """Gather the reminder mails of the day where it is day; queue again those that were lost."""
    return collect_digests() + requeue_digests()


@shared_task
def sweep_assignments() -> int:
    """Enrol officers who came under an assignment since it was made; at most 200 at once.

    Each assignment is leased by a conditional update of `swept_at`. One officer who fails is
    logged, and holds up none behind him.
    """
    now = timezone.now()
    unswept = Q(swept_at=None) | Q(swept_at__lte=now - ASSIGNMENTS_LOOKED_AT_EVERY)
    waiting = Assignment.objects.active().filter(
        unswept, include_new=True, course__status=Status.PUBLISHED
    )
    enrolled = 0
    for assignment in (
        waiting.select_related("course", "organisation", "created_by")
        .order_by(F("swept_at").asc(nulls_first=True), "pk")
        .iterator(50)
    ):
        leased = Assignment.objects.filter(unswept, pk=assignment.pk)
        if is_over(assignment) or not leased.update(swept_at=now):
            continue
        enrolled += _enrol_newcomers(assignment, BATCH - enrolled, now)
        if enrolled >= BATCH:
            Assignment.objects.filter(pk=assignment.pk).update(swept_at=None)  # there may be more
            break
    return enrolled


def _enrol_newcomers(assignment: Assignment, most: int, now: datetime) -> int:
    enrolled = 0
    for officer in newcomers(assignment).select_related("service")[:most]:
        try:
            enrol_assigned(assignment=assignment, officer=officer, actor=None, now=now)
        except Exception:
            logger.exception("officer %s could not be assigned %s", officer.pk, assignment.pk)
        else:
            enrolled += 1
    return enrolled
