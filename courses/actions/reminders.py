"""Reminders asked for by hand; the digest sends them with all else of that day."""

from django.db import transaction

from courses.actions.enrolments import Ended
from courses.models import Enrolment, Reminder
from lms.audit.actions import record
from lms.people.models import User


def ask_reminder(*, enrolment: Enrolment, actor: User | None) -> tuple[Reminder, bool]:
    """Have the officer reminded in his next mail; the reminder and whether it is new.

    One that waits already is not doubled. Raises Ended for a completed or cancelled enrolment.
    """
    with transaction.atomic():
        enrolment = (
            Enrolment.objects.select_for_update(of=("self",))
            .select_related("officer__service", "course")
            .get(pk=enrolment.pk)
        )
        if not enrolment.is_live:
            raise Ended
        reminder, is_new = Reminder.objects.get_or_create(
            enrolment=enrolment,
            days=None,
            digest=None,
            defaults={"asked_by": actor, "due_on": enrolment.due_on},
        )
        if is_new:
            record(
                "reminder.asked",
                actor=actor,
                thing=enrolment,
                organisation=enrolment.officer.service_path,
            )
    return reminder, is_new
