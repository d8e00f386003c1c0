"""What changes attempts: starting, answering, submitting, granting another."""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from courses.actions import begin, mark_done
from courses.models import Enrolment, Lesson
from courses.outlines import OutlineLesson
from lms.audit.actions import record
from lms.people.models import User
from quizzes.drawing import draw
from quizzes.models import Attempt, AttemptGrant, AttemptItem, QuestionVersion, ResponseSave
from quizzes.snapshots import QuizSettings
from quizzes.types import registry


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


def attempts_counted(*, enrolment: Enrolment, item: OutlineLesson) -> QuerySet[Attempt]:
    """The officer's attempts at a quiz as published, oldest first.

    When it must be taken again, those from before neither count as used nor as passed.
    """
    since = Q(revision__number__gte=item.retake_from) | Q(submitted_at=None)
    return Attempt.objects.filter(since, enrolment=enrolment, lesson=item.id)


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
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        earlier = Attempt.objects.filter(enrolment=enrolment, lesson=item.id)
        if attempt := earlier.open().first():
            return attempt
        allowed = attempts_allowed(enrolment=enrolment, lesson_id=item.id, settings=settings)
        counted = list(attempts_counted(enrolment=enrolment, item=item))
        if not may_take_another(counted, allowed):
            raise NoAttemptLeft
        now = now or timezone.now()
        seed = secrets.randbits(62)
        rng = random.Random(seed)  # noqa: S311 - which question comes is no secret
        drawn = draw(settings, rng)
        attempt = Attempt.objects.create(
            enrolment=enrolment,
            lesson_id=item.id,
            revision_id=revision,
            number=earlier.count() + 1,
            settings=settings.model_dump(mode="json"),
            pass_mark=settings.pass_mark,
            seed=seed,
            started_at=now,
            max_mark=sum((row.mark for row in drawn), Decimal(0)),
            deadline_at=now + timedelta(minutes=settings.time_limit)
            if settings.time_limit
            else None,
        )
        AttemptItem.objects.bulk_create(
            AttemptItem(
                attempt=attempt,
                position=position,
                version=row.version,
                max_mark=row.mark,
                choice_order=_order(row.version, settings, rng),
            )
            for position, row in enumerate(drawn, 1)
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


def _order(version: QuestionVersion, settings: QuizSettings, rng: random.Random) -> list[str]:
    """In which order the choices of a question stand for one attempt."""
    question_type = registry.get(version.question.type)
    if question_type is None:
        return []
    body = question_type.parse(version.body)
    return question_type.shuffle(body, rng) if settings.shuffle else question_type.fixed_order(body)


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
    is_live, now = now is None, now or timezone.now()
    with transaction.atomic():
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        known = ResponseSave.objects.filter(item=item, client=client, seq__gte=seq)
        later = list(known.order_by("seq")[:2])
        if later and later[0].seq == seq:
            is_current = AttemptItem.objects.filter(pk=item.pk, current=later[0].pk).exists()
            return Saved(later[0].received_at, is_current)
        if not locked.accepts(now):
            raise AttemptClosed
        row = ResponseSave.objects.create(
            item=item, client=client, seq=seq, language=language, received_at=now, data=data
        )
        older = Q(current=None) | Q(current__client=client) | Q(current__received_at__lte=now)
        mine = AttemptItem.objects.filter(Q() if is_live else older, pk=item.pk)
        counts = not later and mine.update(current=row)
    return Saved(now, bool(counts))


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
        attempt = (
            Attempt.objects.select_for_update(of=("self",))
            .select_related("enrolment__officer__service")
            .get(pk=attempt.pk)
        )
        if not attempt.is_open:
            return attempt
        items = list(attempt.items.select_related("version__question", "current"))
        total = Decimal(0)
        for item in items:
            item.fraction = grade(item)
            total += item.fraction * item.max_mark
        AttemptItem.objects.bulk_update(items, ["fraction"])
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


def grade(item: AttemptItem) -> Decimal:
    """The fraction for the response that counts; a type no longer known gives nothing."""
    question_type = registry.get(item.version.question.type)
    if question_type is None:
        return Decimal(0)
    return question_type.grade(question_type.parse(item.version.body), item.response).fraction


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
