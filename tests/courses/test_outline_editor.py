"""The outline of a draft: added, arranged, copied and taken out, by two editors at a time."""

from typing import Any

import pytest
from django.test import Client

from courses import lesson_kinds
from courses.actions import publish_course
from courses.actions.authoring import (
    Gone,
    duplicate_module,
    move_lesson,
    remove_lesson,
    remove_module,
    restore_lesson,
)
from courses.models import Course, Lesson, LessonText, Module, TextFile
from courses.outlines import outline_of
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from tests import factories, worlds
from tests.courses.pages import Page

ADDRESS = "/teaching/courses/DOC-07/"


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root, language="en")


@pytest.fixture
def desk(trainer: User) -> Client:
    client = Client()
    client.force_login(trainer)
    return client


@pytest.fixture
def course(root: Organisation) -> Course:
    """Modules a (a1 a2 a3) and b (b1)."""
    course = factories.draft_course(root, code="DOC-07")
    first, second = factories.module(course), factories.module(course)
    Module.objects.filter(pk=first.pk).update(key="a")
    Module.objects.filter(pk=second.pk).update(key="b")
    for key in ("a1", "a2", "a3"):
        factories.lesson(first, key=key)
    factories.lesson(second, key="b1")
    return course


def order(course: Course) -> dict[str, list[str]]:
    return {
        module.key: [
            one.key for one in module.lessons.filter(removed_at=None).order_by("position", "pk")
        ]
        for module in course.modules.filter(removed_at=None)
    }


def do(desk: Client, **what: str) -> Any:
    return desk.post(f"{ADDRESS}arrange/", what)


def move(desk: Client, words: str) -> Any:
    return do(desk, move=words)


# The page


def test_the_outline_leads_to_each_editor_and_says_what_is_missing(
    desk: Client, course: Course
) -> None:
    lesson = course.lessons.get(key="a1")
    source = lesson.newest_texts()["uk"]
    factories.text(lesson, "be", source=source)
    factories.text(lesson, "uk", "Нове")  # the Belarusian one is now older than its original
    LessonText.objects.filter(lesson=lesson, language="ru").delete()
    page = Page(desk.get(ADDRESS))
    assert f"{ADDRESS}lessons/a1/text/" in page.links
    row = next(e for e in page.all("li") if e.attrs.get("id") == "lesson-a1")
    badges = {e.words[:2]: e.attrs["class"] for e in page.all("li") if row in e.inside}
    assert badges["uk"] == "badge whole"
    assert badges["be"] == "badge stale"
    assert badges["ru"] == "badge missing"


def test_the_first_goes_no_higher_and_the_last_no_lower(desk: Client, course: Course) -> None:
    page = Page(desk.get(ADDRESS))
    shut = {e.attrs["id"] for e in page.all("button") if "disabled" in e.attrs}
    assert shut == {"up-a", "down-b", "up-a1", "down-b1"}


def test_each_button_does_what_it_says(desk: Client, course: Course) -> None:
    """Through the whole outline downwards and back, by the buttons of the page alone."""
    seen = []
    for button in ["down-a1"] * 4 + ["up-a1"] * 4:
        page = Page(desk.get(ADDRESS))
        value = next(e for e in page.all("button") if e.attrs.get("id") == button).attrs["value"]
        assert move(desk, value).status_code == 302
        seen.append(order(course))
    assert seen[1] == {"a": ["a2", "a3", "a1"], "b": ["b1"]}
    assert seen[2] == {"a": ["a2", "a3"], "b": ["a1", "b1"]}
    assert seen[3] == {"a": ["a2", "a3"], "b": ["b1", "a1"]}
    assert seen[-1] == {"a": ["a1", "a2", "a3"], "b": ["b1"]}


def test_modules_move_with_their_lessons(desk: Client, course: Course) -> None:
    move(desk, "module a after b")
    assert list(order(course).items()) == [("b", ["b1"]), ("a", ["a1", "a2", "a3"])]
    assert AuditEntry.objects.filter(verb="module.moved").count() == 1
    move(desk, "module a after b")
    assert AuditEntry.objects.filter(verb="module.moved").count() == 1


# Adding


@pytest.mark.parametrize("kind", [kind.code for kind in lesson_kinds.all_kinds()])
def test_a_lesson_is_added_once_and_opens_in_its_editor(
    desk: Client, course: Course, kind: str
) -> None:
    new = {"title": "Контрольні цифри", "kind": kind, "token": "abcdefgh"}
    first = desk.post(f"{ADDRESS}modules/b/add/", new)
    second = desk.post(f"{ADDRESS}modules/b/add/", new)
    lesson = Lesson.objects.get(kind=kind, key="kontrolni-tsyfry-abcdefgh")
    assert first["Location"] == second["Location"]
    assert desk.get(first["Location"]).status_code == 200
    assert order(course)["b"] == ["b1", lesson.key]
    assert lesson.title.data["uk"] == "Контрольні цифри"
    assert AuditEntry.objects.filter(verb="lesson.added").count() == 1
    assert desk.get(ADDRESS).status_code == 200
    do(desk, duplicate=f"lesson {lesson.key}", token="bbbbbbbb")
    copy = Lesson.objects.get(key=f"{lesson.key}-bbbbbbbb")
    assert desk.get(first["Location"].replace(lesson.key, copy.key)).status_code == 200
    assert desk.get(f"{ADDRESS}preview/{copy.key}/").status_code == 200


@pytest.mark.parametrize("wrong", [{"title": " "}, {"kind": "none"}, {"kind": ""}])
def test_what_is_not_a_lesson_is_not_added(
    desk: Client, course: Course, wrong: dict[str, str]
) -> None:
    sent = {"title": "Х", "kind": "reading", "token": "abcdefgh"} | wrong
    response = desk.post(f"{ADDRESS}modules/b/add/", sent, follow=True)
    assert Page(response).messages
    assert order(course)["b"] == ["b1"]


@pytest.mark.parametrize("path", ["modules/add/", "modules/a/add/"])
def test_a_title_that_is_too_long_comes_back_whole(desk: Client, course: Course, path: str) -> None:
    before = order(course)
    title = "Ґ" * 201
    response = desk.post(ADDRESS + path, {"title": title, "kind": "reading"})
    assert response.status_code == 200
    page = Page(response)
    (field,) = page.all("input", name="title", value=title)
    assert field.attrs["aria-describedby"] == "too-long"
    assert "201" in response.content.decode()
    assert order(course) == before


def test_a_module_is_added_once(desk: Client, course: Course) -> None:
    for _ in range(2):
        response = desk.post(f"{ADDRESS}modules/add/", {"title": "Новий", "token": "abcdefgh"})
    assert response["Location"] == f"{ADDRESS}#add-novyi-abcdefgh"
    assert list(order(course)) == ["a", "b", "novyi-abcdefgh"]


# Two editors


def test_a_move_next_to_what_is_gone_changes_nothing(desk: Client, course: Course) -> None:
    value = "lesson a1 after a2"
    remove_lesson(lesson=course.lessons.get(key="a2"), actor=factories.trainer(course.owner))
    response = desk.post(f"{ADDRESS}arrange/", {"move": value}, follow=True)
    assert Page(response).messages
    assert order(course) == {"a": ["a1", "a3"], "b": ["b1"]}


def test_moves_of_two_pages_both_count(desk: Client, course: Course, trainer: User) -> None:
    """Each says beside what: the later one does not put back what the earlier one moved."""
    move_lesson(lesson=course.lessons.get(key="a3"), actor=trainer, before="a1")
    move(desk, "lesson a2 after b1")
    assert order(course) == {"a": ["a3", "a1"], "b": ["b1", "a2"]}


def test_a_removed_lesson_does_not_move(course: Course, trainer: User) -> None:
    lesson = course.lessons.get(key="a1")
    remove_lesson(lesson=lesson, actor=trainer)
    with pytest.raises(Gone):
        move_lesson(lesson=lesson, actor=trainer, module="b")


NONSENSE = [
    "", "lesson", "lesson a1", "lesson a1 over a2", "course a after b", "lesson a1 before",
    "lesson nix before a2",
]  # fmt: skip


@pytest.mark.parametrize("words", NONSENSE)
def test_nonsense_moves_nothing(desk: Client, course: Course, words: str) -> None:
    assert move(desk, words).status_code == 404
    assert order(course) == {"a": ["a1", "a2", "a3"], "b": ["b1"]}


def test_a_lesson_of_another_course_is_not_reached(
    desk: Client, course: Course, root: Organisation
) -> None:
    other = factories.draft_course(root, code="OTHER")
    factories.lesson(factories.module(other), key="foreign")
    assert move(desk, "lesson foreign before a1").status_code == 404
    assert do(desk, remove="lesson foreign").status_code == 404


# Copies


def test_a_copy_has_texts_pictures_and_translations_of_its_own(
    desk: Client, course: Course
) -> None:
    lesson = course.lessons.get(key="a1")
    newest = lesson.newest_texts()
    factories.text(lesson, "be", source=newest["uk"])
    factories.text(lesson, "ru", source=lesson.newest_texts()["be"])
    picture = worlds.course_file(course)
    TextFile.objects.create(text=newest["uk"], file=picture)
    do(desk, duplicate="lesson a1", token="abcdefgh")
    do(desk, duplicate="lesson a1", token="abcdefgh")
    assert order(course)["a"] == ["a1", "a1-abcdefgh", "a2", "a3"]
    copy = Lesson.objects.get(key="a1-abcdefgh")
    texts = copy.newest_texts()
    assert {text.version for text in texts.values()} == {1}
    assert texts["be"].source == texts["uk"]
    assert texts["ru"].source == texts["be"]
    assert texts["uk"].body == newest["uk"].body
    assert texts["uk"].title != newest["uk"].title
    assert list(texts["uk"].files.all()) == [picture]


def test_a_module_is_copied_with_its_lessons(course: Course, trainer: User) -> None:
    for _ in range(2):
        duplicate_module(module=course.modules.get(key="a"), actor=trainer, token="abcdefgh")
    copied = ["a1-abcdefgh", "a2-abcdefgh", "a3-abcdefgh"]
    assert order(course) == {"a": ["a1", "a2", "a3"], "a-abcdefgh": copied, "b": ["b1"]}
    assert list(order(course)) == ["a", "a-abcdefgh", "b"]


# Removing


def test_what_is_removed_comes_back_by_the_button_of_the_message(
    desk: Client, course: Course
) -> None:
    response = desk.post(f"{ADDRESS}arrange/", {"remove": "lesson a2"}, follow=True)
    assert order(course)["a"] == ["a1", "a3"]
    page = Page(response)
    undo = next(e for e in page.all("button") if e.attrs.get("value") == "lesson a2")
    assert (undo.attrs["form"], undo.attrs["name"]) == ("arrange", "restore")
    do(desk, restore="lesson a2")
    assert order(course)["a"] == ["a1", "a2", "a3"]


def test_a_removed_module_takes_its_lessons_along_and_brings_these_back(
    desk: Client, course: Course, trainer: User
) -> None:
    remove_lesson(lesson=course.lessons.get(key="a2"), actor=trainer)
    do(desk, remove="module a")
    assert order(course) == {"b": ["b1"]}
    assert not course.lessons.filter(module__key="a", removed_at=None).exists()
    assert desk.get(f"{ADDRESS}lessons/a1/").status_code == 404
    assert desk.get(f"{ADDRESS}preview/a1/").status_code == 404
    do(desk, restore="module a")
    assert order(course) == {"a": ["a1", "a3"], "b": ["b1"]}


def test_a_lesson_restored_brings_its_module_back(course: Course, trainer: User) -> None:
    remove_module(module=course.modules.get(key="b"), actor=trainer)
    restore_lesson(lesson=course.lessons.get(key="b1"), actor=trainer)
    assert order(course)["b"] == ["b1"]


def test_officers_keep_a_removed_lesson_until_the_next_revision(
    desk: Client, course: Course, browser: Client
) -> None:
    publish_course(course=course, actor=None)
    do(desk, remove="lesson a1")
    assert browser.get("/courses/DOC-07/lessons/a1/").status_code == 200
    revision = publish_course(course=course, actor=None)
    assert "a1" not in outline_of(revision.pk).by_key


# Settings of a lesson and a module


def test_title_minutes_and_required_change(desk: Client, course: Course) -> None:
    LessonText.objects.filter(lesson__key="a1", language="be").delete()
    address = f"{ADDRESS}lessons/a1/"
    form = Page(desk.get(address)).form("").fields
    assert "title_uk" not in form  # its text carries it
    sent = form | {"minutes": "25", "title_be": "Назва"}
    sent.pop("required")
    assert desk.post(address, sent)["Location"] == f"{ADDRESS}#lesson-a1"
    lesson = course.lessons.get(key="a1")
    assert (lesson.minutes, lesson.required, lesson.title.data["be"]) == (25, False, "Назва")
    entry = AuditEntry.objects.get(verb="lesson.changed")
    assert (entry.before or {})["minutes"] == 10
    stale = desk.post(address, sent | {"minutes": "40"})
    assert stale.status_code == 200
    assert course.lessons.get(key="a1").minutes == 25


def test_a_module_is_renamed_in_each_language(desk: Client, course: Course) -> None:
    address = f"{ADDRESS}modules/b/"
    form = Page(desk.get(address)).form("").fields
    desk.post(address, form | {"title_uk": "Зона"})
    module = course.modules.get(key="b")
    assert module.title.data["uk"] == "Зона"
    assert desk.post(address, form | {"title_uk": "Інше"}).status_code == 200
    assert course.modules.get(key="b").title.data["uk"] == "Зона"
