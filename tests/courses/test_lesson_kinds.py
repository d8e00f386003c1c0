"""The registry of lesson kinds; and each kind authored, published, shown and completed."""

from collections.abc import Callable

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from courses import lesson_kinds
from courses.actions import NotPublishable, publish_course
from courses.actions.kinds import Line, retitle_lesson, save_checklist, set_ticks
from courses.checks import lesson_kinds_are_whole
from courses.kinds import ReadingLesson
from courses.models import Course, Enrolment, Lesson, LessonProgress
from courses.outlines import Outline, outline_of
from courses.publishing import holes_of
from courses.standing import standing_of
from lms.people.models import Organisation, User
from tests import factories
from tests.courses import media
from tests.courses.pages import Page


def author_reading(lesson: Lesson) -> None:
    for code in lesson.course.languages:
        factories.text(lesson, code, f"Текст {code}")


def author_quiz(lesson: Lesson) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(title=factories.texts("Тест"))
    factories.quiz(lesson, questions=2)


def author_video(lesson: Lesson) -> None:
    author_reading(lesson)
    media.with_film(lesson, factories.trainer(lesson.course.owner))


def author_file(lesson: Lesson) -> None:
    trainer = factories.trainer(lesson.course.owner)
    retitle_lesson(lesson=lesson, titles=factories.texts("Пам’ятка"), actor=trainer)
    media.attached(lesson, "download", media.pdf(), name="пам’ятка.pdf", actor=trainer)


def author_practical(lesson: Lesson) -> None:
    trainer = factories.trainer(lesson.course.owner)
    lines = [Line(key, factories.texts(f"Показує {key}")) for key in ("lamp", "lens")]
    retitle_lesson(lesson=lesson, titles=factories.texts("Під лампою"), actor=trainer)
    save_checklist(lesson=lesson, lines=lines, actor=trainer)


def finish_reading(browser: Client, enrolment: Enrolment, address: str) -> None:
    Page(browser.get(address)).form(f"{address}done/").send(browser)


def finish_quiz(browser: Client, enrolment: Enrolment, address: str) -> None:
    page = Page(browser.get(address))
    start = next(action for action in page.actions if action.startswith("/attempts/start/"))
    attempt = Page(browser.post(start, follow=True))
    assert attempt.form(attempt.all("form", id="attempt")[0].attrs["action"])
    factories.submitted(enrolment)


def finish_practical(browser: Client, enrolment: Enrolment, address: str) -> None:
    trainer = factories.trainer(enrolment.course.owner)
    lesson = Lesson.objects.get(key="it")
    for key in ("lamp", "lens"):
        assert not factories.refreshed(enrolment).completed_at
        set_ticks(enrolment=enrolment, lesson_id=lesson.pk, ticks={key: ""}, actor=trainer)


AUTHOR: dict[str, Callable[[Lesson], None]] = {
    "reading": author_reading,
    "video": author_video,
    "file": author_file,
    "practical": author_practical,
    "quiz": author_quiz,
}
FINISH: dict[str, Callable[[Client, Enrolment, str], None]] = {
    "reading": finish_reading,
    "video": finish_reading,
    "file": finish_reading,
    "practical": finish_practical,
    "quiz": finish_quiz,
}


@pytest.mark.parametrize("code", [kind.code for kind in lesson_kinds.all_kinds()])
def test_each_kind_from_the_draft_to_the_completion(
    code: str, browser: Client, root: Organisation, officer: User
) -> None:
    factories.draft_course(root, code="DOC-07")
    draft = Course.objects.get()
    lesson = Lesson.objects.create(
        course=draft, module=factories.module(draft), key="it", kind=code, position=1, minutes=5,
        title={},
    )  # fmt: skip
    assert holes_of(draft)
    with pytest.raises(NotPublishable):
        publish_course(course=draft, actor=None)
    AUTHOR[code](lesson)
    assert holes_of(draft) == []
    revision = publish_course(course=draft, actor=None)
    assert revision.languages == draft.languages
    kind = lesson_kinds.get(code)
    assert kind
    item = outline_of(revision.pk).by_key["it"]
    assert item.body == kind.snapshot(Lesson.objects.get(pk=lesson.pk))
    assert not kind.is_done(item, None)
    assert kind.is_done(item, LessonProgress(revision=revision))

    address = "/courses/DOC-07/lessons/it/"
    assert browser.get(address).status_code == 200  # a look before enrolling
    enrolment = factories.enrolled(officer, Course.objects.get())
    for language in draft.languages:
        browser.post("/courses/DOC-07/language/", {"language": language})
        response = browser.get(address)
        assert kind.template in [template.name for template in response.templates]
        assert f'lang="{language}"' in response.content.decode()
    FINISH[code](browser, enrolment, address)
    assert factories.refreshed(enrolment).completed_at
    assert browser.get(address).status_code == 200


class Sketch(ReadingLesson):
    code = "sketch"


def test_a_code_is_taken_once() -> None:
    with pytest.raises(ImproperlyConfigured, match="'reading'"):
        lesson_kinds.register(ReadingLesson())


def test_inside_the_block_only() -> None:
    with lesson_kinds.temporarily(Sketch()):
        assert lesson_kinds.get("sketch")
        with pytest.raises(ImproperlyConfigured), lesson_kinds.temporarily(Sketch()):
            pass
        assert lesson_kinds.get("sketch")
    assert lesson_kinds.get("sketch") is None


def test_an_unknown_kind_is_never_done(root: Organisation) -> None:
    course = factories.published_course(root, readings=1, questions=0)
    revision = course.current_revision
    assert revision
    data = revision.outline
    data["modules"][0]["lessons"][0]["kind"] = "sketch"
    row = LessonProgress(lesson_id=data["modules"][0]["lessons"][0]["id"], revision=revision)
    standing = standing_of(Outline.model_validate(data), [row])
    assert (standing.done, standing.percent) == (frozenset(), 0)


class NoTemplate(ReadingLesson):
    code = "no-template"
    template = "courses/none.html"


class LongCode(ReadingLesson):
    code = "a-kind-with-a-code-longer-than-its-column"


@pytest.mark.parametrize(
    ("kind", "error"), [(NoTemplate(), "courses.E002"), (LongCode(), "courses.E001")]
)
def test_the_system_check_finds(kind: ReadingLesson, error: str) -> None:
    assert lesson_kinds_are_whole() == []
    with lesson_kinds.temporarily(kind):
        assert [found.id for found in lesson_kinds_are_whole()] == [error]
        assert error in [found.id for found in run_checks()]
