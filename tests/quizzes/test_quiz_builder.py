"""The quiz builder: settings in words, fixed questions and draws, and a bank that is too thin."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from courses.actions.authoring import add_lesson
from courses.models import Course
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from quizzes.actions.authoring import retire_question
from quizzes.models import Question, QuestionBank, QuestionVersion, Quiz, Slot
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.authoring import nothing_written

pytestmark = pytest.mark.django_db

BUILDER = "/teaching/banks/quizzes/DOC-07/quiz/"
PICK = f"{BUILDER}pick/"
PUBLISH = "/teaching/courses/DOC-07/publish/"


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root, language="en")


@pytest.fixture
def browser(trainer: User, client: Client) -> Client:
    client.force_login(trainer)
    return client


@pytest.fixture
def course(root: Organisation) -> Course:
    """A draft with one empty quiz lesson, `quiz`."""
    course = factories.draft_course(root, code="DOC-07")
    factories.lesson(factories.module(course), kind="quiz", key="quiz")
    return course


@pytest.fixture
def quiz(course: Course) -> Quiz:
    """Without slots; its bank has four questions: a, b tagged mrz, c tagged visa, d hard."""
    bank = factories.bank(course.owner)
    for tags, difficulty in ((["mrz"], 1), (["mrz"], 2), (["visa"], 1), ([], 3)):
        factories.question(bank, tags=tags, difficulty=difficulty)
    return Quiz.objects.create(
        lesson=course.lessons.get(), bank=bank, pass_mark=Decimal(80), attempts=3
    )


def test_a_new_quiz_is_called_so_in_each_language_of_the_course(
    course: Course, trainer: User
) -> None:
    lesson = add_lesson(
        module=course.modules.get(), kind="quiz", title={"en": "Passports"}, actor=trainer
    )
    assert lesson.title.data == {"uk": "Тест", "be": "Тэст", "ru": "Тест", "en": "Passports"}


def questions(quiz: Quiz) -> list[Question]:
    return list(quiz.bank.questions.order_by("pk"))


def slots(quiz: Quiz) -> list[Slot]:
    return list(quiz.slots.order_by("position"))


def order(quiz: Quiz) -> list[int]:
    return [slot.pk for slot in slots(quiz)]


def settings_form(browser: Client) -> dict[str, Any]:
    page = Page(browser.get(BUILDER))
    (button,) = page.all("button", name="act", value="settings")
    element = next(e for e in reversed(button.inside) if e.tag == "form")
    form = page.form("")
    form.element = element
    return form.fields | {"act": "settings"}


def entries() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(verb="quiz.changed").order_by("pk"))


# Settings


def test_the_builder_of_a_new_lesson_is_opened_once(browser: Client, course: Course) -> None:
    """To look writes nothing; the button makes settings and the bank of the course."""
    with nothing_written():
        assert browser.get(BUILDER).status_code == 200
    for _ in range(2):
        assert browser.post(BUILDER)["Location"] == BUILDER
    quiz = Quiz.objects.get()
    assert (quiz.bank.owner, QuestionBank.objects.count()) == (course.owner, 1)
    assert browser.get(BUILDER).status_code == 200


def test_settings_are_saved_and_said_in_words(browser: Client, quiz: Quiz, trainer: User) -> None:
    sent = settings_form(browser) | {
        "pass_mark": "72.5", "attempts": "1", "time_limit": "45", "layout": "one_per_page",
        "review": "score", "title-be": "Праверка",
    }  # fmt: skip
    sent.pop("shuffle", None)
    assert browser.post(BUILDER, sent)["Location"] == BUILDER
    page = Page(browser.get(BUILDER))
    (sentence,) = page.all("p", id="sentence")
    assert sentence.words == (
        "Passing at 72.5 %, 1 attempt, 45 minutes, a question a page, choices in the order written."
        " After submitting, officers see the result only."
    )
    quiz.refresh_from_db()
    assert (quiz.pass_mark, quiz.attempts, quiz.time_limit) == (Decimal("72.5"), 1, 45)
    lesson = quiz.lesson
    lesson.refresh_from_db()
    assert lesson.title.localize("be") == "Праверка"
    assert lesson.title.localize("uk") == "Урок quiz (uk)"
    (entry,) = entries()
    assert entry.actor == trainer
    assert set(entry.after) == set(entry.before) == {
        "pass_mark", "attempts", "time_limit", "layout", "shuffle", "review", "title",
    }  # fmt: skip
    assert (entry.before["pass_mark"], entry.after["pass_mark"]) == ("80", "72.5")


def test_no_limits_are_said_too(browser: Client, quiz: Quiz) -> None:
    sent = settings_form(browser) | {"attempts": "", "time_limit": "", "shuffle": "on"}
    browser.post(BUILDER, sent)
    words = Page(browser.get(BUILDER)).words
    assert "as many attempts as one likes, no time limit" in words
    assert "choices shuffled" in words
    quiz.refresh_from_db()
    assert (quiz.attempts, quiz.time_limit, quiz.shuffle) == (None, None, True)


def test_the_same_settings_saved_again_leave_no_entry(browser: Client, quiz: Quiz) -> None:
    browser.post(BUILDER, settings_form(browser))
    assert not entries()


def test_the_sentence_follows_what_is_typed_without_saving(browser: Client, quiz: Quiz) -> None:
    sent = settings_form(browser) | {"act": "say"}
    with nothing_written():
        said = browser.post(BUILDER, sent | {"pass_mark": "65", "time_limit": "5"})
        odd = browser.post(BUILDER, sent | {"pass_mark": "ґ", "time_limit": "-"})
    assert "Passing at 65 %, 3 attempts, 5 minutes" in said.content.decode()
    assert "Passing at 80 %" in odd.content.decode()


BAD = {
    "pass_mark": ["", "101", "-1", "вісімдесят", "1e9"],
    "attempts": ["0", "-2", "x", "99999"],
    "time_limit": ["0", "1.5", "99999"],
    "layout": ["", "circle"],
    "review": ["everything"],
    "bank": ["", "999999", "x"],
    "title-uk": ["x" * 201],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, found in BAD.items() for v in found])
def test_bad_values_lose_nothing(browser: Client, quiz: Quiz, name: str, value: str) -> None:
    sent = settings_form(browser) | {"attempts": "7", "title-en": "Typed"} | {name: value}
    response = browser.post(BUILDER, sent)
    assert response.status_code == 200
    form = response.context["form"]
    assert name in form.errors
    for field in ("attempts", "title-en", name):
        assert form[field].value() == sent[field]
    quiz.refresh_from_db()
    assert quiz.attempts == 3
    assert not entries()


def test_a_bank_elsewhere_cannot_be_chosen(root: Organisation, client: Client) -> None:
    left, right = factories.unit(root), factories.unit(root)
    course = factories.draft_course(left, code="DOC-07")
    lesson = factories.lesson(factories.module(course), kind="quiz", key="quiz")
    own = factories.bank(left)
    quiz = Quiz.objects.create(lesson=lesson, bank=own, pass_mark=Decimal(80))
    client.force_login(factories.trainer(left, language="en"))
    for owner in (right, root, factories.service("BY")):
        sent = settings_form(client) | {"bank": str(factories.bank(owner).pk)}
        response = client.post(BUILDER, sent)
        assert response.status_code == 200
        assert "bank" in response.context["form"].errors
    quiz.refresh_from_db()
    assert quiz.bank == own
    another = factories.bank(left)
    offered = Page(client.get(BUILDER)).all("option")
    values = {e.attrs["value"] for e in offered if e.inside[-1].attrs.get("name") == "bank"}
    assert values == {str(own.pk), str(another.pk)}
    assert client.post(BUILDER, settings_form(client) | {"bank": another.pk}).status_code == 302
    quiz.refresh_from_db()
    assert quiz.bank == another


def test_the_bank_stays_while_its_questions_are_in_the_quiz(
    browser: Client, quiz: Quiz, root: Organisation
) -> None:
    Slot.objects.create(quiz=quiz, position=1, question=questions(quiz)[0])
    other = factories.bank(root)
    response = browser.post(BUILDER, settings_form(browser) | {"bank": other.pk})
    assert "Take out the questions" in str(response.context["form"].errors["bank"])
    quiz.refresh_from_db()
    assert quiz.bank != other
    slot = quiz.slots.get()
    browser.post(BUILDER, {"slot": [slot.pk], "act": f"remove-{slot.pk}"})
    browser.post(BUILDER, settings_form(browser) | {"bank": other.pk})
    quiz.refresh_from_db()
    assert quiz.bank == other


# Fixed questions


def test_questions_are_picked_once(browser: Client, quiz: Quiz, trainer: User) -> None:
    """A double click, and a question chosen again from an old page, add nothing."""
    a, b, c, d = questions(quiz)
    assert {row["question"] for row in browser.get(PICK).context["listed"]} == {a, b, c, d}
    for _ in range(2):
        assert browser.post(PICK, {"pick": [b.pk, a.pk]})["Location"] == BUILDER
    browser.post(PICK, {"pick": [a.pk, c.pk, c.pk]})
    assert [slot.question for slot in slots(quiz)] == [a, b, c]
    assert {row["question"] for row in browser.get(PICK).context["listed"]} == {d}
    assert [entry.actor for entry in entries()] == [trainer, trainer]
    assert [len(entry.after["slots"]) for entry in entries()] == [2, 3]


def test_only_questions_of_the_bank_in_use_can_be_picked(
    browser: Client, quiz: Quiz, root: Organisation
) -> None:
    a = questions(quiz)[0]
    retire_question(question=a, actor=None)
    away = factories.question(factories.bank(factories.service("BY")))
    near = factories.question(factories.bank(root))
    browser.post(PICK, {"pick": [a.pk, away.pk, near.pk, "x", "9" * 30, "-1"]})
    assert not slots(quiz)
    assert not entries()
    assert a not in {row["question"] for row in browser.get(PICK).context["listed"]}


def test_picking_can_be_narrowed(browser: Client, quiz: Quiz) -> None:
    a, b, _c, d = questions(quiz)
    Question.objects.filter(pk__in=[a.pk, b.pk]).update(search_key="#mrz# паспорт")
    for query, expected in (
        ({"tag": "mrz"}, {a, b}),
        ({"difficulty": "3"}, {d}),
        ({"q": "ПАСПОРТ", "difficulty": "2"}, {b}),
    ):
        listed = browser.get(PICK, query).context["listed"]
        assert {row["question"] for row in listed} == expected


def test_what_is_not_ready_is_told_and_keeps_the_course_back(browser: Client, quiz: Quiz) -> None:
    a, b = questions(quiz)[:2]
    browser.post(PICK, {"pick": [a.pk, b.pk]})
    QuestionVersion.objects.filter(question=a).update(state="draft")
    page = Page(browser.get(BUILDER))
    assert "not ready yet" in page.words
    assert f"/teaching/banks/questions/{a.pk}/" in page.links
    publish = Page(browser.get(PUBLISH))
    assert "A question of the quiz is not ready." in publish.words
    assert f"/teaching/banks/questions/{a.pk}/" in publish.links
    assert not publish.all("input", name="seen")


# Draws


def test_draws_by_tag_and_difficulty(browser: Client, quiz: Quiz, trainer: User) -> None:
    draw = {"act": "draw", "count": "2", "difficulty": "", "tags": ["mrz", "visa"]}
    assert browser.post(BUILDER, draw)["Location"] == BUILDER
    browser.post(BUILDER, {"act": "draw", "count": "1", "difficulty": "3"})
    first, second = slots(quiz)
    assert (first.tags, first.difficulty, first.count) == (["mrz", "visa"], None, 2)
    assert (second.tags, second.difficulty, second.count) == ([], 3, 1)
    words = Page(browser.get(BUILDER)).words
    assert "3 questions in the quiz" in words
    assert "tagged mrz, visa, any difficulty" in words
    assert "any tag, difficulty 3" in words
    assert "the bank has 3 to draw from" in words
    assert [entry.actor for entry in entries()] == [trainer, trainer]


@pytest.mark.parametrize(
    "changes",
    [{"count": ""}, {"count": "0"}, {"count": "201"}, {"count": "x"}, {"difficulty": "4"},
     {"tags": ["nobody"]}],
)  # fmt: skip
def test_a_bad_draw_loses_nothing(browser: Client, quiz: Quiz, changes: dict[str, Any]) -> None:
    sent = {"act": "draw", "count": "2", "difficulty": "3", "tags": ["mrz"]} | changes
    response = browser.post(BUILDER, sent)
    assert response.status_code == 200
    form = response.context["draw_form"]
    assert set(form.errors) == set(changes)
    assert form["count"].value() == sent["count"]
    assert form["tags"].value() == sent["tags"]
    assert not slots(quiz)
    assert browser.get(PUBLISH).status_code == 200


def test_a_thin_bank_is_told_with_what_is_missing_and_keeps_the_course_back(
    browser: Client, quiz: Quiz
) -> None:
    """Fixed questions are not drawn again, and two draws share what both may take."""
    a = questions(quiz)[0]
    browser.post(PICK, {"pick": [a.pk]})
    for tags in (["mrz"], ["mrz", "visa"]):
        browser.post(BUILDER, {"act": "draw", "count": "2", "difficulty": "", "tags": tags})
    assert "The bank is 2 questions short for the draws" in Page(browser.get(BUILDER)).words
    publish = Page(browser.get(PUBLISH))
    assert "The bank is 2 questions short." in publish.words
    assert BUILDER in publish.links
    assert not publish.all("input", name="seen")

    factories.question(quiz.bank, tags=["mrz"])
    assert "The bank is 1 question short" in Page(browser.get(BUILDER)).words
    factories.question(quiz.bank, tags=["visa"])
    assert "short" not in Page(browser.get(BUILDER)).words
    publish = Page(browser.get(PUBLISH))
    assert "short" not in publish.words
    assert publish.all("input", name="seen")


# Order, marks, numbers


@pytest.fixture
def three(browser: Client, quiz: Quiz) -> list[int]:
    """Two fixed questions and a draw; the ids of the slots."""
    a, b = questions(quiz)[:2]
    browser.post(PICK, {"pick": [a.pk, b.pk]})
    browser.post(BUILDER, {"act": "draw", "count": "1", "difficulty": ""})
    return order(quiz)


def arranged(browser: Client, act: str, **changes: Any) -> dict[str, Any]:
    """What the page's form sends with a button."""
    page = Page(browser.get(BUILDER))
    form = page.form("")
    (button, *_others) = page.all("button", name="act", value="order")
    form.element = next(e for e in reversed(button.inside) if e.tag == "form")
    sent = form.fields | {"act": act} | changes
    assert browser.post(BUILDER, sent)["Location"] == BUILDER
    return sent


Moves = Callable[[list[int]], tuple[str, list[int]]]


@pytest.mark.parametrize(
    "moves",
    [
        lambda s: (f"down-{s[0]}", [s[1], s[0], s[2]]),
        lambda s: (f"up-{s[2]}", [s[0], s[2], s[1]]),
        lambda s: (f"up-{s[0]}", s),
        lambda s: (f"down-{s[2]}", s),
        lambda s: (f"remove-{s[1]}", [s[0], s[2]]),
        lambda s: ("remove-999999", s),
        lambda s: ("up-x", s),
        lambda s: ("nonsense", s),
    ],
)
def test_slots_are_moved_and_removed_by_buttons(
    browser: Client, quiz: Quiz, three: list[int], moves: Moves
) -> None:
    """With a mark typed on the same page, which is kept too."""
    act, expected = moves(three)
    arranged(browser, act, **{f"mark-{three[0]}": "2"})
    assert order(quiz) == expected
    assert [slot.position for slot in slots(quiz)] == list(range(1, len(expected) + 1))
    assert quiz.slots.get(pk=three[0]).mark == Decimal(2)
    assert len(entries()) == 3  # picked, drawn, arranged


def test_marks_and_numbers_are_saved_with_point_or_comma(
    browser: Client, quiz: Quiz, three: list[int]
) -> None:
    a, b, draw = three
    changes = {f"mark-{a}": "2,5", f"mark-{b}": " 0.25 ", f"mark-{draw}": "3", f"count-{draw}": "2"}
    arranged(browser, "order", **changes)
    found = {slot.pk: (slot.mark, slot.count) for slot in slots(quiz)}
    assert found == {a: (Decimal("2.5"), 1), b: (Decimal("0.25"), 1), draw: (Decimal(3), 2)}
    entry = entries()[-1]
    assert [one["mark"] for one in entry.after["slots"]] == ["2.50", "0.25", "3.00"]
    arranged(browser, "order")
    assert len(entries()) == 3, "nothing changed, nothing noted"


@pytest.mark.parametrize("typed", ["", "x", "0", "-1", "NaN", "1e400", "1001", "0,004"])
def test_what_is_no_mark_changes_none_and_the_others_are_kept(
    browser: Client, quiz: Quiz, three: list[int], typed: str
) -> None:
    a, b, draw = three
    changes = {f"mark-{a}": typed, f"mark-{b}": "4", f"count-{draw}": typed}
    arranged(browser, f"down-{a}", **changes)
    marks = {slot.pk: slot.mark for slot in slots(quiz)}
    assert (marks[a], marks[b]) == (Decimal(1), Decimal(4))
    assert quiz.slots.get(pk=draw).count == 1
    assert order(quiz) == [b, a, draw]
    said = [str(message) for message in get_messages(browser.get(BUILDER).wsgi_request)]
    assert bool(said) == bool(typed), "whoever typed something is told that it is no number"


def test_slots_of_another_quiz_are_out_of_reach(
    browser: Client, quiz: Quiz, three: list[int], root: Organisation
) -> None:
    course = factories.draft_course(root)
    other = factories.quiz(factories.lesson(factories.module(course), kind="quiz"), questions=2)
    theirs = order(other)
    sent = {"slot": [*theirs, *three], f"mark-{theirs[0]}": "9", "act": f"remove-{theirs[0]}"}
    browser.post(BUILDER, sent)
    assert order(other) == theirs
    assert {slot.mark for slot in slots(other)} == {Decimal(1)}
    assert order(quiz) == three


def test_a_slot_that_the_page_did_not_know_stays_at_the_end(
    browser: Client, quiz: Quiz, three: list[int]
) -> None:
    """Somebody added it while this page was open."""
    first, second, third = three
    browser.post(BUILDER, {"act": "order", "slot": [second, first]})
    assert order(quiz) == [second, first, third]


def test_a_quiz_elsewhere_is_not_there(root: Organisation, client: Client, quiz: Quiz) -> None:
    a = questions(quiz)[0]
    for unit in (factories.unit(root), factories.service("BY")):
        client.force_login(factories.trainer(unit))
        for address in (BUILDER, PICK, f"{BUILDER}try/"):
            assert client.get(address).status_code == 404
        assert client.post(PICK, {"pick": [a.pk]}).status_code == 404
        assert client.post(BUILDER, {"act": "draw", "count": "1"}).status_code == 404
    assert not slots(quiz)


def test_a_lesson_removed_or_of_another_kind_has_no_builder(
    browser: Client, quiz: Quiz, course: Course
) -> None:
    factories.lesson(course.modules.get(), key="text")
    assert browser.get("/teaching/banks/quizzes/DOC-07/text/").status_code == 404
    assert browser.post("/teaching/banks/quizzes/DOC-07/text/").status_code == 404
    assert not Quiz.objects.exclude(pk=quiz.pk).exists()
