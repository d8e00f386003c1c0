"""What changes attempts: starting, answering, submitting, granting another."""

import random
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from courses.actions import begin, mark_done
from courses.models import Enrolment, Lesson
from courses.outlines import OutlineLesson
from lms.audit.actions import record
from lms.people.models import User
from quizzes.content import Content, contents_of
from quizzes.drawing import draw
from quizzes.models import Attempt, AttemptGrant, AttemptItem, ResponseSave
from quizzes.sitting_queries import (
    attempt_to_submit,
    attempts_at,
    current_of,
    insert_attempts,
    insert_items,
    insert_saves,
    items_of,
    lock_attempt,
    lock_enrolment,
    saves_since,
)
from quizzes.snapshots import QuizSettings


class NoAttemptLeft(ValueError):
    """All attempts are used, or the quiz is passed and allows no practice."""


class AttemptClosed(ValueError):
    """The attempt was submitted, or its time and grace are over."""


class NoReason(ValueError):
    """An act that must be explained was not."""


def attempts_allowed(*, enrolment: Enrolment, lesson_id: int, settings: QuizSettings) -> int | None:
    """How many attempts the officer has in all: the settings' and those granted; None: no limit."""
    if settings.attempts is None:
        return None
    grants = AttemptGrant.objects.filter(enrolment=enrolment, lesson=lesson_id)
    return settings.attempts + grants.count()


def attempts_counted(taken: Iterable[Attempt], item: OutlineLesson) -> list[Attempt]:
    """Those of an officer's attempts that count at a quiz as published; each has `revision_number`.

    When it must be taken again, those from before neither count as used nor as passed.
    """
    return [
        attempt
        for attempt in taken
        if attempt.is_open or cast(Any, attempt).revision_number >= item.retake_from
    ]


def may_take_another(counted: Sequence[Attempt], allowed: int | None) -> bool:
    """Whether one more may start after these: without a limit always, else until passed."""
    return allowed is None or (
        len(counted) < allowed and not any(attempt.passed for attempt in counted)
    )


def start_attempt(
    *, enrolment: Enrolment, item: OutlineLesson, revision: int, now: datetime | None = None
) -> Attempt:
    """Start an attempt at a quiz as published, or return the one that is open.

    Pins the revision's settings, the questions drawn and their order; the deadline is the
    server's. Raises NoAttemptLeft, and BankTooThin before anything is spent.
    """
    settings = QuizSettings.model_validate(item.body)
    with transaction.atomic():
        lock_enrolment(enrolment.pk)
        taken = attempts_at(enrolment.pk, item.id)
        if is_open := next((attempt for attempt in taken if attempt.is_open), None):
            return is_open
        allowed = attempts_allowed(enrolment=enrolment, lesson_id=item.id, settings=settings)
        if not may_take_another(attempts_counted(taken, item), allowed):
            raise NoAttemptLeft
        now = now or timezone.now()
        seed = secrets.randbits(62)
        rng = random.Random(seed)  # noqa: S311 - which question comes is no secret
        drawn = draw(settings, rng)
        attempt = Attempt(
            enrolment=enrolment,
            lesson_id=item.id,
            revision_id=revision,
            number=len(taken) + 1,
            settings=settings.model_dump(mode="json"),
            pass_mark=settings.pass_mark,
            seed=seed,
            started_at=now,
            max_mark=sum((row.mark for row in drawn), Decimal(0)),
            deadline_at=now + timedelta(minutes=settings.time_limit)
            if settings.time_limit
            else None,
        )
        insert_attempts([attempt])
        contents = contents_of(row.version for row in drawn)
        insert_items(
            [
                AttemptItem(
                    attempt=attempt,
                    position=position,
                    version_id=row.version,
                    max_mark=row.mark,
                    choice_order=_order(contents[row.version], settings, rng),
                )
                for position, row in enumerate(drawn, 1)
            ]
        )
        begin(enrolment=enrolment, now=now)
        record(
            "attempt.started",
            actor=enrolment.officer,
            thing=attempt,
            organisation=enrolment.officer.service_path,
            after={"number": attempt.number},
        )
    return attempt


def _order(content: Content, settings: QuizSettings, rng: random.Random) -> list[str]:
    """In which order the choices of a question stand for one attempt."""
    kind, body = content.type, content.body
    if kind is None:
        return []
    return kind.shuffle(body, rng) if settings.shuffle else kind.fixed_order(body)


@dataclass(frozen=True)
class Saved:
    """An acknowledgement: the row is committed when the caller's transaction is."""

    received_at: datetime
    is_current: bool


def save_response(
    *,
    attempt: Attempt,
    item: AttemptItem,
    client: str,
    seq: int,
    data: dict[str, Any],
    language: str,
    now: datetime | None = None,
) -> Saved:
    """Keep a response. The same (client, seq) again changes nothing and is acknowledged again.

    The latest received counts, but of one client never an older count over a newer one. `now` is
    when it was received, if that was long ago: what comes in at this moment is the latest, even if
    the clock was set back since the one before. Raises AttemptClosed.
    """
    is_live, arrived = now is None, now or timezone.now()
    with transaction.atomic():
        locked = lock_attempt(attempt.pk)
        # Of two tabs at once, the one that got the lock later is the later one.
        now = timezone.now() if is_live else arrived
        current = current_of(item.pk)
        known = saves_since(item.pk, client, seq)
        if known and known[0].seq == seq:
            is_current = current is not None and current.pk == known[0].pk
            return Saved(known[0].received_at, is_current)
        if not locked.accepts(arrived):
            raise AttemptClosed
        row = ResponseSave(
            item=item, client=client, seq=seq, language=language, received_at=now, data=data
        )
        insert_saves([row])
        counts = not known and (
            is_live or current is None or current.client == client or current.received_at <= now
        )
        if counts:
            AttemptItem.objects.filter(pk=item.pk).update(current=row)
    return Saved(now, counts)


def flag(*, item: AttemptItem, flagged: bool) -> None:
    """Mark a question to come back to."""
    if item.flagged != flagged:
        item.flagged = flagged
        item.save(update_fields=["flagged"])


def submit_attempt(
    *, attempt: Attempt, now: datetime | None = None, in_time: bool = True
) -> Attempt:
    """Grade what was saved and close the attempt; a pass counts for the lesson at once.

    Twice is once. `in_time` False: the server submitted because time ran out. An attempt never ends
    before it began, even if the clock was set back meanwhile.
    """
    with transaction.atomic():
        attempt = attempt_to_submit(attempt.pk)
        if not attempt.is_open:
            return attempt
        items = items_of(attempt)
        contents = contents_of(item.version_id for item in items)
        total = Decimal(0)
        for item in items:
            item.fraction = grade(contents[item.version_id], item.response)
            total += item.fraction * item.max_mark
        for fraction in {item.fraction for item in items}:  # few, so few statements
            alike = [item.pk for item in items if item.fraction == fraction]
            AttemptItem.objects.filter(pk__in=alike).update(fraction=fraction)
        attempt.mark = total
        attempt.submitted_at = max(now or timezone.now(), attempt.started_at)
        attempt.passed, attempt.in_time = attempt.is_pass(), in_time
        attempt.save(update_fields=["mark", "submitted_at", "passed", "in_time"])
        officer = attempt.enrolment.officer
        record(
            "attempt.submitted",
            actor=officer if in_time else None,
            thing=attempt,
            organisation=officer.service_path,
            after={"number": attempt.number, "passed": attempt.passed, "in_time": in_time},
        )
        if attempt.passed:
            mark_done(
                enrolment=attempt.enrolment,
                lesson=attempt.lesson_id,
                revision=attempt.revision_id,
                now=attempt.submitted_at,
            )
    return attempt


def grade(content: Content, response: dict[str, Any]) -> Decimal:
    """The fraction for a response; a type no longer known gives nothing."""
    if content.type is None:
        return Decimal(0)
    return content.type.grade(content.body, response).fraction


def grant_attempt(
    *, enrolment: Enrolment, lesson: Lesson, reason: str, actor: User
) -> AttemptGrant:
    """Give the officer one attempt more, with a reason. Raises NoReason."""
    if not reason.strip():
        raise NoReason
    with transaction.atomic():
        granted = AttemptGrant.objects.create(
            enrolment=enrolment, lesson=lesson, reason=reason.strip(), granted_by=actor
        )
        record(
            "attempt.granted",
            actor=actor,
            thing=enrolment,
            organisation=enrolment.officer.service_path,
            after={"lesson": lesson.key, "reason": reason.strip()},
        )
    return granted
