"""True or false."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from pydantic import StrictBool

from quizzes.types.author import Either
from quizzes.types.base import Body, Mark, MarkedLine, Post, QuestionType, Response, posted

_KEYS = {"true": True, "false": False}


class TrueFalseBody(Body):
    right: StrictBool


def _words(value: bool, language: str) -> str:
    # Part of the question, so in the language of the content and not of the buttons.
    with override(language):
        return gettext("True") if value else gettext("False")


class TrueFalse(QuestionType[TrueFalseBody]):
    """Response: {"value": bool}. Mark: 1 or 0."""

    code = "truefalse"
    label = _("True or false")
    body_class = TrueFalseBody
    parts = (Either("right", _("The statement is")),)

    def read(self, body: TrueFalseBody, post: Post, name: str) -> dict[str, Any]:
        value = posted(post, name)
        return {"value": _KEYS[value]} if value in _KEYS else {}

    def form_data(self, body: TrueFalseBody, response: Response, name: str) -> dict[str, list[str]]:
        given = _given(response)
        return {} if given is None else {name: ["true" if given else "false"]}

    def is_answered(self, body: TrueFalseBody, response: Response) -> bool:
        return _given(response) is not None

    def grade(self, body: TrueFalseBody, response: Response) -> Mark:
        return Mark.of(_given(response) is body.right)

    def right_response(self, body: TrueFalseBody) -> dict[str, Any]:
        return {"value": body.right}

    def show(
        self, body: TrueFalseBody, response: Response, order: Sequence[str], language: str
    ) -> dict[str, Any]:
        given = _given(response)
        return super().show(body, response, order, language) | {
            "choices": [
                {"key": key, "text": _words(value, language), "lang": "", "chosen": value is given}
                for key, value in _KEYS.items()
            ]
        }

    def answer_text(self, body: TrueFalseBody, response: Response, language: str) -> list[str]:
        given = _given(response)
        return [] if given is None else [_words(given, language)]

    def choices_marked(
        self, body: TrueFalseBody, response: Response, order: Sequence[str], language: str
    ) -> list[MarkedLine]:
        given = _given(response)
        return [
            MarkedLine(_words(value, language), "", value is given, value is body.right)
            for value in _KEYS.values()
        ]


def _given(response: Response) -> bool | None:
    value = response.get("value")
    return value if isinstance(value, bool) else None
