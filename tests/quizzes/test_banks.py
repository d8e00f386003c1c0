"""Question banks: made, searched, filtered, paged; those elsewhere are not there."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from quizzes.actions.authoring import create_question, retire_question, save_question
from quizzes.models import Question, QuestionBank, Slot
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.authoring import filled, only
from tests.quizzes.types.samples import BODIES, said

pytestmark = pytest.mark.django_db

BANKS = "/teaching/banks/"


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root, language="en")


@pytest.fixture
def browser(trainer: User, client: Client) -> Client:
    client.force_login(trainer)
    return client


@pytest.fixture
def bank(root: Organisation) -> QuestionBank:
    return factories.bank(root)


def written(
    bank: QuestionBank,
    text: str = "Запитання",
    code: str = "single",
    *,
    tags: tuple[str, ...] = (),
    difficulty: int = 1,
    ready: bool = True,
    languages: tuple[str, ...] = ("uk", "be", "ru", "en"),
) -> Question:
    body = only(BODIES[code], *languages) | {"text": only({"t": said(text)}, *languages)["t"]}
    return create_question(
        bank=bank, key=f"q-{bank.questions.count():08x}", type=code, body=body, tags=tags,
        difficulty=difficulty, ready=ready, languages=(), actor=None,
    )  # fmt: skip


def found(browser: Client, bank: QuestionBank, **query: str) -> set[Question]:
    response = browser.get(f"{BANKS}{bank.pk}/", query)
    assert response.status_code == 200
    return {row["question"] for row in response.context["listed"]}


def without_reference(response: Any) -> str:
    return Page(response).words.rpartition(" ")[0]


# The banks


def test_a_bank_is_made(browser: Client, root: Organisation, trainer: User) -> None:
    """In the language of the buttons; with one unit to choose nothing is asked."""
    page = Page(browser.get(BANKS))
    fields = page.form("").fields if "" in page.actions else {}
    response = browser.post(BANKS, {"title": "  Visas & stamps ", "owner": root.pk})
    bank = QuestionBank.objects.get()
    assert response["Location"] == f"{BANKS}{bank.pk}/"
    assert (bank.title.localize("en"), bank.owner) == ("Visas & stamps", root)
    assert fields.get("owner", [str(root.pk)]) == [str(root.pk)]
    entry = AuditEntry.objects.get(verb="bank.created")
    assert (entry.actor, entry.thing_id) == (trainer, str(bank.pk))
    assert "Visas &amp; stamps" in browser.get(BANKS).content.decode()


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
def test_a_bank_needs_a_title_and_what_was_typed_stays(
    browser: Client, root: Organisation, title: str
) -> None:
    response = browser.post(BANKS, {"title": title, "owner": root.pk})
    assert response.status_code == 200
    assert "title" in response.context["form"].errors
    assert response.context["form"]["title"].value() == title
    assert not QuestionBank.objects.exists()


def test_a_bank_belongs_to_the_trainers_units_only(root: Organisation, client: Client) -> None:
    left, right = factories.unit(root), factories.unit(root)
    beneath = factories.unit(left)
    client.force_login(factories.trainer(left, language="en"))
    for unit in (right, root, factories.service("BY")):
        page = client.post(BANKS, {"title": "Чужий", "owner": unit.pk})
        assert page.status_code == 200
        assert "owner" in page.context["form"].errors
    assert client.post(BANKS, {"title": "Свій", "owner": beneath.pk}).status_code == 302
    assert QuestionBank.objects.get().owner == beneath


def test_banks_elsewhere_are_not_there(root: Organisation, client: Client) -> None:
    """Not beside, not above, not in another service; every address answers as for no bank."""
    left, right = factories.unit(root), factories.unit(root)
    client.force_login(factories.trainer(left, language="en"))
    mine = factories.bank(factories.unit(left), 1)
    others = [factories.bank(unit, 1) for unit in (root, right, factories.service("BY"))]
    page = client.get(BANKS)
    assert [row["bank"] for row in page.context["listed"]] == [mine]
    assert client.get(f"{BANKS}{mine.pk}/").status_code == 200
    sent = filled("single", BODIES["single"])
    missing = without_reference(client.get(f"{BANKS}999999/"))
    for bank in others:
        question = bank.questions.get()
        for address in ("", "new/"):
            response = client.get(f"{BANKS}{bank.pk}/{address}")
            assert response.status_code == 404
            assert without_reference(response) == missing
        assert client.post(f"{BANKS}{bank.pk}/new/", sent).status_code == 404
        assert client.post(f"{BANKS}{bank.pk}/preview/", sent).status_code == 404
        editor = f"{BANKS}questions/{question.pk}/"
        assert client.get(editor).status_code == 404
        assert client.post(editor, sent | {"base": "1"}).status_code == 404
        assert client.get(f"{editor}history/").status_code == 404
        assert client.post(f"{editor}restore/", {"version": "1"}).status_code == 404
        assert client.post(f"{editor}retire/", {"act": "retire"}).status_code == 404
    assert Question.objects.filter(retired_at=None).count() == 4
    assert all(question.versions.count() == 1 for question in Question.objects.all())


def test_banks_are_found_by_a_word_in_any_language_and_case(
    browser: Client, root: Organisation
) -> None:
    visas, codes = factories.bank(root), factories.bank(root)
    QuestionBank.objects.filter(pk=visas.pk).update(title={"uk": "Візи", "be": "Візы", "en": "Ab"})
    QuestionBank.objects.filter(pk=codes.pk).update(title={"uk": "Ґанок", "ru": "Ёлка"})
    for typed, expected in (
        ("ВІЗИ", [visas]),
        ("візы", [visas]),
        ("ґАНОК", [codes]),
        ("елка", [codes]),
        ("ганок", []),
        ("ab візи", [visas]),
        ("ab ґанок", []),
        ("", [visas, codes]),
    ):
        listed = browser.get(BANKS, {"q": typed}).context["listed"]
        assert {row["bank"] for row in listed} == set(expected), typed


def test_a_bank_tells_how_many_are_ready_drafts_and_retired(
    browser: Client, bank: QuestionBank
) -> None:
    for number in range(3):
        written(bank, f"Готове {number}")
    written(bank, "Чернетка", ready=False)
    retire_question(question=written(bank, "Старе"), actor=None)
    (row,) = browser.get(BANKS).context["listed"]
    numbers = {name: row["numbers"][name] for name in ("ready", "draft", "retired")}
    assert numbers == {"ready": 3, "draft": 1, "retired": 1}
    links = Page(browser.get(BANKS)).links
    for state in ("draft", "retired"):
        address = f"{BANKS}{bank.pk}/?state={state}"
        assert address in links
        assert len(browser.get(address).context["listed"]) == 1


# What is in one


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("ҐАНОК", {"first"}),
        ("ґанок", {"first"}),
        ("елка", {"second"}),  # ё as е
        ("ЁЛКА", {"second"}),
        ("п'ять", {"second"}),  # any apostrophe
        ("пʼять ёлка", {"second"}),
        ("ґанок ёлка", set()),
        ("mrz", {"first"}),  # a tag
        ("choice", {"first"}),  # an answer
        ("%", set()),
        ("'; drop", set()),
    ],
)
def test_questions_are_found_by_words_of_any_case(
    browser: Client, bank: QuestionBank, typed: str, names: set[str]
) -> None:
    rows = {
        "first": written(bank, "Де Ґанок?", tags=("mrz",)),
        "second": written(bank, "П’ять, ёлка", "truefalse"),
    }
    assert found(browser, bank, q=typed) == {rows[name] for name in names}


def test_questions_are_found_by_their_newest_words(browser: Client, bank: QuestionBank) -> None:
    question = written(bank, "Давнє")
    save_question(
        question=question, base=1, body=BODIES["single"] | {"text": said("Теперішнє")}, tags=[],
        difficulty=1, ready=False, languages=(), actor=None,
    )  # fmt: skip
    assert found(browser, bank, q="давнє") == set()
    assert found(browser, bank, q="теперішнє") == {question}
    (row,) = browser.get(f"{BANKS}{bank.pk}/").context["listed"]
    assert (row["ready"], row["newer_draft"]) == (True, True)


def test_filters_narrow_and_work_together(browser: Client, bank: QuestionBank) -> None:
    ready = written(bank, "А", tags=("mrz", "віза"), difficulty=3)
    other = written(bank, "Б", "multiple", tags=("віза",), languages=("uk", "en"))
    draft = written(bank, "В", tags=("mrz-2",), difficulty=3, ready=False)
    retired = written(bank, "Г", tags=("mrz",))
    retire_question(question=retired, actor=None)
    for query, expected in (
        ({}, {ready, other, draft}),
        ({"type": "multiple"}, {other}),
        ({"tag": "mrz"}, {ready}),
        ({"tag": "віза"}, {ready, other}),
        ({"difficulty": "3"}, {ready, draft}),
        ({"state": "ready"}, {ready, other}),
        ({"state": "draft"}, {draft}),
        ({"state": "retired"}, {retired}),
        ({"missing": "be"}, {other}),
        ({"missing": "uk"}, set()),
        ({"difficulty": "3", "tag": "mrz", "state": "ready"}, {ready}),
        ({"difficulty": "1", "tag": "mrz"}, set()),
        ({"type": "nonsense", "difficulty": "9", "state": "x"}, {ready, other, draft}),
        ({"page": "x", "missing": "xx", "tag": "nobody"}, {ready, other, draft}),
    ):
        assert found(browser, bank, **query) == expected, query


def test_an_unfinished_question_is_whole_in_no_language(
    browser: Client, bank: QuestionBank
) -> None:
    create_question(
        bank=bank, key="half", type="single", body={"text": {"uk": "Пів"}}, tags=[], difficulty=1,
        ready=False, languages=(), actor=None,
    )  # fmt: skip
    assert len(found(browser, bank, missing="uk")) == 1


def test_a_filter_that_finds_nothing_can_be_cleared(browser: Client, bank: QuestionBank) -> None:
    written(bank)
    page = Page(browser.get(f"{BANKS}{bank.pk}/", {"q": "немає"}))
    assert "Nothing found" in page.words
    assert f"{BANKS}{bank.pk}/" in page.links
    assert "No questions yet" in Page(browser.get(f"{BANKS}{factories.bank(bank.owner).pk}/")).words


def test_the_list_tells_where_a_question_is_used(
    browser: Client, root: Organisation, bank: QuestionBank
) -> None:
    course = factories.draft_course(root)
    quiz = factories.quiz(
        factories.lesson(factories.module(course), kind="quiz", key="quiz"), questions=1
    )
    fixed = quiz.slots.get().question
    assert fixed
    drawn = factories.question(quiz.bank, tags=["mrz"])
    alone = factories.question(quiz.bank)
    Slot.objects.create(quiz=quiz, position=2, tags=["mrz"])
    listed = browser.get(f"{BANKS}{quiz.bank_id}/").context["listed"]
    used = {row["question"]: [one.lesson.course for one in row["quizzes"]] for row in listed}
    assert used == {fixed: [course], drawn: [course], alone: []}


# Pages, queries


def spent(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


def fill(bank: QuestionBank, count: int) -> None:
    for number in range(count):
        written(bank, f"Запитання {number}", tags=(f"t{number}", "mrz"), ready=number % 5 > 0)


def test_a_bank_comes_in_pages(browser: Client, bank: QuestionBank) -> None:
    fill(bank, 60)
    address = f"{BANKS}{bank.pk}/"
    seen: list[Any] = []
    for number, size in (("1", 25), ("2", 25), ("3", 10)):
        listed = browser.get(address, {"page": number}).context["listed"]
        assert len(listed) == size
        seen += [row["question"].pk for row in listed]
    assert seen == sorted(seen, reverse=True), "the newest first, each once"
    assert len(set(seen)) == 60
    assert len(browser.get(address, {"page": "99"}).context["listed"]) == 10
    assert len(browser.get(address, {"size": "100"}).context["listed"]) == 60
    second = Page(browser.get(address, {"tag": "mrz", "page": "2"}))
    assert any("tag=mrz" in link and "page=" in link for link in second.links)


def test_a_bank_costs_the_same_with_few_questions_and_with_many(
    browser: Client, root: Organisation
) -> None:
    few, many = factories.bank(root), factories.bank(root)
    fill(few, 5)
    fill(many, 60)
    for query in ("?size=100", "?size=100&q=запитання&tag=mrz&state=ready"):
        costs = [spent(browser, f"{BANKS}{bank.pk}/{query}") for bank in (few, many)]
        assert costs[0] == costs[1], query
        assert costs[0] <= 12, query


def test_the_banks_cost_the_same_few_and_many(browser: Client, root: Organisation) -> None:
    costs = []
    for count in (5, 55):
        for _ in range(count):
            factories.bank(root, 1)
        costs.append(spent(browser, f"{BANKS}?size=100"))
        costs.append(spent(browser, f"{BANKS}?size=100&q=банк"))
    assert len(browser.get(f"{BANKS}?size=100").context["listed"]) == 60
    assert len(browser.get(BANKS).context["listed"]) == 25
    assert costs[:2] == costs[2:]
    assert max(costs) <= 8
