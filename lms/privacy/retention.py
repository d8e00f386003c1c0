"""How each kind of data goes when its time is over: what is found, and what is done to a batch.

`lms.privacy.register` says from when the days count; the sweep applies it.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from certificates.models import Certificate
from courses.models import CalendarFeed, Digest, GuideDraft, Reminder, TextDraft
from lms.audit.actions import forget_addresses
from lms.audit.models import AuditEntry
from lms.people.models import Job, JobItem, PersonRequest, StaffImport, User
from lms.privacy.actions.erasure import erase_person
from lms.privacy.actions.exports import remove_exports
from lms.privacy.models import DataExport
from lms.privacy.register import REGISTER
from quizzes.models import AttemptItem, ResponseSave

BATCH = 200  # rows a transaction
MOST = 5000  # rows of one step; what is left has its turn behind what else is queued
RETENTION = "retention"  # the reason of an erasure that nobody asked for
logger = logging.getLogger(__name__)

Rows = QuerySet[Any]


def _delete(rows: Rows) -> None:
    rows.delete()


@dataclass(frozen=True)
class Step:
    """`found` says what is over by a moment, `act` does it to some of that, in a transaction."""

    found: Callable[[datetime], Rows]
    act: Callable[[Rows], None] = _delete
    batch: int = BATCH
    most: int = MOST

    def apply(self, before: datetime, end: float) -> bool:
        """Do what is over, until `end` (of `monotonic`) at most; whether there is more to do.

        What fails is logged, left as it was, and holds up nothing behind it.
        """
        keys = list(self.found(before).values_list("pk", flat=True)[: self.most])
        is_more = len(keys) == self.most
        for start in range(0, len(keys), self.batch):
            if monotonic() >= end:
                return True
            try:
                with transaction.atomic():
                    self.act(self.found(before).filter(pk__in=keys[start : start + self.batch]))
            except Exception:
                logger.exception("what is kept no longer could not go")
                is_more = False
        return is_more


# Accounts ----------------------------------------------------------------------------------------


def _closed(before: datetime) -> Rows:
    """Discharged before a day, with no certificate that still says something of today."""
    in_force = Certificate.objects.filter(
        Q(expires_on=None) | Q(expires_on__gte=timezone.localdate()),
        enrolment__officer=OuterRef("pk"),
        revoked_at=None,
    )
    found: Rows = User.objects.filter(
        ~Exists(in_force), is_active=False, erased_at=None, leaves_on__lt=before.date()
    )
    return found.order_by("leaves_on", "pk")


def _erase(rows: Rows) -> None:
    for user in rows:
        erase_person(user=user, reason=RETENTION, actor=None)


# What goes ---------------------------------------------------------------------------------------


def _replaced_answers(before: datetime) -> Rows:
    current = AttemptItem.objects.filter(current=OuterRef("pk"))
    return ResponseSave.objects.filter(
        ~Exists(current), item__attempt__submitted_at__lt=before
    ).order_by("pk")


def _with_address(before: datetime) -> Rows:
    entries: Rows = AuditEntry.objects.filter(time__lt=before, address__isnull=False)
    return entries.order_by("time")


def _forget_addresses(rows: Rows) -> None:
    forget_addresses(entries=list(rows.values_list("pk", flat=True)))


def _staff_lists(before: datetime) -> Rows:
    under_way = StaffImport.objects.under_way().values("pk")
    found: Rows = StaffImport.objects.filter(created_at__lt=before).exclude(headers=[])
    return found.exclude(pk__in=under_way).order_by("created_at")


def _put_out_of_sight(rows: Rows) -> None:
    """As an upload that broke off: `lms.people.sweeps.sweep_staff_lists` drops it row by row."""
    rows.order_by().update(headers=[], columns={}, state=StaffImport.State.UPLOADED)


def _reminders(before: datetime) -> Rows:
    """Of courses that are over: those of a live one keep it from being reminded of anew."""
    over = Q(enrolment__completed_at__isnull=False) | Q(enrolment__cancelled_at__isnull=False)
    return Reminder.objects.filter(over, created_at__lt=before).order_by("pk")


# By the kind of data. One-time codes are wiped by `lms.people.sweeps.sweep_jobs`, sessions that ran
# out by `sweep_sessions` there.
STEPS: Final[Mapping[str, Sequence[Step]]] = {
    "accounts": [Step(_closed, _erase, batch=1, most=20)],
    "answers": [Step(_replaced_answers)],
    "addresses": [Step(_with_address, _forget_addresses)],
    "staff_lists": [Step(_staff_lists, _put_out_of_sight)],
    "requests": [Step(lambda before: PersonRequest.objects.filter(settled_at__lt=before))],
    "jobs": [
        Step(lambda before: JobItem.objects.filter(job__finished_at__lt=before).order_by("pk")),
        Step(lambda before: Job.objects.filter(finished_at__lt=before, items=None)),
    ],
    "reminders": [
        Step(_reminders),
        Step(lambda before: Digest.objects.filter(created_at__lt=before, reminders=None)),
    ],
    "calendars": [Step(lambda before: CalendarFeed.objects.filter(revoked_at__lt=before))],
    "drafts": [
        Step(lambda before: TextDraft.objects.filter(saved_at__lt=before)),
        Step(lambda before: GuideDraft.objects.filter(saved_at__lt=before)),
    ],
    "operator_log": [Step(lambda before: LogEntry.objects.filter(action_time__lt=before))],
    "exports": [Step(lambda before: DataExport.objects.filter(made_at__lt=before), remove_exports)],
}


def steps_at(now: datetime) -> Iterator[tuple[Step, datetime]]:
    """All steps in the order of the register, each with the moment before which things are over."""
    for kind in REGISTER:
        for step in STEPS.get(kind.code, ()):
            yield step, now - timedelta(days=kind.days or 0)


def apply_all(steps: Iterable[tuple[Step, datetime]], *, seconds: float) -> bool:
    """Apply steps, each with the moment before which things are over; whether there is more."""
    end = monotonic() + seconds
    left = False
    for step, before in steps:
        if monotonic() >= end:
            return True
        try:
            left |= step.apply(before, end)
        except Exception:
            logger.exception("what is kept no longer could not be found")
    return left
