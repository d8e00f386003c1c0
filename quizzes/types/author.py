"""The author's form: parts that every type is made of, read from a post and drawn alike.

What a part reads is what the type's `parse` takes; blanks are left out, so that an unfinished
question is a body with holes, which a draft may be.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.translation import gettext_lazy as _

from quizzes.types.texts import clean

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

ONE, MANY = "radio", "checkbox"  # how many rows may be right: the input that says it
MOST_ROWS = 40
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")

# (place, language) → a sentence; the language is empty where the fault concerns none.
Problems = Mapping[tuple[str, str], str]


class Post(Protocol):
    """A posted form; Django's QueryDict and MultiValueDict have these."""

    def get(self, key: str, default: str, /) -> str: ...

    def getlist(self, key: str, /) -> list[str]: ...


@dataclass(frozen=True)
class Cell:
    """One input: a text in a language, or without one. Not shown: carried along hidden."""

    name: str
    label: str
    value: str = ""
    language: str = ""
    shown: bool = True
    problem: str = ""

    @property
    def id(self) -> str:
        return f"id_{self.name}"


@dataclass(frozen=True)
class Row:
    """A choice, a pair or an item with its cells; a blank one is offered to be filled in."""

    id: str
    number: int
    right: bool
    cells: list[Cell]
    blank: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Drawn:
    """A part as its template draws it."""

    part: Part
    cells: list[Cell] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    problem: str = ""
    value: Any = None


@dataclass(frozen=True)
class Sheet:
    """How a form is drawn: every language there is, those in sight, what is wrong."""

    languages: Sequence[str]
    shown: Sequence[str]
    problems: Problems
    more: str = ""  # the name of the part that gets more blank rows

    def problem(self, place: str, language: str = "") -> str:
        """What is wrong there; what concerns no language is said at the first in sight."""
        said = self.problems.get((place, language), "")
        if not said and self.shown and language == self.shown[0]:
            said = self.problems.get((place, ""), "")
        return said


@dataclass(frozen=True)
class Part(ABC):
    """A part of the form and of the body: `name` is the body's key."""

    name: str
    label: _StrPromise
    help: _StrPromise | str = ""

    kind = ""

    @property
    def template(self) -> str:
        return f"quizzes/trainer/parts/{self.kind}.html"

    @abstractmethod
    def read(self, post: Post, languages: Sequence[str]) -> Any:
        """What was posted; None for nothing, which then stays out of the body."""

    @abstractmethod
    def draw(self, value: Any, sheet: Sheet) -> Drawn:
        """The part with what the body has."""

    @abstractmethod
    def lines(self, value: Any) -> list[tuple[str, str, str]]:
        """(place, language, words) of all that is written, for the history."""

    def _cells(
        self, name: str, place: str, texts: Mapping[str, str], sheet: Sheet, label: str = ""
    ) -> list[Cell]:
        return [
            Cell(
                name=f"{name}-{code}",
                label=label or str(self.label),
                value=texts.get(code, ""),
                language=code,
                shown=code in sheet.shown,
                problem=sheet.problem(place, code),
            )
            for code in _in_sight_first(sheet)
        ]


def _in_sight_first(sheet: Sheet) -> list[str]:
    return [*sheet.shown, *(code for code in sheet.languages if code not in sheet.shown)]


def _texts(post: Post, name: str, languages: Sequence[str]) -> dict[str, str]:
    given = {code: _plain(post.get(f"{name}-{code}", "")) for code in languages}
    return {code: words for code, words in given.items() if words}


def _plain(words: str) -> str:
    """As typed, without the carriage returns of browsers and what no database stores."""
    return clean(words.replace("\r\n", "\n"))


def as_texts(value: Any) -> dict[str, str]:
    """Texts by language, whatever a draft holds there."""
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Texts(Part):
    """A text in each language."""

    rows: int = 3
    required: bool = False

    kind = "texts"

    def read(self, post: Post, languages: Sequence[str]) -> dict[str, str]:
        return _texts(post, self.name, languages)

    def draw(self, value: Any, sheet: Sheet) -> Drawn:
        return Drawn(self, cells=self._cells(self.name, self.name, as_texts(value), sheet))

    def lines(self, value: Any) -> list[tuple[str, str, str]]:
        return [(self.name, code, words) for code, words in as_texts(value).items()]


@dataclass(frozen=True)
class Lines(Part):
    """Several texts in each language, a line each."""

    kind = "lines"

    def read(self, post: Post, languages: Sequence[str]) -> dict[str, list[str]]:
        texts = _texts(post, self.name, languages)
        found = {
            code: [line.strip() for line in words.split("\n")] for code, words in texts.items()
        }
        return {code: [line for line in lines if line] for code, lines in found.items()}

    def draw(self, value: Any, sheet: Sheet) -> Drawn:
        texts = {code: "\n".join(lines) for code, lines in as_texts(value).items()}
        return Drawn(self, cells=self._cells(self.name, self.name, texts, sheet))

    def lines(self, value: Any) -> list[tuple[str, str, str]]:
        return [(self.name, code, "; ".join(words)) for code, words in as_texts(value).items()]


@dataclass(frozen=True)
class Entry(Part):
    """One text that is the same in every language: a number, a machine readable zone."""

    long: bool = False
    longest: int = 60
    required: bool = False

    kind = "entry"

    def read(self, post: Post, languages: Sequence[str]) -> str | None:
        return _plain(post.get(self.name, "")) or None

    def draw(self, value: Any, sheet: Sheet) -> Drawn:
        problem = sheet.problems.get((self.name, ""), "")
        return Drawn(
            self, cells=[Cell(self.name, str(self.label), str(value or ""), "", True, problem)]
        )

    def lines(self, value: Any) -> list[tuple[str, str, str]]:
        return [(self.name, "", str(value))] if value else []


@dataclass(frozen=True)
class Either(Part):
    """True or false."""

    kind = "either"

    def read(self, post: Post, languages: Sequence[str]) -> bool | None:
        return {"true": True, "false": False}.get(post.get(self.name, ""))

    def draw(self, value: Any, sheet: Sheet) -> Drawn:
        return Drawn(self, problem=sheet.problems.get((self.name, ""), ""), value=value)

    def lines(self, value: Any) -> list[tuple[str, str, str]]:
        said = {True: _("True"), False: _("False")}
        return [(self.name, "", str(said[value]))] if isinstance(value, bool) else []


@dataclass(frozen=True)
class Rows(Part):
    """Choices, pairs or items: added, removed and moved. `cells` are (key, label) of each row."""

    cells: tuple[tuple[str, _StrPromise], ...] = ()
    mark: str = ""  # ONE, MANY, or empty where no row is right or wrong
    add: _StrPromise | str = ""
    blank: int = 4  # rows in sight to begin with
    least: int = 2
    most: int = 20

    kind = "rows"

    def read(self, post: Post, languages: Sequence[str]) -> list[dict[str, Any]]:
        rights = post.getlist(f"{self.name}-right")
        rows = []
        for id_ in list(dict.fromkeys(post.getlist(f"{self.name}-row")))[:MOST_ROWS]:
            if not _ID.fullmatch(id_):
                continue
            row: dict[str, Any] = {"id": id_}
            for key, _label in self.cells:
                row[key] = _texts(post, f"{self.name}-{id_}-{key}", languages)
            if self.mark:
                row["right"] = id_ in rights
            if row.get("right") or any(row[key] for key, _label in self.cells):
                rows.append(row)
        return rows

    def changed(self, rows: list[dict[str, Any]], act: str, id_: str) -> list[dict[str, Any]]:
        """The rows after "up", "down" or "remove" of one of them."""
        place = next((number for number, row in enumerate(rows) if row["id"] == id_), None)
        if place is None:
            return rows
        rows = list(rows)
        row = rows.pop(place)
        if act != "remove":
            rows.insert(max(0, place + (-1 if act == "up" else 1)), row)
        return rows

    def draw(self, value: Any, sheet: Sheet) -> Drawn:
        filled = list(value) if isinstance(value, list) else []
        blank = max(self.blank - len(filled), 3 if sheet.more == self.name else 1)
        blank = max(0, min(blank, self.most - len(filled)))
        used = {row.get("id") for row in filled}
        fresh = (id_ for number in range(1, 200) if (id_ := f"r{number}") not in used)
        rows = [
            *((row, False) for row in filled),
            *(({"id": next(fresh)}, True) for _number in range(blank)),
        ]
        drawn = [self._row(row, number, sheet, blank=new) for number, (row, new) in enumerate(rows)]
        return Drawn(self, rows=drawn, problem=sheet.problems.get((self.name, ""), ""))

    def _row(self, row: dict[str, Any], number: int, sheet: Sheet, *, blank: bool) -> Row:
        cells = [
            cell
            for key, label in self.cells
            for cell in self._cells(
                f"{self.name}-{row['id']}-{key}",
                f"{self.name}.{number}.{key}",
                as_texts(row.get(key)),
                sheet,
                str(label),
            )
        ]
        # Language by language where there are two in sight, so that each has its side.
        cells.sort(key=lambda cell: _in_sight_first(sheet).index(cell.language))
        problem = sheet.problems.get((f"{self.name}.{number}", ""), "")
        return Row(str(row["id"]), number + 1, row.get("right") is True, cells, blank, problem)

    def lines(self, value: Any) -> list[tuple[str, str, str]]:
        found = []
        for number, row in enumerate(value if isinstance(value, list) else (), 1):
            for key, _label in self.cells:
                for code, words in as_texts(row.get(key)).items():
                    right = " ✓" if row.get("right") is True else ""
                    found.append((f"{self.name}.{number}.{key}", code, words + right))
        return found


STEM = Texts("text", _("Question"), required=True)
EXPLANATION = Texts(
    "explanation", _("Explanation"), _("Why the right answer is right; shown after submitting.")
)
MRZ = Entry(
    "mrz",
    _("Machine readable zone"),
    _("Shown above the question in equal letters."),
    long=True,
    longest=2000,
)
