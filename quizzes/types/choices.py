"""What single and multiple choice share: choices, their order, their lines on the page."""

import random
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, StrictBool

from quizzes.types.base import (
    Body,
    Item,
    MarkedLine,
    Post,
    QuestionType,
    Response,
    in_order,
    posted_all,
    told_apart,
    wire_keys,
)
from quizzes.types.refusal import Refused
from quizzes.types.texts import I18nText, localized


class Choice(Item):
    right: StrictBool = False


def _with_a_right_one(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    if not any(choice.right for choice in choices):
        raise Refused("none_right", "none of the choices is right")
    return choices


Choices = Annotated[
    tuple[Choice, ...],
    Field(min_length=2, max_length=20),
    AfterValidator(told_apart),
    AfterValidator(_with_a_right_one),
]


class ChoiceBody(Body):
    choices: Choices


AnyChoiceBody = TypeVar("AnyChoiceBody", bound=ChoiceBody)


class ChoiceType(QuestionType[AnyChoiceBody]):
    """Base of the types with choices; a subclass says how a response holds what was chosen."""

    @abstractmethod
    def chosen(self, body: AnyChoiceBody, response: Response) -> list[str]:
        """Ids of this body's choices in the response, in the body's order, each once."""

    @abstractmethod
    def response(self, chosen: list[str]) -> dict[str, Any]:
        """The response that holds these ids, which may be none."""

    def read(self, body: AnyChoiceBody, post: Post, name: str) -> dict[str, Any]:
        values = posted_all(post, name)
        keys = self._keys(body)
        return self.response([choice.id for choice in body.choices if keys[choice.id] in values])

    def form_data(self, body: AnyChoiceBody, response: Response, name: str) -> dict[str, list[str]]:
        keys = self._keys(body)
        chosen = [keys[id_] for id_ in self.chosen(body, response)]
        return {name: chosen} if chosen else {}

    def is_answered(self, body: AnyChoiceBody, response: Response) -> bool:
        return bool(self.chosen(body, response))

    def right_response(self, body: AnyChoiceBody) -> dict[str, Any]:
        return self.response([choice.id for choice in body.choices if choice.right])

    def shuffle(self, body: AnyChoiceBody, rng: random.Random) -> list[str]:
        order = self.fixed_order(body)
        rng.shuffle(order)
        return order

    def fixed_order(self, body: AnyChoiceBody) -> list[str]:
        return [choice.id for choice in body.choices]

    def show(
        self, body: AnyChoiceBody, response: Response, order: Sequence[str], language: str
    ) -> dict[str, Any]:
        keys = self._keys(body)
        lines = self._lines(body, response, order, language)
        return super().show(body, response, order, language) | {
            "choices": [
                {"key": keys[id_], "text": line.text, "lang": line.lang, "chosen": line.chosen}
                for id_, line in lines
            ]
        }

    def answer_text(self, body: AnyChoiceBody, response: Response, language: str) -> list[str]:
        chosen = self.chosen(body, response)
        return [localized(c.text, language).words for c in body.choices if c.id in chosen]

    def choices_marked(
        self, body: AnyChoiceBody, response: Response, order: Sequence[str], language: str
    ) -> list[MarkedLine]:
        return [line for _id, line in self._lines(body, response, order, language)]

    def texts(self, body: AnyChoiceBody) -> Iterator[tuple[str, I18nText]]:
        yield from super().texts(body)
        for number, choice in enumerate(body.choices):
            yield f"choices.{number}.text", choice.text

    def _keys(self, body: AnyChoiceBody) -> dict[str, str]:
        return wire_keys({choice.id: choice.text for choice in body.choices})

    def _lines(
        self, body: AnyChoiceBody, response: Response, order: Sequence[str], language: str
    ) -> Iterator[tuple[str, MarkedLine]]:
        choices = {choice.id: choice for choice in body.choices}
        chosen = self.chosen(body, response)
        for id_ in in_order(choices, order):
            words, lang = localized(choices[id_].text, language)
            yield id_, MarkedLine(words, lang, id_ in chosen, choices[id_].right)
