"""What a coordinator changes about enrolments: due dates."""

from datetime import date, datetime

from django.db import transaction

from courses.actions.study import unit_zone
from courses.models import Enrolment
from lms.audit.actions import record
from lms.people.models import User


class Ended(ValueError):
    """The enrolment is completed or cancelled, so that nothing of it is put off."""


class NoReason(ValueError):
    """A due date that was promised is not changed without a reason."""


def stated(reason: str) -> str:
    """The reason without blanks around it. Raises NoReason."""
    if not (reason := reason.strip()):
        raise NoReason
    return reason


def extend_due(
    *,
    enrolment: Enrolment,
    due_on: date | None,
    reason: str,
    actor: User | None,
    now: datetime | None = None,
) -> Enrolment:
    """Give a live enrolment another due day, or none; the day ends in the zone of the unit.

    The same day again changes nothing. Raises Ended, and NoReason.
    """
    reason = stated(reason)
    with transaction.atomic():
        enrolment = (
            Enrolment.objects.select_for_update(of=("self",))
            .select_related("officer__service", "course")
            .get(pk=enrolment.pk)
        )
        if not enrolment.is_live:
            raise Ended
        before = enrolment.due_on
        if before == due_on:
            return enrolment
        enrolment.set_due(due_on, unit_zone(enrolment.officer))
        enrolment.save(update_fields=["due_on", "due_at", "due_changes"])
        record(
            "enrolment.due_changed",
            actor=actor,
            thing=enrolment,
            organisation=enrolment.officer.service_path,
            before={"due_on": before.isoformat() if before else None},
            after={"due_on": due_on.isoformat() if due_on else None, "reason": reason},
        )
    return enrolment
