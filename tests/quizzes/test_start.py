"""Starting an attempt: one at a time, as published, and nothing spent for nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from courses.actions import cancel_enrolment
from courses.models import Course, Enrolment, Lesson
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from quizzes.actions import NoAttemptLeft, attempts_allowed, start_attempt, submit_attempt
from quizzes.drawing import BankTooThin
from quizzes.models import Attempt, Question, QuestionVersion, Quiz, Slot
from quizzes.snapshots import QuizSettings
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.helpers import course_of, published, quiz_item, saved, start_address

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


def test_the_start_page_says_what_awaits(
    browser: Client, root: Organisation, officer: User
) -> None:
    course = course_of(root, questions=3, pass_mark=Decimal("72.50"), time_limit=25, attempts=2,
                       layout="one_per_page", review="explanations_when_closed")  # fmt: skip
    enrolment = factories.enrolled(officer, course)
    words = Page(browser.get(f"/courses/DOC-07/lessons/{quiz_item(enrolment).key}/")).words
    for said in ("3, one a page; you may go back", "25 minutes from the start",
                 "2 of 2 left", "72.5 % or more", "once you have passed or used all attempts",
                 "Start: 25 minutes"):  # fmt: skip
        assert said in words, said


def test_without_limits(browser: Client, root: Organisation, officer: User) -> None:
    enrolment = factories.enrolled(officer, course_of(root, attempts=None, pass_mark=Decimal(100)))
    words = Page(browser.get(f"/courses/DOC-07/lessons/{quiz_item(enrolment).key}/")).words
    for said in ("no limit", "as many as you like", "100 % or more", "all on one page"):
        assert said in words, said


def test_starting_leads_to_the_questions(browser: Client, enrolment: Enrolment) -> None:
    page = Page(browser.get(f"/courses/DOC-07/lessons/{quiz_item(enrolment).key}/"))
    response = page.form(start_address(enrolment)).send(browser)
    attempt = Attempt.objects.get()
    assert response["Location"] == f"/attempts/{attempt.pk}/"
    assert attempt.enrolment == enrolment
    assert [item.position for item in attempt.items.all()] == [1, 2, 3, 4]
    assert factories.refreshed(enrolment).started_at == attempt.started_at
    entry = AuditEntry.objects.get(verb="attempt.started")
    assert (entry.actor, entry.after) == (enrolment.officer, {"number": 1})


def test_a_double_click_starts_one(browser: Client, enrolment: Enrolment) -> None:
    first, second = (browser.post(start_address(enrolment)) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Attempt.objects.count() == 1


def test_the_open_attempt_is_returned_with_its_answers(enrolment: Enrolment) -> None:
    attempt = factories.started(enrolment)
    saved(attempt, {"choice": "a"})
    again = factories.started(enrolment)
    assert again.pk == attempt.pk
    assert again.items.exclude(current=None).count() == 1


def test_the_start_page_offers_to_go_on(browser: Client, enrolment: Enrolment) -> None:
    attempt = factories.started(enrolment)
    page = Page(browser.get(f"/courses/DOC-07/lessons/{quiz_item(enrolment).key}/"))
    assert f"/attempts/{attempt.pk}/" in page.links
    assert start_address(enrolment) not in page.actions


def test_no_attempt_left(browser: Client, enrolment: Enrolment, root: Organisation) -> None:
    head = factories.coordinator(root, given_name="Ївга", family_name="Їжак", email="h@ua.example")
    for _ in range(3):
        factories.submitted(enrolment, right=0)
    with pytest.raises(NoAttemptLeft):
        factories.started(enrolment)
    lesson = f"/courses/DOC-07/lessons/{quiz_item(enrolment).key}/"
    assert browser.post(start_address(enrolment))["Location"] == lesson
    page = Page(browser.get(lesson))
    assert page.messages == ["You have no attempt left."]
    assert start_address(enrolment) not in page.actions
    assert head.full_name in page.words
    assert "mailto:h@ua.example" in page.links
    assert Attempt.objects.count() == 3


def test_attempts_without_a_limit(root: Organisation, officer: User) -> None:
    enrolment = factories.enrolled(officer, course_of(root, attempts=None))
    for _ in range(5):
        factories.submitted(enrolment, right=0)
    settings = QuizSettings.model_validate(quiz_item(enrolment).body)
    lesson = quiz_item(enrolment).id
    assert attempts_allowed(enrolment=enrolment, lesson_id=lesson, settings=settings) is None
    assert list(Attempt.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_a_bank_too_thin_costs_nothing(browser: Client, root: Organisation, officer: User) -> None:
    course = factories.draft_course(root, code="DOC-07")
    quiz = factories.quiz(
        factories.lesson(factories.module(course), kind="quiz", key="quiz"),
        questions=3,
        fixed=False,
    )
    enrolment = factories.enrolled(officer, published(course))
    Question.objects.filter(bank=quiz.bank).update(retired_at=timezone.now())
    with pytest.raises(BankTooThin) as error:
        factories.started(enrolment)
    assert error.value.missing == 3
    browser.post(start_address(enrolment))
    page = Page(browser.get("/courses/DOC-07/lessons/quiz/"))
    assert "No attempt was spent." in page.messages[0]
    assert "3 of 3 left" in page.words
    assert not Attempt.objects.exists()
    assert factories.refreshed(enrolment).started_at is None


def test_what_is_pinned_survives_a_publication(root: Organisation, officer: User) -> None:
    course = course_of(root, questions=2, pass_mark=Decimal(50), time_limit=30)
    enrolment = factories.enrolled(officer, course, now=NOON)
    attempt = factories.started(enrolment, now=NOON)
    before = Attempt.objects.values().get()
    items = list(attempt.items.values().order_by("position"))
    Quiz.objects.update(pass_mark=100, time_limit=1, attempts=1, layout="one_per_page")
    for question in Question.objects.all():
        QuestionVersion.objects.create(
            question=question, number=2, state="ready", body=factories.single_choice("Нове")
        )
    Slot.objects.get(position=2).delete()
    course = published(course)
    assert Attempt.objects.values().get() == before
    assert list(attempt.items.values().order_by("position")) == items
    assert factories.started(factories.refreshed(enrolment)).pk == attempt.pk
    factories.answered(attempt, right=1, now=NOON)
    done = submit_attempt(attempt=attempt, now=NOON + timedelta(minutes=29))
    assert (done.passed, done.pass_mark, done.max_mark) == (True, 50, 2)
    assert factories.refreshed(enrolment).completed_at  # a pass counts after the publication too
    assert factories.refreshed(enrolment).completed_revision == course.current_revision


def test_the_next_attempt_is_as_published_since(root: Organisation, officer: User) -> None:
    course = course_of(root, questions=2, pass_mark=Decimal(50))
    enrolment = factories.enrolled(officer, course)
    factories.submitted(enrolment, right=0)
    Quiz.objects.update(pass_mark=100)
    question = Question.objects.earliest("pk")
    newer = QuestionVersion.objects.create(
        question=question, number=2, state="ready", body=factories.single_choice("Нове")
    )
    published(course)
    second = factories.started(factories.refreshed(enrolment))
    assert (second.number, second.pass_mark) == (2, 100)
    assert newer.pk in second.items.values_list("version", flat=True)


def test_to_be_taken_again_gives_the_attempts_again(
    browser: Client, root: Organisation, officer: User
) -> None:
    course = factories.draft_course(root, code="DOC-07")
    part = factories.module(course)
    factories.lesson(part)
    factories.quiz(factories.lesson(part, kind="quiz", key="quiz"), questions=2, attempts=1)
    course = published(course)
    enrolment = factories.enrolled(officer, course)
    old = factories.submitted(enrolment)
    assert old.passed
    with pytest.raises(NoAttemptLeft):
        factories.started(enrolment)
    course = published(course, retake=["quiz"])
    page = Page(browser.get("/courses/DOC-07/lessons/quiz/"))
    assert "1 of 1 left" in page.words
    assert "See the result" not in page.words
    assert f"/attempts/{old.pk}/result/" in page.links  # among "Your attempts"
    assert (
        "This counts for the course." not in Page(browser.get(f"/attempts/{old.pk}/result/")).words
    )
    second = factories.submitted(factories.refreshed(enrolment), right=0)
    assert second.number == 2
    with pytest.raises(NoAttemptLeft):
        factories.started(factories.refreshed(enrolment))
    assert "You have no attempt left." in Page(browser.get("/courses/DOC-07/lessons/quiz/")).words


def test_more_attempts_published_since_are_told(
    browser: Client, root: Organisation, officer: User
) -> None:
    course = course_of(root, attempts=1)
    enrolment = factories.enrolled(officer, course)
    attempt = factories.submitted(enrolment, right=0)
    Quiz.objects.update(attempts=3)
    published(course)
    page = Page(browser.get(f"/attempts/{attempt.pk}/result/"))
    assert "You have 2 attempts left." in page.words


def test_the_deadline_is_the_servers(root: Organisation, officer: User) -> None:
    enrolment = factories.enrolled(officer, course_of(root, time_limit=20))
    attempt = factories.started(enrolment, now=NOON)
    assert attempt.deadline_at == NOON + timedelta(minutes=20)
    assert factories.started(enrolment, now=NOON + timedelta(minutes=5)).pk == attempt.pk
    assert Attempt.objects.get().deadline_at == attempt.deadline_at


@pytest.mark.parametrize("state", ["cancelled", "completed", "none", "of another"])
def test_who_may_not_start(
    browser: Client, course: Course, officer: User, post: Organisation, state: str
) -> None:
    owner = factories.officer(post) if state == "of another" else officer
    address = f"/attempts/start/DOC-07/{course.lessons.get().key}/"
    if state != "none":
        enrolment = factories.enrolled(owner, course)
        if state == "cancelled":
            cancel_enrolment(enrolment=enrolment, actor=None, reason="x")
        elif state == "completed":
            factories.completed(enrolment)
    before = Attempt.objects.count()
    assert browser.post(address).status_code == 403
    assert Attempt.objects.count() == before


def test_a_course_not_seen_is_not_there(browser: Client) -> None:
    theirs = course_of(factories.service("BY"), code="THEIRS")
    key = theirs.lessons.get().key
    for address in (f"/attempts/start/THEIRS/{key}/", "/attempts/start/NONE/none/"):
        assert browser.post(address).status_code == 404
    assert browser.get(f"/attempts/start/THEIRS/{key}/").status_code == 405


def test_a_quiz_that_was_removed(browser: Client, root: Organisation, officer: User) -> None:
    course = factories.published_course(root, code="DOC-07", readings=1, questions=2)
    enrolment = factories.enrolled(officer, course)
    address = start_address(enrolment)
    Lesson.objects.filter(kind="quiz").update(removed_at=NOON)
    published(course)
    assert browser.post(address)["Location"] == "/courses/DOC-07/"
    messages = Page(browser.get("/courses/DOC-07/")).messages
    assert messages == ["This lesson is no longer part of the course."]
    assert not Attempt.objects.exists()


def test_a_reading_is_no_quiz(browser: Client, root: Organisation, officer: User) -> None:
    course = factories.published_course(root, code="DOC-07", readings=1, questions=0)
    factories.enrolled(officer, course)
    response = browser.post(f"/attempts/start/DOC-07/{course.lessons.get().key}/")
    assert response.status_code == 302
    assert not Attempt.objects.exists()


def test_a_question_type_that_is_unknown_now(
    browser: Client, root: Organisation, officer: User
) -> None:
    course = course_of(root, questions=2)
    enrolment = factories.enrolled(officer, course)
    Question.objects.filter(pk=Question.objects.earliest("pk").pk).update(type="hologram")
    attempt = start_attempt(
        enrolment=enrolment, item=quiz_item(enrolment), revision=course.current_revision_id or 0
    )
    words = Page(browser.get(f"/attempts/{attempt.pk}/")).words
    assert "This question needs a newer version of Waypost." in words
    done = submit_attempt(attempt=attempt)
    assert done.mark == 0
    assert browser.get(f"/attempts/{attempt.pk}/result/").status_code == 200


def test_after_a_pass_no_other_attempt_starts_unless_practice_is_free(
    root: Organisation, officer: User
) -> None:
    limited = factories.enrolled(officer, factories.published_course(root, questions=1))
    factories.submitted(limited)
    with pytest.raises(NoAttemptLeft):
        factories.started(limited)

    free = factories.published_course(root, questions=1, quiz_settings={"attempts": None})
    practised = factories.enrolled(officer, free)
    factories.submitted(practised)
    assert factories.started(practised).number == 2
