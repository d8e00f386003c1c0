"""Short text: a few words, compared with those the author accepts."""

from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, Field, StringConstraints

from quizzes.types.author import Lines
from quizzes.types.base import Body, Mark, Response
from quizzes.types.refusal import Refused
from quizzes.types.texts import FALLBACK, LanguageCode, clean, normalized
from quizzes.types.typed import TypedType, given_text

_Words = Annotated[str, StringConstraints(max_length=200), AfterValidator(clean)]
_Accepted = dict[LanguageCode, Annotated[tuple[_Words, ...], Field(max_length=50)]]


def _some(accepted: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    accepted = {
        language: tuple(dict.fromkeys(words for words in texts if words))
        for language, texts in accepted.items()
    }
    accepted = {language: texts for language, texts in accepted.items() if texts}
    if not accepted:
        raise Refused("none_accepted", "name at least one accepted text")
    return accepted


class ShortTextBody(Body):
    accepted: Annotated[_Accepted, AfterValidator(_some)]


class ShortText(TypedType[ShortTextBody]):
    """Response: {"text": as typed}.

    Mark: 1 when it equals an accepted text of any language (`normalized`), else 0: an
    officer who reads in Belarusian and writes in Russian knows the answer.
    """

    code = "shorttext"
    label = _("Short text")
    body_class = ShortTextBody
    parts = (
        Lines(
            "accepted",
            _("Accepted answers"),
            _("One a line. Capitals, spaces and the kind of apostrophe do not matter."),
        ),
    )

    def grade(self, body: ShortTextBody, response: Response) -> Mark:
        text = normalized(given_text(response))
        accepted = {normalized(words) for texts in body.accepted.values() for words in texts}
        return Mark.of(bool(text) and text in accepted)

    def right_words(self, body: ShortTextBody) -> str:
        return next(iter(body.accepted.values()))[0]

    def right_text(self, body: ShortTextBody, language: str) -> list[str]:
        for code in (language, *FALLBACK, *body.accepted):
            if code in body.accepted:
                return list(body.accepted[code])
        return []

    def holes(self, body: ShortTextBody, language: str) -> list[str]:
        missing = [] if language in body.accepted else ["accepted"]
        return super().holes(body, language) + missing
