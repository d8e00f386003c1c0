"""The sweep: what ran out of time is submitted with what was saved of it."""

from datetime import UTC, datetime, timedelta

import pytest

from courses.models import Enrolment
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from quizzes import sweeps
from quizzes.actions import submit_attempt
from quizzes.models import Attempt
from quizzes.models.attempt import GRACE
from quizzes.sweeps import sweep_attempts
from tests import factories
from tests.quizzes.helpers import A, course_of, saved

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
END = NOON + timedelta(minutes=20)


@pytest.fixture
def enrolment(root: Organisation, officer: User) -> Enrolment:
    return factories.enrolled(officer, course_of(root, questions=2, time_limit=20), now=NOON)


@pytest.fixture
def attempt(enrolment: Enrolment) -> Attempt:
    return factories.started(enrolment, now=NOON)


def test_it_submits_what_was_saved(attempt: Attempt, enrolment: Enrolment) -> None:
    saved(attempt, A, position=2, now=END)
    assert sweep_attempts() == 1
    done = Attempt.objects.get()
    assert (done.is_open, done.in_time, done.mark, done.passed) == (False, False, 1, False)
    entry = AuditEntry.objects.get(verb="attempt.submitted")
    assert (entry.actor, entry.after) == (None, {"number": 1, "passed": False, "in_time": False})
    assert sweep_attempts() == 0


def test_a_pass_that_nobody_finished_counts(attempt: Attempt, enrolment: Enrolment) -> None:
    factories.answered(attempt, now=END)
    sweep_attempts()
    assert factories.refreshed(enrolment).completed_at


def test_only_after_the_grace(attempt: Attempt) -> None:
    last = END + GRACE
    assert not Attempt.objects.out_of_time(last).exists()
    assert attempt.accepts(last)
    after = last + timedelta(microseconds=1)
    assert Attempt.objects.out_of_time(after).get() == attempt
    assert not attempt.accepts(after)


def test_without_a_limit_it_waits_for_ever(root: Organisation, officer: User) -> None:
    enrolment = factories.enrolled(officer, course_of(root, code="DOC-08"), now=NOON)
    factories.started(enrolment, now=NOON)
    assert sweep_attempts() == 0
    assert Attempt.objects.get().is_open


def test_one_in_time_is_left_alone(enrolment: Enrolment) -> None:
    factories.started(enrolment)
    assert sweep_attempts() == 0


def test_one_submitted_meanwhile_stays_as_it_was(
    attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.answered(attempt, now=NOON)
    own = submit_attempt(attempt=attempt, now=END)
    monkeypatch.setattr(Attempt.objects, "out_of_time", lambda: Attempt.objects.all())
    sweep_attempts()
    done = Attempt.objects.get()
    assert (done.in_time, done.submitted_at) == (True, own.submitted_at)


def test_a_backlog_goes_in_batches_the_oldest_first(
    root: Organisation, post: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = course_of(root, questions=1, time_limit=20)
    attempts = [
        factories.started(
            factories.enrolled(factories.officer(post), course, now=NOON),
            now=NOON + timedelta(minutes=minute),
        )
        for minute in (2, 0, 1)
    ]
    monkeypatch.setattr(sweeps, "BATCH", 2)
    assert sweep_attempts() == 2
    assert Attempt.objects.open().get() == attempts[0]
    assert sweep_attempts() == 1


def test_one_that_fails_does_not_keep_the_others(
    root: Organisation, post: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = course_of(root, questions=1, time_limit=20)
    bad, good = (
        factories.started(
            factories.enrolled(factories.officer(post), course, now=NOON),
            now=NOON + timedelta(minutes=minute),
        )
        for minute in (0, 1)
    )

    def submit(*, attempt: Attempt, in_time: bool) -> Attempt:
        if attempt == bad:
            raise ValueError("a body that is none")
        return submit_attempt(attempt=attempt, in_time=in_time)

    monkeypatch.setattr(sweeps, "submit_attempt", submit)
    assert sweep_attempts() == 1
    assert set(Attempt.objects.open()) == {bad}
    assert not Attempt.objects.get(pk=good.pk).is_open
