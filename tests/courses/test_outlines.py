"""The outline of a revision: its schema, its memory, its reading."""

from typing import Any

import pytest
from pydantic import ValidationError

from courses.models import Course
from courses.outlines import (
    Outline,
    OutlineLesson,
    forget_outlines,
    localize,
    outline_of,
    outlines_of,
)
from lms.people.models import Organisation
from tests import factories

LESSON = {"id": 1, "key": "one", "kind": "reading", "title": {"uk": "Один"}, "minutes": 5}
OUTLINE: dict[str, Any] = {
    "code": "C", "title": {"uk": "Ґ", "be": "Ў"}, "summary": {}, "languages": ["uk", "be"],
    "modules": [
        {"id": 1, "key": "a", "title": {}, "lessons": [LESSON, LESSON | {"id": 2, "key": "two"}]},
        {"id": 2, "key": "b", "title": {}, "lessons": [LESSON | {"id": 3, "key": "three"}]},
    ],
}  # fmt: skip


def test_lessons_of_all_modules_in_order() -> None:
    outline = Outline.model_validate(OUTLINE)
    assert [item.key for item in outline.lessons] == ["one", "two", "three"]
    assert outline.minutes == 15
    number, module = outline.module_of(outline.by_key["three"])
    assert (number, module.key) == (2, "b")
    with pytest.raises(KeyError):
        outline.module_of(OutlineLesson.model_validate(LESSON | {"id": 99}))


@pytest.mark.parametrize(
    "change",
    [{"code": None}, {"minutes": 3}, {"modules": [{"id": 1}]}, {"languages": "uk"}],
)
def test_the_schema_refuses(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Outline.model_validate(OUTLINE | change)


@pytest.mark.parametrize("change", [{"minutes": -1}, {"id": "x"}, {"unheard": 1}, {"key": None}])
def test_the_schema_of_a_lesson_refuses(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OutlineLesson.model_validate(LESSON | change)


def test_it_does_not_change() -> None:
    outline = Outline.model_validate(OUTLINE)
    with pytest.raises(ValidationError):
        outline.code = "D"


def test_it_survives_the_database() -> None:
    outline = Outline.model_validate(OUTLINE)
    assert Outline.model_validate(outline.model_dump(mode="json")) == outline


@pytest.mark.parametrize(
    ("wishes", "got"),
    [(("be", "uk"), "be"), (("en", "be"), "be"), (("en", "ru"), "uk"), ((), "uk"), (("",), "uk")],
)
def test_the_first_wish_that_went_out(wishes: tuple[str, ...], got: str) -> None:
    assert Outline.model_validate(OUTLINE).language_for(*wishes) == got


@pytest.mark.parametrize(
    ("text", "got"),
    [({"uk": "Ґ", "be": "Ў"}, "Ў"), ({"uk": "Ґ", "be": ""}, "Ґ"), ({"uk": ""}, ""), ({}, "")],
)
def test_localize(text: dict[str, str], got: str) -> None:
    assert localize(text, "be") == got


def test_it_is_read_once(root: Organisation, django_assert_num_queries: Any) -> None:
    courses = [factories.published_course(root, questions=0) for _ in range(3)]
    ids = [course.current_revision_id for course in courses if course.current_revision_id]
    forget_outlines()
    with django_assert_num_queries(1):
        assert outlines_of(ids).keys() == set(ids)
    with django_assert_num_queries(0):
        assert outline_of(ids[0]).code == courses[0].code
    forget_outlines()
    with django_assert_num_queries(1):
        outline_of(ids[0])
    with django_assert_num_queries(1):
        outlines_of(ids)


def test_more_than_the_memory_holds_are_all_found(root: Organisation) -> None:
    course = factories.published_course(root, readings=1, questions=0)
    revision = course.current_revision
    assert revision
    model = type(revision)
    model.objects.bulk_create(
        model(course=course, number=number, languages=["uk"], outline=revision.outline)
        for number in range(2, 302)
    )
    ids = list(model.objects.values_list("pk", flat=True))
    assert outlines_of(ids).keys() == set(ids)


def test_there_is_no_such_revision(db: None) -> None:
    with pytest.raises(KeyError):
        outline_of(404)


def test_the_draft_is_not_read(root: Organisation) -> None:
    course = factories.published_course(root, questions=0)
    Course.objects.filter(pk=course.pk).update(code="ELSE")
    forget_outlines()
    assert outline_of(course.current_revision_id or 0).code == course.code
