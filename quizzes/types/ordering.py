"""Ordering: put items in the right order."""

import random
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Annotated, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, Field

from quizzes.types.author import Rows
from quizzes.types.base import (
    Body,
    Item,
    Mark,
    Post,
    QuestionType,
    Response,
    by_text,
    in_order,
    posted,
    told_apart,
    wire_keys,
)
from quizzes.types.texts import I18nText, localized


class OrderingBody(Body):
    """The items are written in the right order."""

    items: Annotated[
        tuple[Item, ...], Field(min_length=2, max_length=12), AfterValidator(told_apart)
    ]

    @property
    def ids(self) -> list[str]:
        return [item.id for item in self.items]


class Ordering(QuestionType[OrderingBody]):
    """Response: {"positions": {item id: 1..n}}.

    Mark: the share of pairs in the right order (grading.md, "Ordering", scheme 4). A pair
    counts only when both have a position and these differ, so an order given in part, or
    one position given twice, costs the pairs it leaves open and no others.
    """

    code = "ordering"
    label = _("Ordering")
    body_class = OrderingBody
    parts = (
        Rows(
            "items",
            _("Items"),
            _("Write them in the right order. Officers see them mixed."),
            cells=(("text", _("Item")),),
            add=_("Add an item"),
            most=12,
        ),
    )

    def read(self, body: OrderingBody, post: Post, name: str) -> dict[str, Any]:
        keys = _keys(body)
        places = {str(place): place for place in range(1, len(keys) + 1)}
        values = {id_: posted(post, f"{name}-{keys[id_]}") for id_ in body.ids}
        positions = {id_: places[value] for id_, value in values.items() if value in places}
        return {"positions": positions} if positions else {}

    def form_data(self, body: OrderingBody, response: Response, name: str) -> dict[str, list[str]]:
        keys = _keys(body)
        return {
            f"{name}-{keys[id_]}": [str(place)] for id_, place in _given(body, response).items()
        }

    def is_answered(self, body: OrderingBody, response: Response) -> bool:
        return len(set(_given(body, response).values())) == len(body.items)

    def problem(self, body: OrderingBody, response: Response) -> str:
        places = list(_given(body, response).values())
        twice = sorted(place for place in set(places) if places.count(place) > 1)
        if twice:
            return gettext("Position %(position)d is given more than once.") % {
                "position": twice[0]
            }
        if places and len(places) < len(body.items):
            return gettext("Give each item a position.")
        return ""

    def grade(self, body: OrderingBody, response: Response) -> Mark:
        places = _given(body, response)
        pairs = list(combinations(body.ids, 2))
        kept = sum(
            first in places and second in places and places[first] < places[second]
            for first, second in pairs
        )
        return Mark.of(kept, len(pairs))

    def right_response(self, body: OrderingBody) -> dict[str, Any]:
        return {"positions": {id_: place for place, id_ in enumerate(body.ids, start=1)}}

    def shuffle(self, body: OrderingBody, rng: random.Random) -> list[str]:
        """A random order, any but the right one."""
        order = body.ids
        while order == body.ids:
            rng.shuffle(order)
        return order

    def fixed_order(self, body: OrderingBody) -> list[str]:
        # As written they would stand in the right order; the order of the texts says nothing.
        order = by_text({item.id: item.text for item in body.items})
        return order[::-1] if order == body.ids else order

    def show(
        self, body: OrderingBody, response: Response, order: Sequence[str], language: str
    ) -> dict[str, Any]:
        """Adds `items` (key, text, lang, position or 0) and `places` (number, said).

        A whole answer is shown in the order it gives.
        """
        places = _given(body, response)
        if self.is_answered(body, response):
            order = sorted(places, key=places.__getitem__)
        texts = {item.id: item.text for item in body.items}
        keys, total = _keys(body), len(texts)
        items = []
        for id_ in in_order(texts, order):
            words, lang = localized(texts[id_], language)
            items.append(
                {"key": keys[id_], "text": words, "lang": lang, "position": places.get(id_, 0)}
            )
        said = gettext("Position %(position)d of %(total)d")
        return super().show(body, response, order, language) | {
            "items": items,
            "places": [
                {"number": place, "said": said % {"position": place, "total": total}}
                for place in range(1, total + 1)
            ],
        }

    def answer_text(self, body: OrderingBody, response: Response, language: str) -> list[str]:
        """The items that have a position, by position: "1. …"."""
        places = _given(body, response)
        texts = {item.id: item.text for item in body.items}
        return [
            f"{places[id_]}. {localized(texts[id_], language).words}"
            for id_ in sorted(places, key=places.__getitem__)
        ]

    def texts(self, body: OrderingBody) -> Iterator[tuple[str, I18nText]]:
        yield from super().texts(body)
        for number, item in enumerate(body.items):
            yield f"items.{number}.text", item.text


def _keys(body: OrderingBody) -> dict[str, str]:
    return wire_keys({item.id: item.text for item in body.items})


def _given(body: OrderingBody, response: Response) -> dict[str, int]:
    """Item id → position within 1..n, of the body's items, in the right order."""
    given = response.get("positions")
    if not isinstance(given, dict):
        return {}
    allowed = range(1, len(body.items) + 1)
    return {
        id_: given[id_]
        for id_ in body.ids
        # type, not isinstance: JSON's true is no position, and neither is 1.0
        if type(given.get(id_)) is int and given[id_] in allowed
    }
