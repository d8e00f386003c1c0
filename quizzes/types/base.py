"""What every question type is: a body, a response, a mark, and how they are read and shown."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Generic, NamedTuple, Protocol, TypeVar

from django.conf import settings
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from lms.yaml_edits import Flow
from quizzes.types.author import EXPLANATION, MRZ, STEM, Part
from quizzes.types.refusal import Refused
from quizzes.types.texts import I18nText, OptionalText, WrittenText, clean, localized

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# A JSON-able dict; empty = not answered. Each type says in its docstring what it holds.
Response = Mapping[str, Any]

LONGEST_ANSWER = 500
_PLACES = Decimal("0.0000001")
# Bank entries carry these beside the body (courses/catalogue/*/questions.yaml).
_BESIDE_THE_BODY = frozenset(
    {"key", "type", "tags", "difficulty", "outcomes", "retired", "mrz_faults"}
)


class Post(Protocol):
    """The one thing asked of a posted form; Django's QueryDict and MultiValueDict have it."""

    def getlist(self, key: str, /) -> list[str]: ...


class Fault(NamedTuple):
    """What is wrong at a place of a body."""

    place: str
    message: str
    code: str
    words: str = ""


class BodyError(ValueError):
    """A body that its type refuses; the message names each place ("choices.2.text: …").

    `faults` has the same places with code and words (`Refused`, or pydantic's kind of error).
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        self.errors = [(fault.place, fault.message) for fault in faults]
        super().__init__("; ".join(f"{place}: {message}" for place, message in self.errors))

    @property
    def place(self) -> str:
        """Path of the first fault, e.g. "choices.2.text"."""
        return self.errors[0][0]


class State(StrEnum):
    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"


@dataclass(frozen=True)
class Mark:
    """A base fraction within −1..1, kept to seven places. Raises ValueError outside of it."""

    fraction: Decimal

    def __post_init__(self) -> None:
        if not (self.fraction.is_finite() and -1 <= self.fraction <= 1):
            raise ValueError(f"a fraction lies within -1..1, not {self.fraction}")
        # + 0 turns a negative zero into zero.
        rounded = self.fraction.quantize(_PLACES, rounding=ROUND_HALF_UP) + 0
        object.__setattr__(self, "fraction", rounded)

    @classmethod
    def of(cls, part: int, whole: int = 1) -> Mark:
        """The mark for `part` of `whole`, rounded once, at the end."""
        exact = Fraction(part, whole)
        return cls(Decimal(exact.numerator) / Decimal(exact.denominator))

    @property
    def state(self) -> State:
        """Right, partly right or wrong, by the limits of grading.md, "State from fraction"."""
        if self.fraction > Decimal("0.999999"):
            return State.RIGHT
        return State.WRONG if self.fraction < Decimal("0.000001") else State.PARTLY


class Typed(BaseModel):
    """Part of a body: nothing unknown, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _tidy_mrz(mrz: str | None) -> str | None:
    return clean(mrz) or None if mrz else None


class Body(Typed):
    """What every question has; the types add theirs."""

    text: WrittenText
    mrz: Annotated[
        Annotated[str, StringConstraints(max_length=2000)] | None, AfterValidator(_tidy_mrz)
    ] = None
    explanation: OptionalText = {}


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class Item(Typed):
    """A text with an id of its own: a choice, an item to put in order, an extra right side."""

    id: Id
    text: WrittenText


AnyItem = TypeVar("AnyItem", bound=Item)


def told_apart(items: tuple[AnyItem, ...]) -> tuple[AnyItem, ...]:
    """Refuse an id used twice, and two texts that read the same in a language both have."""
    for number, item in enumerate(items):
        for earlier in items[:number]:
            if item.id == earlier.id:
                raise Refused("same_id", f"the id {item.id!r} is used twice")
            for code in item.text.keys() & earlier.text.keys():
                if item.text[code] == earlier.text[code]:
                    message = f"{earlier.id!r} and {item.id!r} have the same text"
                    raise Refused("same_text", message, item.text[code])
    return items


def wire_keys(texts: Mapping[str, I18nText]) -> dict[str, str]:
    """Id → the name it goes by in the page.

    Authors write ids in the right order or give the right choice the id "a"; the page's
    source must not tell. So a key is the place of the text in the order of the texts.
    """
    return {id_: f"k{number}" for number, id_ in enumerate(by_text(texts), start=1)}


def by_text(texts: Mapping[str, I18nText]) -> list[str]:
    """The ids in the order of their texts, which tells nothing of how the author wrote them."""
    return sorted(texts, key=lambda id_: (sorted(texts[id_].items()), id_))


def in_order(ids: Iterable[str], order: Sequence[str]) -> list[str]:
    """The ids as `order` has them; those it lacks come last, those it invents are left out."""
    known = dict.fromkeys(ids)
    return list(dict.fromkeys([id_ for id_ in order if id_ in known] + list(known)))


def posted_all(post: Post, field: str) -> list[str]:
    """The values posted for a field, cleaned and cut."""
    # Cut first too: cleaning a posted megabyte is work for nothing.
    return [clean(value[: LONGEST_ANSWER * 2])[:LONGEST_ANSWER] for value in post.getlist(field)]


def posted(post: Post, field: str) -> str:
    """The last value posted for a field, cleaned and cut; empty when there is none."""
    values = posted_all(post, field)
    return values[-1] if values else ""


@dataclass(frozen=True)
class MarkedLine:
    """A choice or a pair on the review page.

    `chosen`: the officer chose it (a pair: gave it an answer). `right`: it is a right choice
    (a pair: the answer given is right). `lang` as in `show`.
    """

    text: str
    lang: str
    chosen: bool
    right: bool


def _faults(error: ValidationError) -> list[Fault]:
    """Each fault; of nested ones the inner, which is the cause."""
    found = error.errors(include_url=False)
    places = [fault["loc"] for fault in found]
    faults = []
    for fault in found:
        place = fault["loc"]
        if any(other[: len(place)] == place != other for other in places):
            continue
        cause = fault.get("ctx", {}).get("error")
        code, words = fault["type"], ""
        if isinstance(cause, Refused):
            code, words = cause.code, cause.words
        name = ".".join(map(str, place)) or "question"
        faults.append(Fault(name, fault["msg"], code, words))
    return faults


def _as_written(value: Any, *, inside: bool) -> Any:
    """Part of a body as files say it: languages in their order, on one line inside of an item."""
    if isinstance(value, list):
        return [_as_written(one, inside=True) for one in value]
    if not isinstance(value, dict):
        return value
    if inside:
        return {
            key: Flow(_in_order(part)) if isinstance(part, dict) else part
            for key, part in value.items()
        }
    return _in_order(value)


def _in_order(texts: dict[str, Any]) -> dict[str, Any]:
    order = {code: place for place, (code, _name) in enumerate(settings.LANGUAGES)}
    return dict(sorted(texts.items(), key=lambda pair: order.get(pair[0], len(order))))


AnyBody = TypeVar("AnyBody", bound=Body)


class QuestionType(ABC, Generic[AnyBody]):
    """One kind of question. Stateless; every method is a function of its arguments.

    A response is what `read` returned at some time, for this very body, but no method
    trusts that: any JSON object is taken, and what makes no sense counts as not given.
    """

    code: str  # stored with the question; short, a-z
    label: _StrPromise
    body_class: type[AnyBody]

    @property
    def template(self) -> str:
        """The inside of the question's fieldset.

        Context: q (from `show`), name (of the fields), disabled, problem (a sentence or "").
        """
        return f"quizzes/types/{self.code}.html"

    # What an author fills in beside the question and its explanation.
    parts: tuple[Part, ...] = ()

    @property
    def form(self) -> tuple[Part, ...]:
        """The author's form, part by part."""
        return (STEM, *self.parts, EXPLANATION, MRZ)

    def parse(self, data: object) -> AnyBody:
        """The typed body of stored or posted data. Raises BodyError."""
        try:
            return self.body_class.model_validate(data)
        except ValidationError as error:
            raise BodyError(_faults(error)) from error

    def from_catalogue(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """The body's data in an entry of a questions.yaml; hand it to `parse`."""
        return {key: value for key, value in entry.items() if key not in _BESIDE_THE_BODY}

    def to_catalogue(self, body: AnyBody) -> dict[str, Any]:
        """What an entry of a questions.yaml says of the body: `from_catalogue` backwards.

        Texts in languages are mappings; what is empty or as by default is left out.
        """
        said = body.model_dump(mode="json", exclude_defaults=True)
        if "\n" in said.get("mrz", ""):
            said["mrz"] += "\n"
        return {key: _as_written(value, inside=False) for key, value in said.items()}

    def shuffle(self, body: AnyBody, rng: random.Random) -> list[str]:
        """The ids that the page may show in any order, in a random one; often none."""
        return []

    def fixed_order(self, body: AnyBody) -> list[str]:
        """The order for a quiz that does not shuffle; never gives the answer away."""
        return []

    @abstractmethod
    def read(self, body: AnyBody, post: Post, name: str) -> dict[str, Any]:
        """The response in a posted form; what is not among the question's ids is left out."""

    @abstractmethod
    def form_data(self, body: AnyBody, response: Response, name: str) -> dict[str, list[str]]:
        """The form fields by which a browser says this response: `read` backwards."""

    @abstractmethod
    def is_answered(self, body: AnyBody, response: Response) -> bool:
        """Whether the response is whole, so that the question map shows it as answered."""

    def problem(self, body: AnyBody, response: Response) -> str:
        """A sentence that says what to mend in the response, or an empty text."""
        return ""

    @abstractmethod
    def grade(self, body: AnyBody, response: Response) -> Mark:
        """The mark: pure and total; an empty or senseless response gives 0."""

    @abstractmethod
    def right_response(self, body: AnyBody) -> dict[str, Any]:
        """A response that is fully right."""

    def show(
        self, body: AnyBody, response: Response, order: Sequence[str], language: str
    ) -> dict[str, Any]:
        """What the learner's template needs, and nothing that tells the answer.

        Every text comes with a `lang` beside it, empty unless the text fell back to
        another language: the page sets the language of the fieldset as a whole.
        """
        text = localized(body.text, language)
        return {"code": self.code, "text": text.words, "lang": text.lang, "mrz": body.mrz or ""}

    @abstractmethod
    def answer_text(self, body: AnyBody, response: Response, language: str) -> list[str]:
        """The response in words, a line each; empty when nothing was given."""

    def right_text(self, body: AnyBody, language: str) -> list[str]:
        """The right answer in words, a line each."""
        return self.answer_text(body, self.right_response(body), language)

    def choices_marked(
        self, body: AnyBody, response: Response, order: Sequence[str], language: str
    ) -> list[MarkedLine]:
        """Line by line for the review page, where a type has lines; else empty."""
        return []

    def texts(self, body: AnyBody) -> Iterator[tuple[str, I18nText]]:
        """Every text of the body with its path."""
        yield "text", body.text
        if body.explanation:
            yield "explanation", body.explanation

    def holes(self, body: AnyBody, language: str) -> list[str]:
        """Paths of what is not written in `language`; an explanation nobody wrote is no hole."""
        return [path for path, text in self.texts(body) if not text.get(language)]
