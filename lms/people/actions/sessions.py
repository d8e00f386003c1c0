"""Signing out elsewhere; what is over is forgotten."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lms.audit.actions import record
from lms.people.models import User

BATCH = 200


def end_sessions(*, user: User, but: str | None, only: int | None = None) -> int:
    """End the person's sessions, or the one with the key `only`, and say how many that were.

    `but` is the session that asks, which stays. A second call changes nothing.
    """
    rows = UserSession.objects.filter(user=user).exclude(session_key=but)
    if only is not None:
        rows = rows.filter(pk=only)
    with transaction.atomic():
        if count := end_listed(rows):
            record(
                "session.ended_elsewhere",
                actor=user,
                thing=user,
                organisation=user.service_path,
                after={"items": count},
            )
    return count


def end_listed(rows: QuerySet[UserSession]) -> int:
    """End the sessions of these lines of the list, in the caller's transaction; how many."""
    keys = list(rows.values_list("session_key", flat=True))
    _all, ended = Session.objects.filter(session_key__in=keys).delete()
    rows.filter(session_key__in=keys).delete()
    return ended.get(Session._meta.label, 0)


def forget_ended() -> int:
    """Delete sessions that have run out, and the lines of the list that lead nowhere any more.

    How many lines; in batches, each committed by itself.
    """
    over = Session.objects.filter(expire_date__lte=timezone.now())
    while keys := list(over.values_list("pk", flat=True)[:BATCH]):
        Session.objects.filter(pk__in=keys).delete()
    count = 0
    idle = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
    while pks := list(idle.values_list("pk", flat=True)[:BATCH]):
        count += UserSession.objects.filter(pk__in=pks).delete()[0]
    return count
