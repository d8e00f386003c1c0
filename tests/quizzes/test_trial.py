"""A quiz tried by its trainer: drawn, answered and marked as an officer's, without a trace."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils.html import conditional_escape

from courses.models import Course
from lms.people.models import Organisation
from quizzes.actions.authoring import retire_question
from quizzes.models import QuestionVersion, Quiz, Slot
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.authoring import nothing_written, only
from tests.quizzes.types.samples import ALL_TYPES, BODIES

pytestmark = pytest.mark.django_db

TRY = "/teaching/banks/quizzes/DOC-07/quiz/try/"


@pytest.fixture
def browser(root: Organisation, client: Client) -> Client:
    client.force_login(factories.trainer(root, language="en"))
    return client


@pytest.fixture
def course(root: Organisation) -> Course:
    course = factories.draft_course(root, code="DOC-07")
    factories.lesson(factories.module(course), kind="quiz", key="quiz")
    return course


@pytest.fixture
def quiz(course: Course) -> Quiz:
    """Of no question yet, never published."""
    return Quiz.objects.create(
        lesson=course.lessons.get(), bank=factories.bank(course.owner), pass_mark=Decimal(70),
        attempts=1,
    )  # fmt: skip


@pytest.fixture
def of_every_type(quiz: Quiz) -> Quiz:
    for position, one in enumerate(ALL_TYPES, 1):
        question = factories.question(quiz.bank, BODIES[one.code], type=one.code)
        Slot.objects.create(quiz=quiz, position=position, question=question, mark=position)
    return quiz


def tried(browser: Client, **fields: Any) -> Any:
    response = browser.post(TRY, fields) if fields else browser.get(TRY)
    assert response.status_code == 200
    return response


def keys(response: Any) -> list[str]:
    return [question.key for question in response.context["questions"]]


def right_answers(response: Any) -> dict[str, Any]:
    """What a browser would post from the page with everything answered rightly."""
    sent: dict[str, Any] = {"seed": response.context["seed"], "act": "mark"}
    for trial in response.context["questions"]:
        right = trial.type.right_response(trial.body)
        sent |= trial.type.form_data(trial.body, right, trial.name)
    return sent


def test_every_type_is_answered_and_marked(browser: Client, of_every_type: Quiz) -> None:
    with nothing_written():
        page = tried(browser)
        passed = tried(browser, **right_answers(page))
        failed = tried(browser, seed=page.context["seed"], act="mark")
    assert [q.type.code for q in page.context["questions"]] == [one.code for one in ALL_TYPES]
    assert page.context["attempt"] is None
    assert 'class="tag' not in page.content.decode(), "nothing tells the answer before"
    for question in page.context["questions"]:
        assert question.template in [template.name for template in page.templates]

    attempt = passed.context["attempt"]
    assert (attempt.mark, attempt.max_mark, attempt.passed) == (Decimal(28), Decimal(28), True)
    words = Page(passed).words
    assert "Passed: 100 %, 70 % is needed" in words
    assert [question.percent for question in passed.context["questions"]] == [100] * len(ALL_TYPES)

    attempt = failed.context["attempt"]
    assert (attempt.mark, attempt.passed) == (0, False)
    assert "Not passed: 0 %" in Page(failed).words
    for one in ALL_TYPES:
        body = one.parse(BODIES[one.code])
        for line in one.right_text(body, "en"):
            assert conditional_escape(line) in failed.content.decode()
        assert body.explanation["en"] in failed.content.decode()


def test_what_was_answered_stays_in_the_page(browser: Client, of_every_type: Quiz) -> None:
    """After marking, and when another language is shown."""
    sent = right_answers(tried(browser))
    marked = Page(tried(browser, **sent)).form("").fields
    other = sent | {"act": "language", "language": "be"}
    shown = Page(tried(browser, **other)).form("").fields
    for fields in (marked, shown):
        assert set(sent) - {"act"} <= set(fields)
        assert fields["seed"] == [str(sent["seed"])]
        attempt = tried(browser, **fields | {"act": "mark"}).context["attempt"]
        assert attempt.mark == attempt.max_mark


def test_marks_weigh_as_in_an_attempt(browser: Client, quiz: Quiz) -> None:
    """Half of a multiple choice of three marks, and the slot of one: 2.5 of 4 is not 70 %."""
    for position, (code, mark) in enumerate((("multiple", 3), ("truefalse", 1)), 1):
        question = factories.question(quiz.bank, BODIES[code], type=code)
        Slot.objects.create(quiz=quiz, position=position, question=question, mark=mark)
    page = tried(browser)
    multiple = page.context["questions"][0]
    half = multiple.type.form_data(multiple.body, multiple.type.response(["a"]), "q1")
    sent = right_answers(page) | half
    attempt = tried(browser, **sent).context["attempt"]
    assert (attempt.mark, attempt.max_mark, attempt.passed) == (Decimal("2.5"), 4, False)


@pytest.fixture
def drawn(quiz: Quiz) -> Quiz:
    """Three of twelve, choices shuffled."""
    for _ in range(12):
        factories.question(quiz.bank)
    Slot.objects.create(quiz=quiz, position=1, count=3)
    return quiz


def orders(response: Any) -> list[list[str]]:
    return [list(question.order) for question in response.context["questions"]]


def test_a_seed_draws_the_same_again(browser: Client, drawn: Quiz) -> None:
    first = tried(browser, seed="4711", act="language")
    draws = set()
    for seed in range(12):
        page = tried(browser, seed=str(seed), act="language")
        again = tried(browser, **right_answers(page))
        assert (keys(again), orders(again)) == (keys(page), orders(page))
        assert again.context["attempt"].passed
        draws.add(tuple(keys(page)))
    assert len(draws) > 1, "other seeds draw others"
    again = browser.get(TRY, {"seed": "4711"})
    assert (keys(again), orders(again)) == (keys(first), orders(first))
    assert Page(again).form("").fields["seed"] == ["4711"]
    assert len(set(keys(again))) == 3, "no question twice"


@pytest.mark.parametrize("seed", ["", "x", "-1", "1.5", "9" * 40, "²"])
def test_no_seed_draws_anew(browser: Client, drawn: Quiz, seed: str) -> None:
    page = browser.get(TRY, {"seed": seed})
    assert page.status_code == 200
    assert len(keys(page)) == 3
    assert 0 <= page.context["seed"] < 2**31


def test_choices_stay_in_order_where_nothing_is_shuffled(browser: Client, drawn: Quiz) -> None:
    Quiz.objects.update(shuffle=False)
    for seed in range(8):
        assert orders(tried(browser, seed=str(seed))) == [["a", "b", "c"]] * 3


@pytest.mark.parametrize("language", ["uk", "be", "ru", "en"])
def test_it_is_tried_in_each_language_of_the_course(
    browser: Client, of_every_type: Quiz, language: str
) -> None:
    with nothing_written():
        page = browser.get(TRY, {"language": language})
        passed = tried(browser, **right_answers(page) | {"language": language})
    assert passed.context["attempt"].passed
    for response in (page, passed):
        assert response.context["language"] == language
        content = response.content.decode()
        for body in BODIES.values():
            assert conditional_escape(body["text"][language]) in content
        fieldsets = [e for e in Page(response).all("fieldset") if e.attrs.get("id", "")[:1] == "q"]
        assert {e.attrs["lang"] for e in fieldsets} == {language}
        assert response.context["title"] == f"Урок quiz ({language})"


@pytest.mark.parametrize("language", ["be", "de", "", "../en"])
def test_a_language_that_the_course_has_not_gives_one_that_it_has(
    browser: Client, quiz: Quiz, language: str
) -> None:
    Course.objects.update(languages=["ru", "uk"])
    Slot.objects.create(quiz=quiz, position=1, question=factories.question(quiz.bank))
    page = browser.get(TRY, {"language": language})
    assert page.context["language"] == "ru"
    assert [e.attrs["value"] for e in Page(page).all("option") if e.attrs["value"] == "be"] == []


def test_what_is_not_translated_yet_is_shown_in_another_language(
    browser: Client, quiz: Quiz
) -> None:
    question = factories.question(quiz.bank, only(BODIES["single"], "uk"))
    Slot.objects.create(quiz=quiz, position=1, question=question)
    page = browser.get(TRY, {"language": "en"})
    assert BODIES["single"]["text"]["uk"] in page.content.decode()
    assert any(e.attrs.get("lang") == "uk" for e in Page(page).all("span"))
    assert tried(browser, **right_answers(page) | {"language": "en"}).context["attempt"].passed


def no_question(_quiz: Quiz) -> None:
    pass


def thin(quiz: Quiz) -> None:
    Slot.objects.create(quiz=quiz, position=1, question=factories.question(quiz.bank))
    Slot.objects.create(quiz=quiz, position=2, count=3)


def not_ready(quiz: Quiz) -> None:
    thin(quiz)
    Slot.objects.filter(position=2).delete()
    QuestionVersion.objects.update(state="draft")


def retired(quiz: Quiz) -> None:
    thin(quiz)
    Slot.objects.filter(position=2).delete()
    retire_question(question=quiz.bank.questions.get(), actor=None)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (no_question, "The quiz has no question that is ready."),
        (thin, "The bank is 3 questions short, so the quiz cannot be drawn."),
        (not_ready, "1 question is left out: it is not ready yet."),
        (retired, "1 question is left out: it is not ready yet."),
    ],
)
def test_a_quiz_that_cannot_be_drawn_says_why(
    browser: Client, quiz: Quiz, spoil: Callable[[Quiz], None], sentence: str
) -> None:
    spoil(quiz)
    with nothing_written():
        page = tried(browser)
        posted = tried(browser, seed="1", act="mark")
    assert sentence in Page(page).words
    assert posted.context["attempt"] is None
    assert "/teaching/banks/quizzes/DOC-07/quiz/" in Page(page).links


def test_the_draft_is_tried_not_what_is_published(browser: Client, root: Organisation) -> None:
    course = factories.published_course(root, readings=0, questions=2)
    quiz = Quiz.objects.get()
    Slot.objects.get(quiz=quiz, position=2).delete()
    address = f"/teaching/banks/quizzes/{course.code}/{quiz.lesson.key}/try/"
    assert len(keys(browser.get(address))) == 1


def test_a_quiz_without_settings_is_opened_first(browser: Client, course: Course) -> None:
    with nothing_written():
        assert browser.get(TRY)["Location"] == "/teaching/banks/quizzes/DOC-07/quiz/"
        assert browser.post(TRY, {"act": "mark"}).status_code == 302


def test_a_type_that_is_gone_is_left_out(browser: Client, of_every_type: Quiz) -> None:
    question = of_every_type.bank.questions.order_by("pk")[0]
    question.type = "hologram"
    question.save()
    page = tried(browser)
    assert len(keys(page)) == len(ALL_TYPES) - 1
    assert tried(browser, **right_answers(page)).context["attempt"].passed


def test_nobody_is_told(
    browser: Client, of_every_type: Quiz, django_capture_on_commit_callbacks: Any
) -> None:
    """No mail, no task, no message on the next page."""
    with django_capture_on_commit_callbacks() as callbacks:
        tried(browser, **right_answers(tried(browser)))
    assert not callbacks
    assert not mail.outbox
    assert not Page(tried(browser)).messages
