"""The question editor: every type is written, tried, published, answered and passed.

What is typed is never lost: by a refusal, by another editor, without a script, after a step back.
"""

from typing import Any

import pytest
from django.test import Client
from django.utils.html import conditional_escape

from courses.actions import publish_course
from courses.models import Course
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from quizzes.actions import submit_attempt
from quizzes.actions.building import make_quiz
from quizzes.models import Attempt, Question, QuestionBank, Slot
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.authoring import filled, nothing_written, only
from tests.quizzes.types.samples import ALL_TYPES, BODIES, said

pytestmark = pytest.mark.django_db


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


def write(browser: Client, bank: QuestionBank, code: str = "single", **more: Any) -> Question:
    """A question saved by the editor."""
    response = browser.post(f"/teaching/banks/{bank.pk}/new/", filled(code, BODIES[code], **more))
    assert response.status_code == 302, response.context["summary"]
    return Question.objects.get(key=more.get("key", "q-0123abcd"))


@pytest.mark.parametrize("code", [one.code for one in ALL_TYPES])
def test_every_type_from_the_editor_to_a_pass(
    root: Organisation, browser: Client, code: str
) -> None:
    """Author it, try it, publish it, answer it right, pass."""
    course = factories.draft_course(root)
    lesson = factories.lesson(factories.module(course), kind="quiz", key="quiz")
    quiz = make_quiz(lesson)
    fields = filled(code, BODIES[code], quiz=f"{course.code}/quiz")
    response = browser.post(f"/teaching/banks/{quiz.bank_id}/new/", fields)
    assert response["Location"] == f"/teaching/banks/quizzes/{course.code}/quiz/"
    question = Question.objects.get()
    version = question.versions.get()
    (question_type,) = [one for one in ALL_TYPES if one.code == code]
    body = question_type.parse(BODIES[code])
    assert question_type.parse(version.body) == body
    assert (version.state, question.type) == ("ready", code)
    assert (question.tags, question.difficulty) == (["mrz", "віза"], 2)
    assert question.written_in == " uk be ru en "

    right = question_type.form_data(body, question_type.right_response(body), "try")
    page = browser.post(
        f"/teaching/banks/questions/{question.pk}/", fields | right | {"act": "check"}
    )
    assert b'class="tag ok"' in page.context["preview"].encode()

    publish_course(course=course, actor=None)
    course.refresh_from_db()
    officer = factories.officer(root)
    attempt = factories.submitted(factories.enrolled(officer, course))
    assert attempt.passed
    assert attempt.percent == 100


# Drafts and what keeps a question from being ready


def body_of(code: str = "single", **changes: Any) -> dict[str, Any]:
    return BODIES[code] | changes


def address(question: Question) -> str:
    return f"/teaching/banks/questions/{question.pk}/"


def still_there(response: Any, sent: dict[str, Any]) -> None:
    """The page has everything that was sent, in sight or hidden; blank rows may come after."""
    has = Page(response).form("").fields
    for name, value in sent.items():
        if name in {"act", "beside", "language"} or (name == "key" and "base" in has):
            continue
        if isinstance(value, list):
            assert has[name][: len(value)] == [str(one) for one in value], name
        else:
            assert has.get(name, [""]) == [str(value)], name


def test_an_unfinished_question_is_kept_as_a_draft(browser: Client, bank: QuestionBank) -> None:
    """Half a sentence in one language is enough to come back to."""
    body = {"text": {"uk": "Хто ґа"}, "choices": [{"id": "r1", "text": {"uk": "так"}}]}
    sent = filled("single", body, act="draft", tags="mrz, віза")
    response = browser.post(f"/teaching/banks/{bank.pk}/new/", sent)
    question = Question.objects.get()
    assert response["Location"] == address(question)
    assert question.versions.get().state == "draft"
    page = browser.get(address(question))
    still_there(page, sent)
    assert "This draft is not finished" in Page(page).words
    listed = browser.get(f"/teaching/banks/{bank.pk}/?state=draft").context["listed"]
    assert [(row["question"], row["words"], row["ready"]) for row in listed] == [
        (question, "Хто ґа", False)
    ]
    assert not browser.get(f"/teaching/banks/{bank.pk}/?state=ready").context["listed"]


def test_a_draft_that_is_whole_becomes_ready_without_another_version(
    browser: Client, bank: QuestionBank
) -> None:
    question = write(browser, bank, act="draft")
    browser.post(address(question), filled("single", BODIES["single"], base="1"))
    version = question.versions.get()
    assert (version.number, version.state) == (1, "ready")


def choices(*texts: dict[str, str], right: int | None = 0) -> list[dict[str, Any]]:
    return [
        {"id": f"r{number}", "right": number == right, "text": text}
        for number, text in enumerate(texts)
    ]


REFUSED = {
    "no text": ("single", {"text": {}}, "id_text-uk", "Write this."),
    "none right": (
        "single",
        {"choices": choices(said("a"), said("b"), right=None)},
        "part-choices",
        "Mark what is right.",
    ),
    "one choice": ("single", {"choices": choices(said("a"))}, "part-choices", "at least two"),
    "the same twice, out of sight": (
        "single",
        {"choices": choices(said("a"), said("b") | {"be": said("a")["be"]})},
        "part-choices",
        "ў’і a",
    ),
    "not written in the language in sight": (
        "single",
        {"text": {"ru": "Кто?"}},
        "id_text-uk",
        "Not written in this language yet.",
    ),
    "neither true nor false": ("truefalse", {"right": None}, "part-right", "Fill this in."),
    "no number": ("numeric", {"answer": "zwölf"}, "part-answer", "zwölf"),
    "nothing accepted": ("shorttext", {"accepted": {}}, "part-accepted", "at least one answer"),
    "half a pair": (
        "matching",
        {"pairs": [*BODIES["matching"]["pairs"], {"id": "e", "left": said("E"), "right": {}}]},
        "id_pairs-e-right-uk",
        "Write this.",
    ),
    "one step": ("ordering", {"items": BODIES["ordering"]["items"][:1]}, "part-items", "two"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_each_problem_is_named_at_its_place_and_nothing_typed_is_lost(
    browser: Client, bank: QuestionBank, case: str
) -> None:
    code, changes, place, sentence = REFUSED[case]
    sent = filled(code, body_of(code, **changes))
    response = browser.post(f"/teaching/banks/{bank.pk}/new/", sent)
    assert response.status_code == 200
    assert not Question.objects.exists()
    still_there(response, sent)
    page = Page(response)
    (said_so,) = page.all("div", role="alert")
    assert sentence in said_so.words
    anchors = {e.attrs["href"] for e in page.all("a") if said_so in e.inside}
    ids = {element.attrs.get("id") for element in page.elements}
    assert all(anchor.removeprefix("#") in ids for anchor in anchors)
    assert place in ids
    (at_place,) = [e for e in page.elements if e.attrs.get("id") == place]
    assert at_place.attrs.get("aria-invalid") or sentence in at_place.words


def test_bad_tags_and_difficulty_lose_nothing_either(browser: Client, bank: QuestionBank) -> None:
    sent = filled("single", BODIES["single"], difficulty="9", tags="x" * 1001)
    response = browser.post(f"/teaching/banks/{bank.pk}/new/", sent)
    assert response.status_code == 200
    assert not Question.objects.exists()
    page = Page(response)
    assert page.form("").fields["tags"] == ["x" * 1001]
    still_there(response, {name: value for name, value in sent.items() if name != "difficulty"})


def published_question(root: Organisation, **fields: Any) -> tuple[Course, Question]:
    course = factories.published_course(root, readings=0, questions=1, **fields)
    return course, Question.objects.get(bank=QuestionBank.objects.latest("pk"))


def test_what_a_published_quiz_holds_stays_whole_in_its_languages(
    root: Organisation, browser: Client
) -> None:
    """The language that misses comes in sight beside the one written in."""
    _course, question = published_question(root)
    body = only(factories.single_choice("Нове"), "uk", "ru", "en")
    sent = filled("single", body, base="1")
    response = browser.post(address(question), sent)
    assert response.status_code == 200
    assert question.versions.count() == 1
    still_there(response, sent)
    page = Page(response)
    assert page.form("").fields["beside"] == ["be"]
    assert "Not written in this language yet." in page.words
    assert browser.post(address(question), sent | {"act": "draft"}).status_code == 302
    assert list(question.versions.values_list("number", "state").order_by("number")) == [
        (1, "ready"),
        (2, "draft"),
    ]


# Versions


def version_of(attempt: Attempt) -> int:
    return attempt.items.get().version.number


def test_what_is_in_use_gets_a_next_version_and_attempts_keep_theirs(
    root: Organisation, browser: Client
) -> None:
    course, question = published_question(root)
    before = factories.started(factories.enrolled(factories.officer(root), course))
    browser.post(address(question), filled("single", factories.single_choice("Нове"), base="1"))
    assert [v.number for v in question.versions.order_by("number")] == [1, 2]
    between = factories.started(factories.enrolled(factories.officer(root), course))
    publish_course(course=Course.objects.get(pk=course.pk), actor=None)
    course.refresh_from_db()
    after = factories.started(factories.enrolled(factories.officer(root), course))
    assert [version_of(one) for one in (before, between, after)] == [1, 1, 2]
    assert factories.answered(before).items.get().version.body["text"] != "Нове"


def test_nothing_changed_makes_no_version(browser: Client, bank: QuestionBank) -> None:
    question = write(browser, bank)
    entries = AuditEntry.objects.count()
    for _ in range(2):
        sent = filled("single", BODIES["single"], base="1")
        assert browser.post(address(question), sent).status_code == 302
    assert question.versions.count() == 1
    assert AuditEntry.objects.count() == entries


def test_the_second_of_two_editors_sees_the_difference(
    root: Organisation, browser: Client, bank: QuestionBank
) -> None:
    """Nothing of either is lost: theirs is a version, ours is in the form; a save goes on."""
    question = write(browser, bank)
    theirs = body_of(text=said("Which of them?"))
    other = Client()
    other.force_login(factories.trainer(root, family_name="Щербань", language="uk"))
    sent = filled("single", theirs, base="1", tags="MRZ, Чужа", difficulty="3")
    assert other.post(address(question), sent).status_code == 302

    ours = filled("single", body_of(explanation=said("Since.")), base="1")
    response = browser.post(address(question), ours)
    assert response.status_code == 200
    assert question.versions.count() == 2
    page = Page(response)
    (told,) = page.all("section", role="alert")
    assert "Щербань" in told.words
    struck = " ".join(e.words for e in page.all("del") if told in e.inside)
    marked = " ".join(e.words for e in page.all("ins") if told in e.inside)
    assert "of them" in struck
    assert "Since" in marked
    assert ("чужа" in struck, "3" in struck) == (True, True), "tags and difficulty too"
    still_there(response, {name: value for name, value in ours.items() if name != "base"})
    assert page.form("").fields["base"] == ["2"]
    question.refresh_from_db()
    assert question.tags == ["mrz", "чужа"], "theirs stand until ours are saved knowingly"

    assert browser.post(address(question), ours | {"base": "2"}).status_code == 302
    assert [v.number for v in question.versions.order_by("number")] == [1, 2, 3]
    bodies = dict(question.versions.values_list("number", "body"))
    assert bodies[2]["text"]["en"] == "Which of them?"
    assert bodies[3]["explanation"]["en"] == "Since."


def test_two_editors_of_the_tags_alone_do_not_overwrite_each_other(
    browser: Client, bank: QuestionBank
) -> None:
    question = write(browser, bank)
    opened = Page(browser.get(address(question))).form("").fields["keywords"][0]
    same = filled("single", BODIES["single"], base="1", keywords=opened)
    assert browser.post(address(question), same | {"tags": "MRZ, Чужа"}).status_code == 302

    response = browser.post(address(question), same | {"tags": "MRZ, Моя", "difficulty": "3"})

    assert response.status_code == 200
    page = Page(response)
    (told,) = page.all("section", role="alert")
    assert "were changed while you were writing" in told.words
    assert "чужа" in " ".join(e.words for e in page.all("del") if told in e.inside)
    question.refresh_from_db()
    assert question.tags == ["mrz", "чужа"]
    fields = page.form("").fields
    assert fields["tags"] == ["MRZ, Моя"]
    knowing = same | {"keywords": fields["keywords"][0], "tags": "MRZ, Моя", "difficulty": "3"}
    assert browser.post(address(question), knowing).status_code == 302
    assert browser.post(address(question), knowing).status_code == 302, "a second click"
    question.refresh_from_db()
    assert (question.tags, question.difficulty) == (["mrz", "моя"], 3)
    assert question.versions.count() == 1


@pytest.mark.parametrize("base", ["", "0", "x", "9" * 30, "-1"])
def test_a_save_that_says_no_version_overwrites_nothing(
    browser: Client, bank: QuestionBank, base: str
) -> None:
    question = write(browser, bank)
    sent = filled("single", body_of(text=said("Another?")), base=base)
    assert browser.post(address(question), sent).status_code == 200
    assert question.versions.count() == 1


def test_a_save_repeated_makes_one_question(root: Organisation, browser: Client) -> None:
    """A double click: one question, one slot, one entry in the log."""
    quiz = make_quiz(
        factories.lesson(factories.module(factories.draft_course(root)), kind="quiz", key="quiz")
    )
    sent = filled("single", BODIES["single"], quiz=f"{quiz.lesson.course.code}/quiz")
    for _ in range(2):
        assert browser.post(f"/teaching/banks/{quiz.bank_id}/new/", sent).status_code == 302
    question = Question.objects.get()
    assert question.versions.count() == 1
    assert quiz.slots.get().question == question
    assert AuditEntry.objects.filter(verb="question.saved").count() == 1


def test_what_is_typed_after_a_step_back_is_not_lost(browser: Client, bank: QuestionBank) -> None:
    """Saved, back, changed, saved: the same key, so the next version of the same question."""
    question = write(browser, bank)
    write(browser, bank, tags="інша")
    sent = filled("single", body_of(text=said("Mended?")))
    assert browser.post(f"/teaching/banks/{bank.pk}/new/", sent).status_code == 302
    assert Question.objects.get() == question
    assert question.versions.latest("number").body["text"]["en"] == "Mended?"

    late = filled("single", body_of(text=said("Too late?")))
    response = browser.post(f"/teaching/banks/{bank.pk}/new/", late, follow=True)
    assert response.status_code == 200
    assert question.versions.count() == 2
    still_there(response, late)
    assert Page(response).all("section", role="alert"), "the difference is told"


def test_another_type_after_a_step_back_is_another_question(
    browser: Client, bank: QuestionBank
) -> None:
    write(browser, bank)
    sent = filled("truefalse", BODIES["truefalse"])
    assert browser.post(f"/teaching/banks/{bank.pk}/new/", sent).status_code == 302
    assert sorted(Question.objects.values_list("type", flat=True)) == ["single", "truefalse"]


def test_another_of_the_same_kind_begins_with_type_tags_and_difficulty(
    browser: Client, bank: QuestionBank
) -> None:
    response = browser.post(
        f"/teaching/banks/{bank.pk}/new/", filled("numeric", BODIES["numeric"], act="again")
    )
    fields = Page(browser.get(response["Location"])).form("").fields
    assert fields["type"] == ["numeric"]
    assert (fields["tags"], fields["difficulty"]) == (["mrz, віза"], ["2"])
    assert fields["key"] != ["q-0123abcd"]
    assert (fields["language"], fields["beside"]) == (["uk"], ["en"])


# Without a script


def rows_on(response: Any, part: str = "choices") -> list[str]:
    return Page(response).form("").fields[f"{part}-row"]


def test_rows_are_added_moved_and_removed_without_a_script(
    browser: Client, bank: QuestionBank
) -> None:
    new = f"/teaching/banks/{bank.pk}/new/"
    sent = filled("single", BODIES["single"])
    assert sent["choices-row"][:3] == ["a", "b", "c"]

    added = browser.post(new, sent | {"act": "add-choices"})
    assert len(rows_on(added)) > len(sent["choices-row"])
    still_there(added, sent)
    assert len(set(rows_on(added))) == len(rows_on(added))

    for act, order in (
        ("down-choices-a", ["b", "a", "c"]),
        ("up-choices-c", ["a", "c", "b"]),
        ("up-choices-a", ["a", "b", "c"]),
        ("down-choices-c", ["a", "b", "c"]),
        ("remove-choices-b", ["a", "c"]),
        ("remove-choices-nobody", ["a", "b", "c"]),
        ("explode-choices-a", ["a", "b", "c"]),
    ):
        page = browser.post(new, sent | {"act": act})
        assert rows_on(page)[: len(order)] == order, act
        fields = Page(page).form("").fields
        assert fields["choices-right"] == ["a"]
        for one in order:
            for language, words in said(f"choice {one}").items():
                assert fields[f"choices-{one}-text-{language}"] == [words]
    assert not Question.objects.exists()


def test_the_page_sends_back_what_it_shows(browser: Client, bank: QuestionBank) -> None:
    """The form as a browser reads it, a row moved, saved: nothing but the order changes."""
    new = f"/teaching/banks/{bank.pk}/new/"
    page = browser.post(new, filled("matching", BODIES["matching"], act="down-pairs-dog"))
    fields = Page(page).form("").fields
    assert browser.post(new, fields | {"act": "save"}).status_code == 302
    body = Question.objects.get().versions.get().body
    assert [pair["id"] for pair in body["pairs"]] == ["frog", "dog", "cat"]
    assert body["pairs"][1] == BODIES["matching"]["pairs"][0]
    assert body["extra"] == BODIES["matching"]["extra"]


def test_another_type_keeps_the_text(browser: Client, bank: QuestionBank) -> None:
    new = f"/teaching/banks/{bank.pk}/new/"
    page = browser.post(new, filled("single", BODIES["single"], act="type-multiple"))
    fields = Page(page).form("").fields
    assert fields["type"] == ["multiple"]
    body = body_of()
    for language in said(""):
        assert fields[f"text-{language}"] == [body["text"][language]]
        assert fields[f"explanation-{language}"] == [body["explanation"][language]]
        assert fields[f"choices-b-text-{language}"] == [said("choice b")[language]]
    assert fields["mrz"] == [body["mrz"]]
    assert fields["tags"] == ["MRZ, Віза"]
    page = browser.post(new, fields | {"act": "type-truefalse"})
    fields = Page(page).form("").fields
    assert (fields["type"], fields["text-be"]) == (["truefalse"], [body["text"]["be"]])
    assert not Question.objects.exists()


def test_other_languages_come_in_sight_with_what_was_typed(
    browser: Client, bank: QuestionBank
) -> None:
    sent = filled("single", body_of(), act="language", language="be", beside="ru")
    page = browser.post(f"/teaching/banks/{bank.pk}/new/", sent)
    still_there(page, sent)
    hidden = {e.attrs["name"] for e in Page(page).all("input", type="hidden") if "name" in e.attrs}
    assert {"text-uk", "text-en"} <= hidden
    assert not {"text-be", "text-ru"} & hidden


# Preview


@pytest.mark.parametrize("code", [one.code for one in ALL_TYPES])
def test_the_preview_is_the_learners_page_and_writes_nothing(
    browser: Client, bank: QuestionBank, code: str
) -> None:
    """While it is typed, whole, tried rightly and tried with nothing."""
    preview = f"/teaching/banks/{bank.pk}/preview/"
    (question_type,) = [one for one in ALL_TYPES if one.code == code]
    body = question_type.parse(BODIES[code])
    sent = filled(code, BODIES[code], preview="be")
    right = question_type.form_data(body, question_type.right_response(body), "try")
    with nothing_written():
        typing = browser.post(preview, filled(code, {"text": {"uk": "Хто"}}))
        whole = browser.post(preview, sent)
        passed = browser.post(preview, sent | right | {"act": "check"})
        failed = browser.post(preview, sent | {"act": "check"})
    assert "Хто" in typing.content.decode()
    assert b'value="check"' not in typing.content
    assert question_type.template in [template.name for template in whole.templates]
    assert BODIES[code]["text"]["be"] in whole.content.decode()
    assert 'class="tag' not in whole.content.decode()
    assert 'class="tag ok"' in passed.content.decode()
    assert 'class="tag late"' in failed.content.decode()
    for line in question_type.right_text(body, "be"):
        assert conditional_escape(line) in failed.content.decode()


def test_the_editor_itself_previews_without_writing(browser: Client, bank: QuestionBank) -> None:
    question = write(browser, bank)
    with nothing_written():
        for act in ("preview", "check", "language", "add-choices"):
            sent = filled("single", body_of(text=said("Unsaved?")), act=act, base="1")
            page = browser.post(address(question), sent)
            assert "Unsaved?" in page.context["preview"] or act == "language"
            browser.post(f"/teaching/banks/{bank.pk}/new/", sent)
        browser.get(address(question))
        browser.get(f"{address(question)}history/")


def test_rows_that_read_alike_break_no_preview(browser: Client, bank: QuestionBank) -> None:
    body = body_of(choices=choices(said("a"), said("a")))
    page = browser.post(f"/teaching/banks/{bank.pk}/preview/", filled("single", body))
    assert "each row reads differently" in page.content.decode()


# History, retiring


def test_the_history_tells_what_changed_and_brings_it_back(
    browser: Client, bank: QuestionBank, trainer: User
) -> None:
    question = write(browser, bank)
    second = filled("single", body_of(text=said("Which of these?")), base="1")
    browser.post(address(question), second)
    page = Page(browser.get(f"{address(question)}history/"))
    struck = [e.words for e in page.all("del")]
    assert any("one" in words for words in struck)
    assert any("of these" in e.words for e in page.all("ins"))
    assert trainer.full_name in page.words
    (restore,) = page.all("button", name="version")
    assert restore.attrs["value"] == "1"

    for _ in range(2):  # a double click
        response = browser.post(f"{address(question)}restore/", {"version": "1"})
        assert response["Location"] == address(question)
    bodies = dict(question.versions.values_list("number", "body"))
    assert set(bodies) == {1, 2, 3}
    assert bodies[3] == bodies[1] != bodies[2]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 20])
def test_no_such_version_is_brought_back(browser: Client, bank: QuestionBank, version: str) -> None:
    question = write(browser, bank)
    response = browser.post(f"{address(question)}restore/", {"version": version})
    assert response["Location"] == f"{address(question)}history/"
    assert browser.post(f"{address(question)}restore/", {"version": "7"}).status_code == 404
    assert question.versions.count() == 1


def test_a_version_not_whole_for_the_courses_is_not_brought_back(
    root: Organisation, browser: Client
) -> None:
    """It was ready while no course needed Belarusian."""
    course, question = published_question(root, languages=["uk"])
    thin = filled("single", only(factories.single_choice("Лише"), "uk"), base="1")
    assert browser.post(address(question), thin).status_code == 302
    whole = filled("single", factories.single_choice("Усе"), base="2")
    assert browser.post(address(question), whole).status_code == 302
    Course.objects.filter(pk=course.pk).update(languages=["uk", "be"])
    for lesson in course.lessons.all():
        lesson.title = factories.texts("Тест")
        lesson.save()
    publish_course(course=Course.objects.get(pk=course.pk), actor=None)
    page = browser.post(f"{address(question)}restore/", {"version": "2"}, follow=True)
    assert "not whole in the languages" in Page(page).messages[-1]
    assert question.versions.count() == 3


def test_a_question_of_a_type_that_is_gone_breaks_no_page(
    browser: Client, bank: QuestionBank
) -> None:
    question = write(browser, bank)
    browser.post(address(question), filled("single", body_of(text=said("Next?")), base="1"))
    Question.objects.update(type="hologram")
    assert browser.get(f"/teaching/banks/{bank.pk}/").status_code == 200
    assert browser.get(address(question)).status_code == 200
    assert browser.get(f"{address(question)}history/").status_code == 200
    response = browser.post(f"{address(question)}restore/", {"version": "1"})
    assert response.status_code == 302
    assert question.versions.count() == 2


def test_retiring_is_refused_while_a_published_quiz_holds_the_question(
    root: Organisation, browser: Client
) -> None:
    course, question = published_question(root)
    other = factories.question(question.bank)
    page = browser.post(f"{address(question)}retire/", {"act": "retire"}, follow=True)
    assert "published quiz holds" in Page(page).messages[0]
    quiz = course.lessons.get(kind="quiz")
    assert f"/teaching/banks/quizzes/{course.code}/{quiz.key}/" in Page(page).links
    question.refresh_from_db()
    assert question.retired_at is None

    Slot.objects.filter(question=question).update(question=other)
    browser.post(f"{address(question)}retire/", {"act": "retire"})
    question.refresh_from_db()
    assert question.retired_at is None, "what officers get is what is published"
    publish_course(course=Course.objects.get(pk=course.pk), actor=None)
    for _ in range(2):
        browser.post(f"{address(question)}retire/", {"act": "retire"})
    question.refresh_from_db()
    assert question.retired_at
    for _ in range(2):
        browser.post(f"{address(question)}retire/", {"act": "return"})
    question.refresh_from_db()
    assert question.retired_at is None
    verbs = AuditEntry.objects.filter(verb__startswith="question.re").order_by("pk")
    assert [entry.verb for entry in verbs] == ["question.retired", "question.returned"]


def test_what_is_drawn_may_be_retired_and_is_drawn_no_more(
    root: Organisation, browser: Client
) -> None:
    course = factories.published_course(
        root, readings=0, questions=1, quiz_settings={"fixed": False}
    )
    first, second = Question.objects.order_by("pk")
    browser.post(f"{address(first)}retire/", {"act": "retire"})
    for _ in range(5):
        attempt = factories.started(factories.enrolled(factories.officer(root), course))
        assert attempt.items.get().version.question == second


# Hostile words

HOSTILE = "<img src=x onerror=alert(1)>"
HARMLESS = "&lt;img src=x onerror=alert(1)&gt;"


def test_html_typed_as_text_is_shown_as_typed(root: Organisation, browser: Client) -> None:
    """In every place that shows a question: to trainers and to officers."""
    course = factories.draft_course(root)
    quiz = make_quiz(factories.lesson(factories.module(course), kind="quiz", key="quiz"))
    body = body_of(
        text=said(HOSTILE), explanation=said(HOSTILE), mrz=HOSTILE,
        choices=choices(said(f"a {HOSTILE}"), said(f"b {HOSTILE}")),
    )  # fmt: skip
    code, new = course.code, f"/teaching/banks/{quiz.bank_id}/new/"
    sent = filled("single", body, quiz=f"{code}/quiz", key="q-00000001")
    assert browser.post(new, sent).status_code == 302
    browser.post(new, filled("single", body, key="q-00000002"))
    question = Question.objects.get(key="q-00000001")
    changed = filled("single", body | {"text": said(f"{HOSTILE} next")}, base="1")
    browser.post(address(question), changed)
    builder = f"/teaching/banks/quizzes/{code}/quiz/"
    draw = f"{builder}try/?seed=1"
    shown = {
        "bank": browser.get(f"/teaching/banks/{quiz.bank_id}/"),
        "editor": browser.get(address(question)),
        "preview": browser.post(f"/teaching/banks/{quiz.bank_id}/preview/", sent),
        "checked": browser.post(
            f"/teaching/banks/{quiz.bank_id}/preview/", sent | {"act": "check"}
        ),
        "history": browser.get(f"{address(question)}history/"),
        "two editors": browser.post(address(question), filled("single", body, base="1")),
        "quiz": browser.get(builder),
        "pick": browser.get(f"{builder}pick/"),
        "try": browser.get(draw),
        "try, marked": browser.post(draw, {"seed": "1", "act": "mark"}),
    }
    publish_course(course=Course.objects.get(pk=course.pk), actor=None)
    course.refresh_from_db()
    officer = factories.officer(root)
    attempt = factories.started(factories.enrolled(officer, course))
    browser.force_login(officer)
    shown["attempt"] = browser.get(f"/attempts/{attempt.pk}/")
    factories.answered(attempt)
    submit_attempt(attempt=attempt)
    shown["result"] = browser.get(f"/attempts/{attempt.pk}/result/")
    for where, response in shown.items():
        assert response.status_code == 200, where
        assert HOSTILE not in response.content.decode(), where
        assert HARMLESS in response.content.decode(), where
