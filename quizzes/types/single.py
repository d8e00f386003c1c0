"""Single choice: one of several is right."""

from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator

from quizzes.types.author import ONE, Rows
from quizzes.types.base import Mark, Response
from quizzes.types.choices import Choice, ChoiceBody, Choices, ChoiceType
from quizzes.types.refusal import Refused


def _with_one_right(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    if sum(choice.right for choice in choices) > 1:
        raise Refused(
            "many_right", "more than one choice is right; that is a multiple choice question"
        )
    return choices


class SingleBody(ChoiceBody):
    choices: Annotated[Choices, AfterValidator(_with_one_right)]


class SingleChoice(ChoiceType[SingleBody]):
    """Response: {"choice": id}. Mark: 1 for the right choice, else 0."""

    code = "single"
    label = _("Single choice")
    body_class = SingleBody
    parts = (
        Rows(
            "choices",
            _("Choices"),
            _("Mark the right one."),
            cells=(("text", _("Choice")),),
            mark=ONE,
            add=_("Add a choice"),
        ),
    )

    def chosen(self, body: SingleBody, response: Response) -> list[str]:
        return [choice.id for choice in body.choices if choice.id == response.get("choice")]

    def response(self, chosen: list[str]) -> dict[str, Any]:
        return {"choice": chosen[0]} if chosen else {}

    def grade(self, body: SingleBody, response: Response) -> Mark:
        return Mark.of(response.get("choice") in [c.id for c in body.choices if c.right])
