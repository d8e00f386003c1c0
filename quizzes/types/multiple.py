"""Multiple choice: one or more of several are right, with partial marks."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from quizzes.types.author import MANY, Rows
from quizzes.types.base import Mark, Response
from quizzes.types.choices import ChoiceBody, ChoiceType


class MultipleBody(ChoiceBody):
    pass


class MultipleChoice(ChoiceType[MultipleBody]):
    """Response: {"choices": [ids]}.

    Mark: of n right choices each one chosen gives 1/n, each wrong one chosen takes 1/n,
    not below 0 (design.md, quizzes; courses.md, MC).
    """

    code = "multiple"
    label = _("Multiple choice")
    body_class = MultipleBody
    parts = (
        Rows(
            "choices",
            _("Choices"),
            _("Mark all that are right; a wrong choice takes away what a right one gives."),
            cells=(("text", _("Choice")),),
            mark=MANY,
            add=_("Add a choice"),
        ),
    )

    def chosen(self, body: MultipleBody, response: Response) -> list[str]:
        given = response.get("choices")
        if not isinstance(given, list):
            return []
        return [choice.id for choice in body.choices if choice.id in given]

    def response(self, chosen: list[str]) -> dict[str, Any]:
        return {"choices": chosen} if chosen else {}

    def grade(self, body: MultipleBody, response: Response) -> Mark:
        right = {choice.id for choice in body.choices if choice.right}
        chosen = self.chosen(body, response)
        hits = sum(id_ in right for id_ in chosen)
        return Mark.of(max(0, hits - (len(chosen) - hits)), len(right))
