"""The outline of a revision: its schema, and the revisions' outlines and texts kept in memory.

Neither a revision nor a version of a text ever changes, so what is read once under its id is right
for ever; nothing here is invalidated by hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from cachetools import LRUCache
from pydantic import BaseModel, ConfigDict, Field

from courses.models import CourseRevision, LessonText

I18nText = dict[str, str]


def localize(text: I18nText, language: str) -> str:
    """The text in the language, else in the first language that has it."""
    return text.get(language) or next((value for value in text.values() if value), "")


class OutlineLesson(BaseModel):
    """A lesson as published; `texts` maps a language to the id of its `LessonText`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    key: str
    kind: str
    title: I18nText
    minutes: int = Field(ge=0)
    required: bool = True
    retake_from: int = 0  # progress made under an earlier revision's number does not count
    texts: dict[str, int] = {}
    body: dict[str, Any] = {}  # what the lesson kind's snapshot() says


class OutlineModule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    key: str
    title: I18nText
    lessons: tuple[OutlineLesson, ...]


class Outline(BaseModel):
    """A course as published, without its texts. `minutes` is the sum of its lessons'."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    title: I18nText
    summary: I18nText
    outcomes: tuple[I18nText, ...] = ()
    level: str = ""
    validity_months: int | None = None
    languages: tuple[str, ...]
    modules: tuple[OutlineModule, ...]

    @cached_property
    def lessons(self) -> tuple[OutlineLesson, ...]:
        """All lessons in order."""
        return tuple(lesson for module in self.modules for lesson in module.lessons)

    @cached_property
    def by_key(self) -> dict[str, OutlineLesson]:
        return {lesson.key: lesson for lesson in self.lessons}

    @cached_property
    def minutes(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons)

    @cached_property
    def places(self) -> dict[int, tuple[int, int]]:
        """Id of a lesson → the number of its module and its place in the outline, both from 0."""
        numbers = (number for number, module in enumerate(self.modules) for _ in module.lessons)
        return {
            lesson.id: (number, place)
            for place, (lesson, number) in enumerate(zip(self.lessons, numbers, strict=True))
        }

    def module_of(self, lesson: OutlineLesson) -> tuple[int, OutlineModule]:
        """The module of a lesson, and its number from 1. Raises KeyError."""
        number, _place = self.places[lesson.id]
        return number + 1, self.modules[number]

    def language_for(self, *wishes: str) -> str:
        """The first wish that the revision went out in, else its first language."""
        return next((wish for wish in wishes if wish in self.languages), self.languages[0])


_lock = Lock()  # the caches below are not made for several threads
_outlines: LRUCache[int, Outline] = LRUCache(maxsize=256)


def outlines_of(revisions: Iterable[int]) -> dict[int, Outline]:
    """The outlines of revisions by id; at most one query, for those not in memory."""
    wanted = set(revisions)
    with _lock:
        found = {pk: outline for pk in wanted if (outline := _outlines.get(pk))}
    if missing := wanted - found.keys():
        rows = CourseRevision.objects.filter(pk__in=missing).values_list("pk", "outline")
        fresh = {pk: Outline.model_validate(outline) for pk, outline in rows}
        with _lock:
            _outlines.update(fresh)
        found |= fresh
    return found


def outline_of(revision: int) -> Outline:
    """The outline of one revision. Raises KeyError when there is no such revision."""
    return outlines_of([revision])[revision]


@dataclass(frozen=True)
class ShownText:
    """What a page shows of a version of a lesson's text: sanitised HTML."""

    language: str
    html: str


TEXTS_KEPT = 16_000_000  # letters, about 1,000 lessons
_texts: LRUCache[int, ShownText] = LRUCache(
    maxsize=TEXTS_KEPT, getsizeof=lambda text: len(text.html)
)


def text_of(pk: int) -> ShownText:
    """One version of a lesson's text; a query if it is not in memory.

    Raises LessonText.DoesNotExist.
    """
    with _lock:
        found = _texts.get(pk)
    if found is None:
        row = LessonText.objects.only("language", "html").get(pk=pk)
        found = ShownText(row.language, row.html)
        with _lock:
            _texts[pk] = found
    return found


def forget_outlines() -> None:
    """Empty the memory; for tests, whose databases use an id more than once."""
    _outlines.clear()
    _texts.clear()
