"""How the officers of the demonstration came into their states: told through the actions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone

from courses.actions import cancel_enrolment, enrol, mark_done
from courses.models import Course, Enrolment
from courses.outlines import Outline, OutlineLesson, outline_of
from lms.people.models import User
from quizzes.actions import save_response, start_attempt, submit_attempt
from quizzes.models import AttemptItem
from quizzes.types import registry

EXPIRED = timedelta(days=820)  # two years and three months: past the validity of two years
CLIENT = "demonstration"


@dataclass
class Story:
    """How an officer came into his state: the actions below move it on.

    `number` counts the officers of a service and varies what they did.
    """

    officer: User
    course: Course
    coordinator: User
    number: int
    now: datetime
    enrolments: list[Enrolment] = field(default_factory=list)

    @cached_property
    def revision(self) -> int:
        if self.course.current_revision_id is None:
            raise ValueError("the course was never published")
        return self.course.current_revision_id

    @cached_property
    def outline(self) -> Outline:
        return outline_of(self.revision)

    @cached_property
    def quizzes(self) -> list[OutlineLesson]:
        return [item for item in self.outline.lessons if item.kind == "quiz"]

    @property
    def enrolment(self) -> Enrolment:
        return self.enrolments[-1]

    def enrol(self, *, days_ago: int, due_in_days: int | None = None) -> None:
        """Enrolled so many days ago; a due date counts from today and may lie behind."""
        due_on = None
        if due_in_days is not None:
            today = timezone.localdate(self.now, timezone=self.officer.zone)
            due_on = today + timedelta(days=due_in_days)
        self.enrolments.append(
            enrol(
                officer=self.officer,
                course=self.course,
                actor=self.coordinator,
                due_on=due_on,
                now=self.now - timedelta(days=days_ago),
            )
        )

    def read(self, count: int | None = None, *, days_ago: int) -> None:
        """Read the first lessons, all by default, one after the other."""
        moment = self.now - timedelta(days=days_ago)
        for item in [item for item in self.outline.lessons if item.kind == "reading"][:count]:
            moment += timedelta(minutes=item.minutes)
            mark_done(
                enrolment=self.enrolment,
                lesson=item.id,
                revision=self.revision,
                now=moment,
                text=item.texts.get(self.enrolment.language),
            )

    def sit(self, item: OutlineLesson, *, days_ago: int, hour: int, well: bool) -> None:
        """Sit a quiz: one slip at most, or every other answer wrong, which is no pass."""
        slip = self.number % 16
        moment = self.now - timedelta(days=days_ago) + timedelta(hours=hour)
        attempt = start_attempt(
            enrolment=self.enrolment, item=item, revision=self.revision, now=moment
        )
        items = attempt.items.select_related("version__question")
        for seq, question in enumerate(items, 1):
            moment += timedelta(seconds=40)
            if data := answer(question, right=seq != slip if well else seq % 2 == 0):
                save_response(
                    attempt=attempt,
                    item=question,
                    client=CLIENT,
                    seq=seq,
                    data=data,
                    language=self.enrolment.language,
                    now=moment,
                )
        submit_attempt(attempt=attempt, now=moment + timedelta(seconds=20))


def answer(item: AttemptItem, *, right: bool) -> dict[str, Any]:
    """A response to a question: fully right, or plainly wrong (empty where there is none such)."""
    question_type = registry.get(item.version.question.type)
    if question_type is None:
        return {}
    body = question_type.parse(item.version.body)
    true = question_type.right_response(body)
    if right:
        return true
    wrong = _wrong(true, list(item.choice_order))
    return {} if question_type.grade(body, wrong).fraction > 0 else wrong


def _wrong(true: dict[str, Any], order: list[str]) -> dict[str, Any]:
    """A response of the same shape that says something else."""
    match true:
        case {"choice": choice}:
            return {"choice": next((id_ for id_ in order if id_ != choice), "")}
        case {"choices": choices}:
            return {"choices": [id_ for id_ in order if id_ not in choices]}
        case {"value": value}:
            return {"value": not value}
        case {"text": _text}:
            return {"text": "0"}
        case {"pairs": pairs}:
            return {"pairs": dict(zip(pairs, [*list(pairs)[1:], *list(pairs)[:1]], strict=True))}
        case {"positions": places}:
            return {"positions": {id_: len(places) + 1 - place for id_, place in places.items()}}
    return {}


# The states of people.yaml, and how each came about ----------------------------------------------


def _not_started(story: Story) -> None:
    story.enrol(days_ago=5 + story.number, due_in_days=20 + story.number)


def _reading(story: Story) -> None:
    due = 10 + story.number if story.number % 3 else None
    story.enrol(days_ago=15 + story.number, due_in_days=due)
    story.read(1 + story.number % 5, days_ago=2 + story.number % 4)


def _quiz_failed(story: Story) -> None:
    """At the module's quiz, or at the final test once, or until no attempt is left."""
    story.enrol(days_ago=30 + story.number, due_in_days=7 + story.number)
    story.read(days_ago=6)
    quiz, final = story.quizzes[0], story.quizzes[-1]
    if story.number % 3 == 0:
        story.sit(quiz, days_ago=4, hour=1, well=False)
        return
    story.sit(quiz, days_ago=4, hour=1, well=True)
    for attempt in range(1 if story.number % 3 == 1 else final.body["attempts"] or 1):
        story.sit(final, days_ago=3, hour=2 + attempt, well=False)


def _overdue(story: Story) -> None:
    story.enrol(days_ago=60 + story.number, due_in_days=-3 - story.number)
    if story.number % 2:
        story.read(1 + story.number % 4, days_ago=40)


def _completed(story: Story, days_ago: int = 0) -> None:
    days_ago = days_ago or 15 + 11 * story.number
    story.enrol(days_ago=days_ago + 14, due_in_days=30 - days_ago)
    story.read(days_ago=days_ago + 3)
    for number, item in enumerate(story.quizzes):
        story.sit(item, days_ago=days_ago, hour=number, well=True)


def _completed_expired(story: Story) -> None:
    _completed(story, EXPIRED.days + story.number)


def _cancelled(story: Story) -> None:
    story.enrol(days_ago=45, due_in_days=15)
    story.read(story.number % 3, days_ago=30)
    cancel_enrolment(
        enrolment=story.enrolment,
        actor=story.coordinator,
        reason="Moved to other duties",
        now=story.now - timedelta(days=10),
    )


STATES: dict[str, Callable[[Story], None]] = {
    "new": lambda story: None,
    "not_started": _not_started,
    "reading": _reading,
    "quiz_failed": _quiz_failed,
    "overdue": _overdue,
    "completed": _completed,
    "completed_expired": _completed_expired,
    "cancelled": _cancelled,
}
