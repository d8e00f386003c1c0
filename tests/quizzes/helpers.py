"""Short ways of saying what happens in an attempt."""

from datetime import datetime
from typing import Any

from django.test import Client

from courses.actions import publish_course
from courses.models import Course, Enrolment, Lesson
from courses.outlines import OutlineLesson, outline_of
from lms.people.models import Organisation
from quizzes.actions import Saved, save_response
from quizzes.models import Attempt, AttemptItem, ResponseSave
from quizzes.types.base import wire_keys
from tests import factories

A, B, C = {"choice": "a"}, {"choice": "b"}, {"choice": "c"}


def quiz_item(enrolment: Enrolment) -> OutlineLesson:
    """The first quiz of what is published now."""
    course = Course.objects.get(pk=enrolment.course_id)
    assert course.current_revision_id
    lessons = outline_of(course.current_revision_id).lessons
    return next(item for item in lessons if item.kind == "quiz")


def course_of(
    owner: Organisation, *, code: str = "DOC-07", questions: int = 4, **quiz: Any
) -> Course:
    """A course of one quiz with these settings."""
    return factories.published_course(
        owner, code=code, readings=0, questions=questions, quiz_settings=quiz
    )


def published(course: Course, **how: Any) -> Course:
    publish_course(course=course, actor=None, **how)
    return Course.objects.select_related("service", "owner").get(pk=course.pk)


def start_address(enrolment: Enrolment) -> str:
    return f"/attempts/start/{enrolment.course.code}/{quiz_item(enrolment).key}/"


def item_of(attempt: Attempt, position: int = 1) -> AttemptItem:
    return attempt.items.select_related("version__question", "current").get(position=position)


def saved(
    attempt: Attempt, data: dict[str, Any], *, position: int = 1, client: str = "tab", seq: int = 1,
    now: datetime | None = None,
) -> Saved:  # fmt: skip
    return save_response(
        attempt=attempt, item=item_of(attempt, position), client=client, seq=seq, data=data,
        language="uk", now=now,
    )  # fmt: skip


def current(attempt: Attempt, position: int = 1) -> dict[str, Any]:
    return item_of(attempt, position).response


def key_of(attempt: Attempt, choice: str, position: int = 1) -> str:
    """The name by which the page calls a choice of a question."""
    body = item_of(attempt, position).version.body
    return wire_keys({one["id"]: one["text"] for one in body["choices"]})[choice]


def post_save(
    browser: Client, attempt: Attempt, choice: str = "a", *, position: int = 1, **fields: Any
) -> Any:
    """What the page's script sends."""
    data = {
        "q": position, "client": "tab", "seq": 1,
        f"q{position}": key_of(attempt, choice, position),
    } | fields  # fmt: skip
    return browser.post(f"/attempts/{attempt.pk}/save/", data)


def rows() -> list[tuple[int, str, int, str]]:
    """All saves: position, client, seq, choice."""
    return [
        (row.item.position, row.client, row.seq, row.data.get("choice", ""))
        for row in ResponseSave.objects.select_related("item").order_by("pk")
    ]


def lesson_of(enrolment: Enrolment) -> Lesson:
    return Lesson.objects.get(pk=quiz_item(enrolment).id)
