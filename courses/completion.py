"""Weighs an enrolment against what is published, and completes it. One transaction each."""

import logging
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from courses.models import Enrolment
from courses.outlines import outline_of
from courses.signals import course_completed
from courses.standing import Standing, standing_of
from lms.audit.actions import record

logger = logging.getLogger(__name__)


def standing_in(enrolment: Enrolment) -> Standing:
    """Where the enrolment stands: in the revision it was completed under, else in the current one.

    One query (two when the outline is not in memory).
    """
    revision = enrolment.completed_revision_id or enrolment.course.current_revision_id
    if revision is None:
        raise ValueError("the course was never published")
    return standing_of(outline_of(revision), enrolment.progress.to_weigh())


def evaluate(enrolment_id: UUID, *, now: datetime | None = None) -> Enrolment:
    """Complete the enrolment if all that the current revision requires is done.

    What is completed or cancelled stays as it is, so this can be repeated. A completion is
    announced inside the transaction: a listener that fails undoes it. It is never before the
    enrolment, even if the clock was set back meanwhile.
    """
    with transaction.atomic():
        enrolment = (
            Enrolment.objects.select_for_update(of=("self",))
            .select_related("course", "officer", "course__service")
            .get(pk=enrolment_id)
        )
        if not enrolment.is_live or enrolment.course.current_revision_id is None:
            return enrolment
        enrolment.evaluated_revision_id = enrolment.course.current_revision_id
        completed = standing_in(enrolment).is_complete
        if completed:
            enrolment.completed_at = max(now or timezone.now(), enrolment.enrolled_at)
            enrolment.completed_revision_id = enrolment.course.current_revision_id
        enrolment.save(update_fields=["evaluated_revision", "completed_at", "completed_revision"])
        if completed:
            record(
                "course.completed",
                actor=None,
                thing=enrolment,
                organisation=enrolment.officer.service_path,
                after={"course": enrolment.course.code},
            )
            course_completed.send(sender=Enrolment, enrolment=enrolment)
    return enrolment


def evaluate_all(enrolment_ids: Iterable[UUID]) -> int:
    """Evaluate each in a transaction of its own; how many succeeded.

    One that fails is logged, left to the next sweep, and holds up none behind it.
    """
    evaluated = 0
    for pk in enrolment_ids:
        try:
            evaluate(pk)
        except Exception:
            logger.exception("enrolment %s could not be evaluated", pk)
        else:
            evaluated += 1
    return evaluated
