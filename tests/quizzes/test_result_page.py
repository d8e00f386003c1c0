"""The result, and of the answers what the settings let the officer see."""

from typing import Any

import pytest
from django.test import Client

from courses.models import Enrolment, Lesson
from lms.people.models import Organisation, User
from quizzes.actions import submit_attempt
from quizzes.models import Attempt, Question, Review
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.helpers import A, B, C, course_of, published, saved

EXPLAINED, RIGHT_ANSWER, MARKED = "Пояснення (en)", "Right answer", "Your answers"


def result(browser: Client, attempt: Attempt) -> Page:
    response = browser.get(f"/attempts/{attempt.pk}/result/")
    assert response.status_code == 200
    return Page(response)


def failed(enrolment: Enrolment) -> Attempt:
    """The first answer right, the second wrong, the others not given."""
    attempt = factories.started(enrolment)
    saved(attempt, A, position=1)
    saved(attempt, B, position=2)
    return submit_attempt(attempt=attempt)


OPEN = "attempts left"
# (review, state of the officer) → (which were right, explanations and right answers)
MATRIX = {
    (Review.SCORE, OPEN): (False, False),
    (Review.SCORE, "out"): (False, False),
    (Review.SCORE, "passed"): (False, False),
    (Review.MARKS, OPEN): (True, False),
    (Review.MARKS, "out"): (True, False),
    (Review.MARKS, "passed"): (True, False),
    (Review.EXPLANATIONS, OPEN): (True, True),
    (Review.EXPLANATIONS, "out"): (True, True),
    (Review.EXPLANATIONS, "passed"): (True, True),
    (Review.EXPLANATIONS_WHEN_CLOSED, OPEN): (True, False),
    (Review.EXPLANATIONS_WHEN_CLOSED, "last one open"): (True, False),
    (Review.EXPLANATIONS_WHEN_CLOSED, "out"): (True, True),
    (Review.EXPLANATIONS_WHEN_CLOSED, "passed"): (True, True),
}


@pytest.mark.parametrize(("review", "state"), MATRIX)
def test_what_may_be_seen(
    browser: Client, root: Organisation, officer: User, review: str, state: str
) -> None:
    course = factories.draft_course(root, code="DOC-07")
    part = factories.module(course)
    factories.lesson(part)
    factories.quiz(factories.lesson(part, kind="quiz"), questions=4, attempts=2, review=review)
    enrolment = factories.enrolled(officer, published(course))
    attempt = failed(enrolment)
    match state:
        case "out":
            factories.submitted(enrolment, right=0)
        case "last one open":
            factories.started(enrolment)
        case "passed":
            factories.submitted(enrolment)
    page = result(browser, attempt)
    marks, explanations = MATRIX[review, state]
    assert "25 %, 70 % is needed" in page.words
    assert (MARKED in page.words) is marks
    assert (RIGHT_ANSWER in page.words) is explanations
    assert (EXPLAINED in page.words) is explanations
    if marks:
        articles = [e.words for e in page.all("article")]
        assert articles[0].startswith("Question 1right")
        assert articles[1].startswith("Question 2wrong")
        assert "36 (en)" in articles[1]
        assert articles[3].endswith("none") is not explanations
    assert ("You have no attempt left." in page.words) is (state == "out")


def test_the_right_answer_is_not_even_in_the_source(
    browser: Client, root: Organisation, officer: User
) -> None:
    enrolment = factories.enrolled(officer, course_of(root, review="marks", questions=2))
    attempt = factories.started(enrolment)
    saved(attempt, C)
    submit_attempt(attempt=attempt)
    source = browser.get(f"/attempts/{attempt.pk}/result/").content.decode()
    assert "44 (en)" not in source
    assert "30 (en)" in source


def test_passed_and_the_course_complete(browser: Client, enrolment: Enrolment) -> None:
    page = result(browser, factories.submitted(enrolment))
    assert "Passed" in page.words
    assert "100 %, 70 % is needed" in page.words
    assert "The course is complete. Your certificate is being made." in page.words
    assert "/certificates/" in page.links


def test_passed_and_more_to_do(browser: Client, root: Organisation, officer: User) -> None:
    course = factories.published_course(root, code="DOC-07", readings=1, questions=2)
    page = result(browser, factories.submitted(factories.enrolled(officer, course)))
    assert "This counts for the course." in page.words
    assert "/courses/DOC-07/" in page.links


def test_failed_with_attempts_left(browser: Client, enrolment: Enrolment) -> None:
    page = result(browser, factories.submitted(enrolment, right=1))
    assert "Not passed" in page.words
    assert "You have 2 attempts left." in page.words


def test_failed_for_the_last_time_says_whom_to_ask(
    browser: Client, enrolment: Enrolment, root: Organisation, post: Organisation
) -> None:
    near = factories.coordinator(post, family_name="Ґонта", email="near@ua.example")
    far = factories.coordinator(root, family_name="Яцишин")
    elsewhere = factories.coordinator(factories.unit(root), family_name="Їжак")
    for _ in range(3):
        attempt = factories.submitted(enrolment, right=0)
    page = result(browser, attempt)
    assert "You have no attempt left." in page.words
    assert page.words.index(near.full_name) < page.words.index(far.full_name)
    assert elsewhere.full_name not in page.words
    assert "mailto:near@ua.example" in page.links


def test_failed_after_a_pass(browser: Client, root: Organisation, officer: User) -> None:
    course = factories.published_course(
        root, code="DOC-07", readings=1, questions=2, quiz_settings={"attempts": None}
    )
    enrolment = factories.enrolled(officer, course)
    factories.submitted(enrolment)
    page = result(browser, factories.submitted(enrolment, right=0))
    assert "You have passed this test before; that counts." in page.words


def test_the_answers_are_in_the_language_of_the_content(
    browser: Client, enrolment: Enrolment
) -> None:
    attempt = failed(enrolment)
    browser.post("/courses/DOC-07/language/", {"language": "be"})
    words = result(browser, attempt).words
    assert "36 (be)" in words
    assert "Пояснення (be)" in words
    assert "Right answer" in words


def test_it_stays_as_it_was_when_questions_change(browser: Client, enrolment: Enrolment) -> None:
    attempt = failed(enrolment)
    before = result(browser, attempt).all("article")
    for question in Question.objects.all():
        question.versions.create(number=2, state="ready", body=factories.single_choice("Нове"))
    published(enrolment.course)
    after = result(browser, attempt).all("article")
    assert [e.words for e in after] == [e.words for e in before]


def test_it_stays_when_the_lesson_is_removed(
    browser: Client, root: Organisation, officer: User
) -> None:
    course = factories.published_course(root, code="DOC-07", readings=1, questions=2)
    attempt = factories.submitted(factories.enrolled(officer, course), right=1)
    Lesson.objects.filter(kind="quiz").update(removed_at=attempt.submitted_at)
    published(course)
    assert "50 %" in result(browser, attempt).words


def test_while_it_is_open_there_is_no_result(browser: Client, attempt: Attempt) -> None:
    response = browser.get(f"/attempts/{attempt.pk}/result/")
    assert response["Location"] == f"/attempts/{attempt.pk}/"


def test_it_is_its_officers_alone(attempt: Attempt, post: Organisation) -> None:
    submit_attempt(attempt=attempt)
    other = Client()
    other.force_login(factories.officer(post))
    assert other.get(f"/attempts/{attempt.pk}/result/").status_code == 404
    assert Client().get(f"/attempts/{attempt.pk}/result/")["Location"].startswith("/sign-in/")


TESTED = [["read"], ["count"], ["read", "count"], []]  # answered right, wrong, right, not at all


def advice(browser: Client, officer: User, owner: Organisation, review: str, required: bool) -> Any:
    """What the result of a test over three outcomes says of each, with the lessons it names."""
    course = factories.draft_course(owner, code="DOC-07")
    course.outcomes = [factories.texts(words) for words in ("Читати", "Рахувати", "Вирішувати")]
    course.outcome_keys = ["read", "count", "decide"]
    course.save()
    part = factories.module(course)
    test = factories.lesson(part, kind="quiz", required=required)
    factories.lesson(part, key="words", outcomes=["read"])
    factories.lesson(part, key="digits", outcomes=["count", "read"])
    factories.lesson(part, key="choices", outcomes=["decide"])
    factories.quiz(test, questions=4, attempts=None, review=review)
    for question, keys in zip(Question.objects.order_by("pk"), TESTED, strict=True):
        question.outcomes = keys
        question.save()
    attempt = factories.started(factories.enrolled(officer, published(course)))
    for position, given in enumerate((A, B, A), 1):
        saved(attempt, given, position=position)
    page = result(browser, submit_attempt(attempt=attempt))
    return [
        (row.words, [a.attrs["href"] for a in page.all("a") if row in a.inside])
        for row in page.all("li", class_="stack tight")
    ]


def test_a_pre_test_says_what_can_be_gone_through_quickly(
    browser: Client, root: Organisation, officer: User
) -> None:
    said = advice(browser, officer, root, Review.MARKS, required=False)

    address = "/courses/DOC-07/lessons/{}/".format
    assert [words.partition("Урок")[0] for words, _links in said] == [
        "go through quickly Читати (en)",
        "read closely Рахувати (en)",
    ]
    assert [links for _words, links in said] == [
        [address("words"), address("digits")],
        [address("digits")],
    ]


@pytest.mark.parametrize(("review", "required"), [(Review.MARKS, True), (Review.SCORE, False)])
def test_of_other_tests_or_without_marks_nothing_is_said(
    browser: Client, root: Organisation, officer: User, review: str, required: bool
) -> None:
    assert advice(browser, officer, root, review, required) == []
