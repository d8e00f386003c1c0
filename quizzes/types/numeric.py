"""Numeric: a number, with a tolerance."""

import re
from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Annotated, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, StringConstraints

from quizzes.types.author import Entry
from quizzes.types.base import Body, Mark, Response
from quizzes.types.refusal import Refused
from quizzes.types.typed import TypedType, given_text

_LONGEST_NUMBER = 60
_COMMA_LANGUAGES = frozenset({"uk", "be", "ru"})
# Two digits of exponent: 1e999999999 would be a number of a gigabyte when added.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,2})?", re.IGNORECASE)
# Enough for the longest numbers of both signs of exponent to be added without rounding.
_DIGITS = 2 * (_LONGEST_NUMBER + 100)


def number(text: str) -> Decimal | None:
    """The number in a typed text, or None.

    Decimal comma or point (one of them: "1,234.56" is nobody's number here), any spaces
    between digits, a typographic minus, a small exponent. Never NaN, infinite or huge.
    """
    text = "".join(text.split()).replace(",", ".").replace("−", "-").replace("–", "-")
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text)


def _plain(text: str) -> str:
    value = number(text)
    if value is None or "e" in text.lower():
        raise Refused("not_number", f"{text!r} is not a number such as 12.5", text)
    return f"{value:f}"


def _not_negative(text: str) -> str:
    if Decimal(text) < 0:
        raise Refused("negative", "a tolerance is not negative")
    return text


# Kept as text with a decimal point, so that JSON never makes a float of it.
NumberText = Annotated[str, StringConstraints(max_length=_LONGEST_NUMBER), AfterValidator(_plain)]


class NumericBody(Body):
    answer: NumberText
    tolerance: Annotated[NumberText, AfterValidator(_not_negative)] = "0"


class Numeric(TypedType[NumericBody]):
    """Response: {"text": as typed}. Mark: 1 within answer ± tolerance, both ends included."""

    code = "numeric"
    label = _("Number")
    body_class = NumericBody
    parts = (
        Entry("answer", _("Right number"), required=True),
        Entry(
            "tolerance",
            _("Tolerance"),
            _("How far off is still right, both ways; empty: not at all."),
        ),
    )

    def problem(self, body: NumericBody, response: Response) -> str:
        text = given_text(response)
        if not text or number(text) is not None:
            return ""
        return gettext("“%(text)s” is not a number. Write digits only, for example 12.5.") % {
            "text": text if len(text) <= 40 else f"{text[:40]}…"
        }

    def grade(self, body: NumericBody, response: Response) -> Mark:
        value = number(given_text(response))
        if value is None:
            return Mark.of(0)
        with localcontext() as context:
            context.prec = _DIGITS
            return Mark.of(abs(value - Decimal(body.answer)) <= Decimal(body.tolerance))

    def right_words(self, body: NumericBody) -> str:
        return body.answer

    def right_text(self, body: NumericBody, language: str) -> list[str]:
        words = body.answer
        if Decimal(body.tolerance):
            words = f"{words} ± {body.tolerance}"
        if language in _COMMA_LANGUAGES:
            words = words.replace(".", ",")
        return [words.replace("-", "−")]

    def show(
        self, body: NumericBody, response: Response, order: Sequence[str], language: str
    ) -> dict[str, Any]:
        # The decimal keypad of some phones has no minus.
        inputmode = "text" if Decimal(body.answer) < 0 else "decimal"
        return super().show(body, response, order, language) | {"inputmode": inputmode}
