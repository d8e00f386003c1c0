"""What a question type refuses, in the language of its author and at the place in the form."""

from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quizzes.types.base import BodyError, Fault, QuestionType

Found = dict[tuple[str, str], str]

WORDS = {
    "unwritten": gettext_lazy("Write this."),
    "missing": gettext_lazy("Fill this in."),
    "none_right": gettext_lazy("Mark what is right."),
    "many_right": gettext_lazy(
        "Only one may be right; for several choose the type “Multiple choice”."
    ),
    "none_accepted": gettext_lazy("Write at least one answer that counts as right."),
    "not_number": gettext_lazy("“%(words)s” is not a number such as 12.5."),
    "negative": gettext_lazy("This cannot be less than zero."),
    "same_text": gettext_lazy("Two of them read “%(words)s”: officers could not tell them apart."),
    "same_id": gettext_lazy("This row is here twice; remove one of them."),
    "too_short": gettext_lazy("Fill in at least two."),
    "too_long": gettext_lazy("These are too many."),
    "string_too_long": gettext_lazy("This is too long."),
}
OTHER = gettext_lazy("This cannot be saved so.")


def problems_of(
    question_type: QuestionType[Any],
    body: dict[str, Any],
    languages: Sequence[str],
    known: Collection[str],
) -> Found:
    """All that keeps the body from being ready in the languages; empty when it is.

    `known` are the languages that a place may name.
    """
    try:
        parsed = question_type.parse(body)
    except BodyError as error:
        found: Found = {}
        for fault in error.faults:
            found.setdefault(_place(fault.place, known), _said(fault))
        return found
    return {
        (place, code): _("Not written in this language yet.")
        for code in languages
        for place in question_type.holes(parsed, code)
    }


def _said(fault: Fault) -> str:
    words = fault.words if len(fault.words) <= 60 else f"{fault.words[:60]}…"
    said = str(WORDS.get(fault.code, OTHER))
    return said % {"words": words} if "%(words)s" in said else said


def _place(place: str, known: Collection[str]) -> tuple[str, str]:
    """ "choices.2.text.uk" → ("choices.2.text", "uk"); without a language an empty one."""
    steps = place.split(".")
    for number, step in enumerate(steps):
        if number and step in known:
            return ".".join(steps[:number]), step
    return place, ""
