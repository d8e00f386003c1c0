"""Submitting: marks are sums, the pass mark is exact, and twice is once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Enrolment
from courses.signals import course_completed
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from quizzes.actions import submit_attempt
from quizzes.models import Attempt, AttemptItem, Question, Slot
from quizzes.models.attempt import GRACE, TOLERANCE
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.helpers import A, B, course_of, published, saved
from tests.quizzes.types.samples import BODIES

SEVENTH = Decimal("0.0000001")


def with_marks(root: Organisation, officer: User, *marks: str, pass_mark: str) -> Enrolment:
    """A quiz of fixed questions worth these marks."""
    course = course_of(root, questions=len(marks), pass_mark=Decimal(pass_mark))
    for slot, mark in zip(Slot.objects.order_by("position"), marks, strict=True):
        Slot.objects.filter(pk=slot.pk).update(mark=Decimal(mark))
    return factories.enrolled(officer, published(course))


def test_marks_are_sums_of_fractions_times_marks(root: Organisation, officer: User) -> None:
    enrolment = with_marks(root, officer, "2.50", "1.00", "0.50", pass_mark="70")
    attempt = factories.started(enrolment)
    saved(attempt, A, position=1)
    saved(attempt, B, position=2)
    done = submit_attempt(attempt=attempt)
    assert (done.mark, done.max_mark) == (Decimal("2.5"), 4)
    fractions = list(done.items.values_list("fraction", flat=True))
    assert fractions == [1, 0, 0]
    assert done.percent == Decimal("62.5")
    assert done.passed is False
    assert not factories.refreshed(enrolment).completed_at


@pytest.mark.parametrize("question_type", BODIES)
def test_every_type_is_graded(root: Organisation, officer: User, question_type: str) -> None:
    course = factories.draft_course(root)
    lesson = factories.lesson(factories.module(course), kind="quiz")
    quiz = factories.quiz(lesson, questions=0)
    question = factories.question(quiz.bank, BODIES[question_type], type=question_type)
    Slot.objects.create(quiz=quiz, position=1, question=question)
    enrolment = factories.enrolled(officer, published(course))
    assert factories.submitted(enrolment, right=0).mark == 0
    done = factories.submitted(enrolment, right=1)
    assert (done.mark, done.passed) == (1, True)
    assert factories.refreshed(enrolment).completed_at


@pytest.mark.parametrize(
    ("marks", "right", "pass_mark", "passed"),
    [
        (["1", "1", "1", "1"], 3, "75", True),
        (["1", "1", "1", "1"], 3, "75.01", False),
        (["1", "1", "1"], 2, "66.66", True),
        (["1", "1", "1"], 2, "66.67", False),
        (["1", "1", "1"], 3, "100", True),
        (["1", "1", "1"], 2, "100", False),
        (["1", "1"], 0, "0", True),
        (["0.01", "0.01", "0.01"], 1, "33.33", True),
        (["9999.99", "0.01"], 1, "100", False),
    ],
)
def test_passed_at_exactly_the_pass_mark(
    root: Organisation, officer: User, marks: list[str], right: int, pass_mark: str, passed: bool
) -> None:
    enrolment = with_marks(root, officer, *marks, pass_mark=pass_mark)
    done = factories.submitted(enrolment, right=right)
    assert done.passed is passed
    assert bool(factories.refreshed(enrolment).completed_at) is passed


def result(mark: Decimal, of: Decimal, pass_mark: Decimal) -> Attempt:
    attempt = Attempt(mark=mark, max_mark=of, pass_mark=pass_mark)
    attempt.passed = attempt.is_pass()
    return attempt


@pytest.mark.parametrize(
    ("percent", "passed"),
    [
        (Decimal(70), True),
        (Decimal(70) - TOLERANCE, True),
        (Decimal(70) - TOLERANCE * Decimal("1.001"), False),
        (Decimal("69.9999"), False),
        (Decimal(-20), False),
    ],
)
def test_the_tolerance_is_a_ten_millionth(percent: Decimal, passed: bool) -> None:
    assert result(percent, Decimal(100), Decimal(70)).passed is passed


@pytest.mark.parametrize(
    ("mark", "of", "pass_mark", "shown"),
    [
        ("69.96", "100", "70", "69.9"),  # never up over the line
        ("69.999999", "100", "70", "69.9"),
        ("79.996", "100", "80", "79.9"),
        ("69.99999999", "100", "70", "70"),  # passed by the tolerance
        ("2", "3", "50", "66.7"),
        ("1", "3", "50", "33.3"),
        ("1", "8", "10", "12.5"),
        ("0.125", "1", "10", "12.5"),
        ("0.1255", "1", "10", "12.6"),  # half up
        ("1", "1", "70", "100"),
        ("0", "1", "70", "0"),
        ("-1", "1", "70", "0"),
        ("1", "10", "0", "10"),
    ],
)
def test_what_is_shown(mark: str, of: str, pass_mark: str, shown: str) -> None:
    attempt = result(Decimal(mark), Decimal(of), Decimal(pass_mark))
    assert str(attempt.shown_percent) == shown


@given(st.decimals(0, 100, places=7), st.decimals(1, 100, places=2), st.decimals(0, 100, places=2))
def test_what_is_shown_never_crosses_the_line(
    mark: Decimal, of: Decimal, pass_mark: Decimal
) -> None:
    attempt = result(min(mark, of), of, pass_mark)
    assert 0 <= attempt.shown_percent <= 100
    if not attempt.passed:
        assert attempt.shown_percent < pass_mark
    assert abs(attempt.shown_percent - attempt.percent) < Decimal("0.1")
    assert "E" not in str(attempt.shown_percent)


def test_twice_is_once(enrolment: Enrolment) -> None:
    heard: list[Any] = []

    def receiver(enrolment: Enrolment, **_kwargs: Any) -> None:
        heard.append(enrolment.pk)

    course_completed.connect(receiver)
    try:
        first = factories.submitted(enrolment)
        item = first.items.earliest("position")
        AttemptItem.objects.filter(pk=item.pk).update(current=None)  # what would now give less
        again = submit_attempt(attempt=first, in_time=False)
    finally:
        course_completed.disconnect(receiver)
    assert (again.mark, again.submitted_at, again.in_time) == (4, first.submitted_at, True)
    assert heard == [enrolment.pk]
    assert AuditEntry.objects.filter(verb="attempt.submitted").count() == 1


def test_an_attempt_in_hand_from_before_is_no_second_submission(enrolment: Enrolment) -> None:
    attempt = factories.started(enrolment)
    stale = Attempt.objects.get()
    factories.answered(attempt)
    submit_attempt(attempt=attempt)
    assert submit_attempt(attempt=stale).mark == 4


def test_a_failure_after_a_pass_takes_nothing_back(root: Organisation, officer: User) -> None:
    practice = {"attempts": None}
    course = factories.published_course(root, readings=1, questions=2, quiz_settings=practice)
    enrolment = factories.enrolled(officer, course)
    assert factories.submitted(enrolment).passed
    assert not factories.submitted(enrolment, right=0).passed
    assert factories.read_all(factories.refreshed(enrolment)).completed_at


def test_marks_taken_away_do_not_go_below_the_bottom(
    root: Organisation, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolment = factories.enrolled(officer, course_of(root, questions=2))
    attempt = factories.started(enrolment)
    monkeypatch.setattr("quizzes.actions.sitting.grade", lambda _content, _response: Decimal(-1))
    done = submit_attempt(attempt=attempt)
    assert (done.mark, done.percent, done.passed) == (-2, 0, False)


def test_the_officer_finishes(browser: Client, attempt: Attempt) -> None:
    factories.answered(attempt, right=3)
    page = Page(browser.get(f"/attempts/{attempt.pk}/finish/"))
    assert "1 question is not answered." in page.words
    assert Attempt.objects.get().is_open
    response = browser.post(f"/attempts/{attempt.pk}/finish/")
    assert response["Location"] == f"/attempts/{attempt.pk}/result/"
    done = Attempt.objects.get()
    assert (done.passed, done.in_time, done.mark) == (True, True, 3)
    for method in (browser.get, browser.post):  # again changes nothing
        again = method(f"/attempts/{attempt.pk}/finish/")
        assert again["Location"] == f"/attempts/{attempt.pk}/result/"
    assert Attempt.objects.get().submitted_at == done.submitted_at
    entry = AuditEntry.objects.get(verb="attempt.submitted")
    assert entry.actor == attempt.enrolment.officer
    assert entry.after == {"number": 1, "passed": True, "in_time": True}


def test_all_answered_and_flagged_are_told(browser: Client, attempt: Attempt) -> None:
    factories.answered(attempt)
    form = Page(browser.get(f"/attempts/{attempt.pk}/")).form(f"/attempts/{attempt.pk}/")
    form.send(browser, **{"flag-q2": "on"})
    page = Page(browser.get(f"/attempts/{attempt.pk}/finish/"))
    assert "All questions are answered." in page.words
    numbers = page.all("ol", class_="numbers")[0]
    states = [e.attrs["class"].split() for e in page.all("li") if numbers in e.inside]
    assert [state == ["done", "flag"] for state in states] == [False, True, False, False]


@pytest.mark.parametrize(
    ("method", "address"),
    [("get", ""), ("post", ""), ("get", "finish/"), ("post", "finish/"), ("get", "result/")],
)
def test_beyond_the_grace_the_server_has_finished(
    browser: Client, root: Organisation, officer: User, address: str, method: str
) -> None:
    enrolment = factories.enrolled(officer, course_of(root, code="DOC-08", time_limit=1))
    attempt = factories.answered(factories.started(enrolment), right=3)
    late = timezone.now() - GRACE - timedelta(seconds=1)
    Attempt.objects.update(started_at=late - timedelta(minutes=1), deadline_at=late)
    response = getattr(browser, method)(f"/attempts/{attempt.pk}/{address}")
    assert response.status_code == (200 if address == "result/" else 302)
    page = Page(browser.get(f"/attempts/{attempt.pk}/result/"))
    done = Attempt.objects.get()
    assert (done.is_open, done.in_time, done.passed) == (False, False, True)
    assert "The time ran out; what was saved until then has been marked." in page.words
    assert AuditEntry.objects.get(verb="attempt.submitted").actor is None


def test_within_the_grace_one_may_still_finish(
    browser: Client, root: Organisation, officer: User
) -> None:
    enrolment = factories.enrolled(officer, course_of(root, code="DOC-08", time_limit=1))
    attempt = factories.started(enrolment)
    late = timezone.now() - GRACE / 2
    Attempt.objects.update(started_at=late - timedelta(minutes=1), deadline_at=late)
    browser.post(f"/attempts/{attempt.pk}/finish/")
    assert Attempt.objects.get().in_time


def test_a_question_changed_since_is_graded_as_it_was_asked(
    enrolment: Enrolment, root: Organisation
) -> None:
    attempt = factories.answered(factories.started(enrolment))
    for question in Question.objects.all():
        body = factories.single_choice("Тепер інакше")
        body["choices"][0]["right"], body["choices"][1]["right"] = False, True
        question.versions.create(number=2, state="ready", body=body)
    published(enrolment.course)
    assert submit_attempt(attempt=attempt).mark == 4


def test_decimals_are_kept_unrounded(root: Organisation, officer: User) -> None:
    course = factories.draft_course(root)
    quiz = factories.quiz(factories.lesson(factories.module(course), kind="quiz"), questions=0)
    body = BODIES["matching"]
    for position in (1, 2):
        question = factories.question(quiz.bank, body, type="matching")
        Slot.objects.create(quiz=quiz, position=position, question=question, mark=Decimal(3))
    enrolment = factories.enrolled(officer, published(course))
    attempt = factories.started(enrolment)
    saved(attempt, {"pairs": {"frog": "frog"}})
    done = submit_attempt(attempt=attempt)
    assert abs((done.mark or 0) - 1) <= 3 * SEVENTH
    assert str(done.items.get(position=1).fraction) == "0.3333333"
