"""Another attempt for an officer who has used up all that he had."""

from django.db import transaction

from courses.models import Enrolment, Lesson
from courses.outlines import OutlineLesson
from lms.people.models import User
from quizzes.actions.sitting import (
    attempts_allowed,
    attempts_counted,
    grant_attempt,
    may_take_another,
)
from quizzes.models import AttemptGrant
from quizzes.sitting_queries import attempts_at
from quizzes.snapshots import QuizSettings


class NotUsedUp(ValueError):
    """The officer can still take the test, has passed it, or no longer takes the course."""


def is_used_up(*, enrolment: Enrolment, item: OutlineLesson) -> bool:
    """Whether the officer, still taking the course, has failed all attempts at this quiz."""
    settings = QuizSettings.model_validate(item.body)
    counted = attempts_counted(attempts_at(enrolment.pk, item.id), item)
    allowed = attempts_allowed(enrolment=enrolment, lesson_id=item.id, settings=settings)
    is_settled = any(attempt.passed or attempt.is_open for attempt in counted)
    return enrolment.is_live and not is_settled and not may_take_another(counted, allowed)


def grant_another(
    *, enrolment: Enrolment, item: OutlineLesson, reason: str, actor: User
) -> AttemptGrant:
    """Give one attempt more at a quiz as published, once the last one was failed.

    A double click gives one: after the first there is an attempt left. Raises NotUsedUp, NoReason.
    """
    with transaction.atomic():
        enrolment = (
            Enrolment.objects.select_for_update(of=("self",))
            .select_related("officer__service")
            .get(pk=enrolment.pk)
        )
        if not is_used_up(enrolment=enrolment, item=item):
            raise NotUsedUp
        lesson = Lesson.objects.get(pk=item.id)
        return grant_attempt(enrolment=enrolment, lesson=lesson, reason=reason, actor=actor)
