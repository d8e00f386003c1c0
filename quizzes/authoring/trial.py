"""A question shown to its author as officers see it, and marked, without a trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from quizzes.types.author import Either, Entry, Lines, Rows, Texts
from quizzes.types.base import BodyError, Mark, Post, QuestionType

BLANK = "…"


@dataclass
class Trial:
    """One question with the answer given to it; what the attempt's page and the result's ask."""

    type: QuestionType[Any]
    body: Any  # parsed
    language: str
    name: str
    position: int = 1
    order: Sequence[str] = ()
    max_mark: Decimal = Decimal(1)
    response: dict[str, Any] = field(default_factory=dict)
    key: str = ""

    def read(self, post: Post) -> None:
        self.response = self.type.read(self.body, post, self.name)

    @property
    def template(self) -> str:
        return self.type.template

    @cached_property
    def shown(self) -> dict[str, Any]:
        return self.type.show(self.body, self.response, self.order, self.language)

    @cached_property
    def problem(self) -> str:
        return self.type.problem(self.body, self.response)

    @cached_property
    def graded(self) -> Mark:
        return self.type.grade(self.body, self.response)

    @property
    def mark(self) -> Decimal:
        return self.graded.fraction * self.max_mark

    @property
    def percent(self) -> int:
        return int(self.graded.fraction * 100)

    @property
    def answer(self) -> list[str]:
        return self.type.answer_text(self.body, self.response, self.language)

    @property
    def right_answer(self) -> list[str]:
        return self.type.right_text(self.body, self.language)

    @property
    def explanation(self) -> str:
        texts: dict[str, str] = self.body.explanation
        return texts.get(self.language) or next(iter(texts.values()), "")


def trial_of(
    question_type: QuestionType[Any], body: Mapping[str, Any], *, language: str, name: str
) -> tuple[Trial | None, bool]:
    """The question as far as it is written, its gaps filled with "…", and whether it is whole.

    None where not even that makes a question (two choices that read the same).
    """
    whole = True
    try:
        parsed = question_type.parse(body)
    except BodyError:
        whole = False
        try:
            parsed = question_type.parse(_filled(question_type, body, language))
        except BodyError:
            return None, False
    order = question_type.fixed_order(parsed)
    return Trial(question_type, parsed, language, name, order=order), whole


def _filled(
    question_type: QuestionType[Any], body: Mapping[str, Any], language: str
) -> dict[str, Any]:
    filled = dict(body)
    for part in question_type.form:
        value = filled.get(part.name)
        if isinstance(part, Texts) and part.required and not value:
            filled[part.name] = {language: BLANK}
        elif isinstance(part, Lines) and not value:
            filled[part.name] = {language: [BLANK]}
        elif isinstance(part, Entry) and part.required and not value:
            filled[part.name] = "0"
        elif isinstance(part, Either) and not isinstance(value, bool):
            filled[part.name] = True
        elif isinstance(part, Rows):
            filled[part.name] = _filled_rows(part, value or [], language)
    return filled


def _filled_rows(part: Rows, rows: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    rows = [dict(row) for row in rows]
    rows += [{"id": f"blank{number}"} for number in range(len(rows), part.least)]
    for number, row in enumerate(rows, 1):
        for key, _label in part.cells:
            row[key] = row.get(key) or {language: f"{BLANK} {number}"}
    if part.mark and rows and not any(row.get("right") for row in rows):
        rows[0]["right"] = True
    return rows
