"""An attempt as its pages show it: questions, answers given, what is left."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from courses.outlines import Outline, outline_of
from quizzes.content import Content, contents_of
from quizzes.models import Attempt, AttemptItem, Review
from quizzes.sitting_queries import items_of
from quizzes.snapshots import QuizSettings
from quizzes.types.base import Mark, QuestionType
from quizzes.types.typed import TypedType


def signature(response: Mapping[str, Any]) -> str:
    """A short digest of a response, by which a form knows what it was rendered with.

    A tab that posts what it was rendered with has nothing to say, even if another tab has
    meanwhile answered: so an old tab never takes an answer back.
    """
    text = json.dumps(response, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass
class Question:
    """One question of an attempt, for one reader."""

    item: AttemptItem
    language: str
    content: Content

    @property
    def type(self) -> QuestionType[Any] | None:
        return self.content.type

    @property
    def body(self) -> Any:
        return self.content.body

    @property
    def name(self) -> str:
        """The name of its form fields."""
        return f"q{self.item.position}"

    @property
    def position(self) -> int:
        return self.item.position

    @property
    def shape(self) -> str:
        """What decides how it looks before anything is answered; "" once something is."""
        item = self.item
        if item.response or item.flagged or not self.type:
            return ""
        order = ",".join(item.choice_order)
        return f"{item.version_id}:{self.position}:{self.language}:{order}"

    @property
    def template(self) -> str:
        return self.type.template if self.type else "quizzes/types/unknown.html"

    @cached_property
    def signature(self) -> str:
        return signature(self.item.response)

    @cached_property
    def is_answered(self) -> bool:
        return bool(self.type and self.type.is_answered(self.body, self.item.response))

    @cached_property
    def problem(self) -> str:
        return self.type.problem(self.body, self.item.response) if self.type else ""

    @cached_property
    def shown(self) -> dict[str, Any]:
        if not self.type:
            return {}
        return self.type.show(self.body, self.item.response, self.item.choice_order, self.language)

    def read(self, post: Any) -> dict[str, Any]:
        """The response in a posted form."""
        return self.type.read(self.body, post, self.name) if self.type else {}

    # The review
    @property
    def reviewed_shape(self) -> str:
        """What decides how it looks when marked; "" where a person has typed words of his own."""
        if not self.type or (isinstance(self.type, TypedType) and self.item.response):
            return ""
        marked = f"{self.signature}:{self.item.fraction}"
        return f"{self.item.version_id}:{self.position}:{self.language}:{marked}"

    @property
    def state(self) -> str:
        """right, partly or wrong."""
        return str(Mark(self.item.fraction or Decimal(0)).state)

    @property
    def answer(self) -> list[str]:
        if not self.type:
            return []
        return self.type.answer_text(self.body, self.item.response, self.language)

    @property
    def right_answer(self) -> list[str]:
        return self.type.right_text(self.body, self.language) if self.type else []

    @property
    def explanation(self) -> str:
        texts = self.body.explanation if self.type else {}
        return texts.get(self.language) or next(iter(texts.values()), "")

    @property
    def mark(self) -> Any:
        return (self.item.fraction or 0) * self.item.max_mark


@dataclass
class Paper:
    """The whole attempt: a query for its items, one more when their contents are not in memory."""

    attempt: Attempt

    @cached_property
    def settings(self) -> QuizSettings:
        return QuizSettings.model_validate(self.attempt.settings)

    @cached_property
    def outline(self) -> Outline:
        return outline_of(self.attempt.revision_id)

    @property
    def language(self) -> str:
        return self.outline.language_for(self.attempt.enrolment.language)

    @cached_property
    def questions(self) -> list[Question]:
        items = items_of(self.attempt)
        contents = contents_of(item.version_id for item in items)
        return [Question(item, self.language, contents[item.version_id]) for item in items]

    @cached_property
    def unanswered(self) -> list[Question]:
        return [question for question in self.questions if not question.is_answered]

    @property
    def answered(self) -> int:
        return len(self.questions) - len(self.unanswered)

    @property
    def shape(self) -> str:
        """What decides how the list of numbers looks."""
        states = ",".join(
            f"{q.position}{'a' * q.is_answered}{'f' * q.item.flagged}" for q in self.questions
        )
        return f"{self.settings.layout}:{states}"

    def page(self, number: int) -> list[Question]:
        """The questions of a page; all of them where the settings say one page."""
        if self.settings.is_one_page:
            return self.questions
        return [self.questions[min(max(number, 1), len(self.questions)) - 1]]

    @cached_property
    def title(self) -> str:
        item = next((i for i in self.outline.lessons if i.id == self.attempt.lesson_id), None)
        titles = item.title if item else {}
        return titles.get(self.language) or next(iter(titles.values()), "")

    @cached_property
    def key(self) -> str:
        """The key of the lesson that the attempt is of."""
        return next((i.key for i in self.outline.lessons if i.id == self.attempt.lesson_id), "")

    def shows_marks(self) -> bool:
        return self.settings.review != Review.SCORE

    def shows_explanations(self, is_closed: bool) -> bool:
        """`is_closed`: passed, or no attempt left."""
        if self.settings.review == Review.EXPLANATIONS_WHEN_CLOSED:
            return is_closed
        return self.settings.review == Review.EXPLANATIONS
