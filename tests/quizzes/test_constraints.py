"""What must never be false of quizzes and attempts: the database itself refuses."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import ProtectedError
from django.utils import timezone

from courses.models import Enrolment
from quizzes.actions import grant_attempt, submit_attempt
from quizzes.models import (
    Attempt,
    AttemptGrant,
    AttemptItem,
    Question,
    QuestionBank,
    QuestionVersion,
    Quiz,
    ResponseSave,
    RevisionQuestion,
    Slot,
)
from tests import factories
from tests.courses.broken import again, assert_refused, change, constraints_of
from tests.quizzes.helpers import A, lesson_of, saved

pytestmark = pytest.mark.django_db
LATER = timezone.now() + timedelta(days=1)


def an_enrolment() -> Enrolment:
    course = factories.published_course(factories.service(), readings=0, questions=2)
    return factories.enrolled(factories.officer(course.owner), course)


def open_attempt() -> Attempt:
    return factories.started(an_enrolment())


def submitted_attempt() -> Attempt:
    return submit_attempt(attempt=open_attempt())


def an_item() -> AttemptItem:
    return open_attempt().items.get(position=1)


def a_save() -> ResponseSave:
    saved(open_attempt(), A)
    return ResponseSave.objects.get()


def a_grant() -> AttemptGrant:
    enrolment = an_enrolment()
    return grant_attempt(
        enrolment=enrolment, lesson=lesson_of(enrolment), reason="x", actor=factories.operator()
    )


def first(model: type[Any]) -> Callable[[], Any]:
    def row() -> Any:
        an_enrolment()
        return model.objects.order_by("pk")[0]

    return row


def second_item_of_the_same_question(item: AttemptItem) -> None:
    other = item.attempt.items.get(position=2)
    change(other, version=item.version_id)


ATTEMPT: dict[str, list[tuple[Callable[[], Any], Callable[[Any], None]]]] = {
    "one_attempt_a_number": [(submitted_attempt, again)],
    "one_open_attempt": [(open_attempt, lambda row: again(row, number=2))],
    "submitted_after_started": [
        (
            submitted_attempt,
            lambda row: change(row, submitted_at=row.started_at - timedelta(microseconds=1)),
        )
    ],
    "marked_when_submitted": [
        (open_attempt, lambda row: change(row, submitted_at=LATER)),
        (open_attempt, lambda row: change(row, mark=1)),
        (open_attempt, lambda row: change(row, passed=True)),
        (submitted_attempt, lambda row: change(row, mark=None)),
        (submitted_attempt, lambda row: change(row, passed=None)),
        (submitted_attempt, lambda row: change(row, submitted_at=None)),
    ],
    "mark_within_its_maximum": [
        (submitted_attempt, lambda row: change(row, mark=Decimal("2.0000001"))),
        (submitted_attempt, lambda row: change(row, mark=Decimal("-2.0000001"))),
    ],
    "attempt_has_marks": [(open_attempt, lambda row: change(row, max_mark=0))],
    "one_item_a_position": [
        (an_item, lambda row: change(row.attempt.items.get(position=2), position=1))
    ],
    "no_question_twice": [(an_item, second_item_of_the_same_question)],
    "fraction_within_one": [
        (an_item, lambda row: change(row, fraction=Decimal("1.0000001"))),
        (an_item, lambda row: change(row, fraction=Decimal("-1.0000001"))),
    ],
    "a_save_once": [(a_save, again)],
    "granted_with_a_reason": [(a_grant, lambda row: change(row, reason=""))],
}
BANK: dict[str, list[tuple[Callable[[], Any], Callable[[Any], None]]]] = {
    "one_bank_key_an_owner": [(first(QuestionBank), again)],
    "one_question_key_a_bank": [(first(Question), again)],
    "difficulty_one_to_three": [
        (first(Question), lambda row: change(row, difficulty=0)),
        (first(Question), lambda row: change(row, difficulty=4)),
    ],
    "one_version_a_number": [(first(QuestionVersion), again)],
    "pass_mark_is_a_percentage": [
        (first(Quiz), lambda row: change(row, pass_mark=Decimal("-0.01"))),
        (first(Quiz), lambda row: change(row, pass_mark=Decimal("100.01"))),
    ],
    "at_least_one_attempt": [(first(Quiz), lambda row: change(row, attempts=0))],
    "time_limit_is_positive": [(first(Quiz), lambda row: change(row, time_limit=0))],
    "one_slot_a_position": [(first(Slot), again)],
    "fixed_or_drawn": [
        (first(Slot), lambda row: change(row, count=2)),
        (first(Slot), lambda row: change(row, difficulty=1)),
    ],
    "one_row_a_revision_and_question": [(first(RevisionQuestion), again)],
    "draws_at_least_one": [(first(Slot), lambda row: change(row, question=None, count=0))],
    "slot_mark_is_positive": [(first(Slot), lambda row: change(row, mark=0))],
}
CASES = ATTEMPT | BANK


def test_every_constraint_is_tried() -> None:
    assert CASES.keys() == constraints_of("quizzes").keys()


@pytest.mark.parametrize(
    ("name", "make", "act"),
    [(name, make, act) for name, cases in CASES.items() for make, act in cases],
)
def test_the_database_refuses(
    name: str, make: Callable[[], Any], act: Callable[[Any], None]
) -> None:
    row = make()
    assert_refused("quizzes", name, lambda: act(row))


def test_a_submitted_one_makes_room_for_the_next() -> None:
    again(submitted_attempt(), number=2, submitted_at=None, mark=None, passed=None)
    assert Attempt.objects.count() == 2


def test_the_same_count_of_another_tab_or_question_is_another_save() -> None:
    row = a_save()
    again(row, client="other")
    again(row, seq=2)
    again(row, item_id=row.item.attempt.items.get(position=2).pk)
    assert ResponseSave.objects.count() == 4


def test_large_counts_fit_both_databases() -> None:
    again(a_save(), seq=2**63 - 1)
    assert ResponseSave.objects.filter(seq=2**63 - 1).exists()


def test_a_question_that_a_revision_names_is_protected() -> None:
    course = factories.published_course(factories.service(), questions=2)
    named = RevisionQuestion.objects.filter(revision=course.current_revision)
    assert named.count() == 2
    with pytest.raises(ProtectedError):
        QuestionVersion.objects.filter(pk__in=named.values("version")).delete()
