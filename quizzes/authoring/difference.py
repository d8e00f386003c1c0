"""Two versions of a question compared, place by place and word by word, for people."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from quizzes.models import Question
from quizzes.types.base import QuestionType

_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Change:
    """What differs at a place: `parts` are (state, words), state "", "del" or "ins"."""

    label: str
    language: str
    parts: list[tuple[str, str]]


def written(
    question_type: QuestionType[Any], body: Mapping[str, Any]
) -> dict[tuple[str, str], str]:
    """(label, language) → words of everything the body says, in the order of the form."""
    found: dict[tuple[str, str], str] = {}
    for part in question_type.form:
        labels = dict(getattr(part, "cells", ()))
        for place, language, words in part.lines(body.get(part.name)):
            steps = place.split(".")
            label = str(part.label)
            if len(steps) == 3:
                label = _("%(part)s, %(number)s") % {"part": labels[steps[2]], "number": steps[1]}
            found[label, language] = words
    return found


def difference(
    question_type: QuestionType[Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Change]:
    """What changed from one body to the other; empty when they say the same."""
    old, new = written(question_type, before), written(question_type, after)
    places = [*new, *(place for place in old if place not in new)]
    return [
        Change(place[0], place[1], words_changed(old.get(place, ""), new.get(place, "")))
        for place in places
        if old.get(place, "") != new.get(place, "")
    ]


def about_difference(theirs: Question, *, tags: Sequence[str], difficulty: int) -> list[Change]:
    """What differs beside the words: the tags and the difficulty."""
    places = [
        (_("Tags"), ", ".join(theirs.tags), ", ".join(tags)),
        (_("Difficulty"), str(theirs.difficulty), str(difficulty)),
    ]
    return [
        Change(label, "", words_changed(before, after))
        for label, before, after in places
        if before != after
    ]


def words_changed(before: str, after: str) -> list[tuple[str, str]]:
    """The words of both, those taken out as "del", those put in as "ins"."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    parts: list[tuple[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(("", "".join(old[a:b])))
            continue
        if b > a:
            parts.append(("del", "".join(old[a:b])))
        if d > c:
            parts.append(("ins", "".join(new[c:d])))
    return parts
