"""Matching: each text on the left gets one from the right."""

import random
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from quizzes.types.author import Rows
from quizzes.types.base import (
    Body,
    Id,
    Item,
    Mark,
    MarkedLine,
    Post,
    QuestionType,
    Response,
    Typed,
    by_text,
    in_order,
    posted,
    told_apart,
    wire_keys,
)
from quizzes.types.texts import I18nText, WrittenText, localized, look_alike


class Pair(Typed):
    id: Id
    left: WrittenText
    right: WrittenText


def _lefts_told_apart(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    told_apart(tuple(Item(id=pair.id, text=pair.left) for pair in pairs))
    return pairs


class MatchingBody(Body):
    """Right texts may be equal (two animals, both mammals); left ones may not."""

    pairs: Annotated[
        tuple[Pair, ...], Field(min_length=2, max_length=12), AfterValidator(_lefts_told_apart)
    ]
    extra: Annotated[tuple[Item, ...], Field(max_length=8), AfterValidator(told_apart)] = ()

    @field_validator("extra")
    @classmethod
    def _wrong_for_all(cls, extra: tuple[Item, ...], info: ValidationInfo) -> tuple[Item, ...]:
        for pair in info.data.get("pairs", ()):
            for item in extra:
                told_apart((Item(id=pair.id, text=pair.right), item))
        return extra

    @property
    def rights(self) -> dict[str, I18nText]:
        """Id → text of all that may be chosen: the pairs' and the extra ones."""
        return {pair.id: pair.right for pair in self.pairs} | {
            item.id: item.text for item in self.extra
        }


class Matching(QuestionType[MatchingBody]):
    """Response: {"pairs": {left id: right id}}, where the right id is a pair's or an extra's.

    Mark: right pairs / pairs; a left side without answer is wrong. Right texts that read the
    same count as the same (grading.md, "Matching").
    """

    code = "matching"
    label = _("Matching")
    body_class = MatchingBody
    parts = (
        Rows(
            "pairs",
            _("Pairs"),
            _("Each left side beside its right one. Officers see the right sides mixed."),
            cells=(("left", _("Left side")), ("right", _("Right side"))),
            add=_("Add a pair"),
            most=12,
        ),
        Rows(
            "extra",
            _("More right sides that fit no left one"),
            cells=(("text", _("Extra right side")),),
            add=_("Add an extra right side"),
            blank=1,
            least=0,
            most=8,
        ),
    )

    def read(self, body: MatchingBody, post: Post, name: str) -> dict[str, Any]:
        ids = {key: id_ for id_, key in wire_keys(body.rights).items()}
        values = {pair.id: posted(post, f"{name}-{pair.id}") for pair in body.pairs}
        pairs = {left: ids[key] for left, key in values.items() if key in ids}
        return {"pairs": pairs} if pairs else {}

    def form_data(self, body: MatchingBody, response: Response, name: str) -> dict[str, list[str]]:
        keys = wire_keys(body.rights)
        return {f"{name}-{left}": [keys[right]] for left, right in _given(body, response).items()}

    def is_answered(self, body: MatchingBody, response: Response) -> bool:
        return len(_given(body, response)) == len(body.pairs)

    def problem(self, body: MatchingBody, response: Response) -> str:
        given = len(_given(body, response))
        missing = len(body.pairs) - given
        if not (given and missing):
            return ""
        return ngettext(
            "%(count)d line has no answer yet.", "%(count)d lines have no answer yet.", missing
        ) % {"count": missing}

    def grade(self, body: MatchingBody, response: Response) -> Mark:
        given = _given(body, response)
        return Mark.of(sum(_is_right(body, pair, given) for pair in body.pairs), len(body.pairs))

    def right_response(self, body: MatchingBody) -> dict[str, Any]:
        return {"pairs": {pair.id: pair.id for pair in body.pairs}}

    def shuffle(self, body: MatchingBody, rng: random.Random) -> list[str]:
        order = list(body.rights)
        rng.shuffle(order)
        return order

    def fixed_order(self, body: MatchingBody) -> list[str]:
        # As written, each would stand beside its left side; the order of the texts says nothing.
        return by_text(body.rights)

    def show(
        self, body: MatchingBody, response: Response, order: Sequence[str], language: str
    ) -> dict[str, Any]:
        """Adds `options` (key, text, lang; those that read the same once) and `pairs`."""
        keys, given = wire_keys(body.rights), _given(body, response)
        options: dict[str, dict[str, str]] = {}  # by the words, so that equal ones are shown once
        for id_ in in_order(keys, order):
            words, lang = localized(body.rights[id_], language)
            options.setdefault(words, {"key": keys[id_], "text": words, "lang": lang})
        pairs = []
        for pair in body.pairs:
            words, lang = localized(pair.left, language)
            chosen = ""
            if pair.id in given:
                chosen = options[localized(body.rights[given[pair.id]], language).words]["key"]
            pairs.append({"id": pair.id, "text": words, "lang": lang, "chosen": chosen})
        return super().show(body, response, order, language) | {
            "options": list(options.values()),
            "pairs": pairs,
        }

    def answer_text(self, body: MatchingBody, response: Response, language: str) -> list[str]:
        """A line for each left side, so that it may stand beside its line of the right text."""
        given = _given(body, response)
        return [_line(body, pair, given, language) for pair in body.pairs] if given else []

    def choices_marked(
        self, body: MatchingBody, response: Response, order: Sequence[str], language: str
    ) -> list[MarkedLine]:
        given = _given(body, response)
        return [
            MarkedLine(
                _line(body, pair, given, language),
                localized(pair.left, language).lang,
                pair.id in given,
                _is_right(body, pair, given),
            )
            for pair in body.pairs
        ]

    def texts(self, body: MatchingBody) -> Iterator[tuple[str, I18nText]]:
        yield from super().texts(body)
        for number, pair in enumerate(body.pairs):
            yield f"pairs.{number}.left", pair.left
            yield f"pairs.{number}.right", pair.right
        for number, item in enumerate(body.extra):
            yield f"extra.{number}.text", item.text


def _given(body: MatchingBody, response: Response) -> dict[str, str]:
    """Left id → right id, of those that the body has, in its order."""
    given = response.get("pairs")
    if not isinstance(given, dict):
        return {}
    rights = list(body.rights)
    return {pair.id: given[pair.id] for pair in body.pairs if given.get(pair.id) in rights}


def _is_right(body: MatchingBody, pair: Pair, given: dict[str, str]) -> bool:
    return pair.id in given and (
        given[pair.id] == pair.id or look_alike(body.rights[given[pair.id]], pair.right)
    )


def _line(body: MatchingBody, pair: Pair, given: dict[str, str], language: str) -> str:
    right = localized(body.rights[given[pair.id]], language).words if pair.id in given else "—"
    return f"{localized(pair.left, language).words} → {right}"
