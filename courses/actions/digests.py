"""Reminder mails: gathered once a day and person, sent after commit."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.digests import LEASE, is_daytime, people_waiting, reminders_for
from courses.models import Digest, Reminder
from courses.tasks import send_digest
from lms.leases import lease_is_over
from lms.people.models import User

BATCH = 1000  # mails a sweep: what one worker hands to a mail server within a few minutes


def collect_digests(*, now: datetime | None = None) -> int:
    """Gather what people are to be reminded of today; how many mails were queued.

    At most 1,000 at a time: the next sweep goes on. One transaction a person.
    """
    now = now or timezone.now()
    people = people_waiting(now)
    found = [person for person, _number in zip(people, range(BATCH), strict=False)]
    return sum(gather_digest(user=person, now=now) is not None for person in found)


def gather_digest(*, user: User, now: datetime) -> Digest | None:
    """Write down the mail of the day for a person and queue it; None if there is nothing to say.

    A day's mail is written once: the constraint decides between two sweeps.
    """
    day, by_rule, asked = reminders_for(user, now)
    if not by_rule and not asked.exists():
        return None
    try:
        with transaction.atomic():
            digest = Digest.objects.create(user=user, day=day, queued_until=now + LEASE)
            for reminder in by_rule:
                reminder.digest = digest
            Reminder.objects.bulk_create(by_rule, ignore_conflicts=True)
            asked.update(digest=digest)
            transaction.on_commit(lambda: send_digest.delay(digest.pk), robust=True)
    except IntegrityError:
        return None
    return digest


def requeue_digests(*, now: datetime | None = None) -> int:
    """Queue the mails whose task was lost, where it is day; how many."""
    now = now or timezone.now()
    lost = Digest.objects.filter(lease_is_over(now), sent_at=None).select_related("user__service")
    queued = 0
    for digest in lost.order_by("queued_until")[:BATCH]:
        if not is_daytime(now.astimezone(digest.user.zone)):
            continue
        free = Digest.objects.filter(pk=digest.pk, sent_at=None, queued_until=digest.queued_until)
        if free.update(queued_until=now + LEASE):
            send_digest.delay(digest.pk)
            queued += 1
    return queued
