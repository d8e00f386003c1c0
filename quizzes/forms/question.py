"""The question editor's form: parts of the question's type, tags, difficulty, languages."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from lms.ui.templatetags.content import own_name
from quizzes.authoring.problems import Found
from quizzes.types.author import Cell, Drawn, Part, Rows, Sheet
from quizzes.types.base import QuestionType

CODES = tuple(code for code, _name in settings.LANGUAGES)
LANGUAGES = [(code, own_name(code)) for code in CODES]
MOST_TAGS, LONGEST_TAG = 20, 40
DIFFICULTIES = [(1, _("1, easy")), (2, _("2, usual")), (3, _("3, hard"))]


def tags_of(text: str) -> list[str]:
    """The tags in a text, by commas: small letters, digits and hyphens, each once."""
    tags = (slugify(part, allow_unicode=True)[:LONGEST_TAG] for part in text.split(","))
    return list(dict.fromkeys(tag for tag in tags if tag))[:MOST_TAGS]


class AboutForm(forms.Form):
    """What is said about a question beside its words."""

    tags = forms.CharField(
        label=_("Tags"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
    )
    difficulty = forms.TypedChoiceField(
        label=_("Difficulty"), choices=DIFFICULTIES, coerce=int, initial=1
    )

    def clean_tags(self) -> list[str]:
        return tags_of(self.cleaned_data["tags"])


class LanguagesForm(forms.Form):
    """Which languages the editor has in sight."""

    language = forms.ChoiceField(label=_("Written in"), choices=LANGUAGES)
    beside = forms.ChoiceField(
        label=_("Beside it"), choices=[("", _("no other")), *LANGUAGES], required=False
    )


class QuestionForm:
    """What an author typed, or what a version says, and how it is drawn.

    Every language is in the page, those out of sight as hidden inputs: so no choice of languages
    and no error loses a word.
    """

    def __init__(
        self,
        question_type: QuestionType[Any],
        body: Mapping[str, Any],
        *,
        language: str,
        beside: str,
        tags: str = "",
        difficulty: Any = 1,
    ) -> None:
        self.type = question_type
        self.body = dict(body)
        self.language = language if language in CODES else CODES[0]
        self.beside = beside if beside in CODES and beside != self.language else ""
        self.problems: Found = {}
        self.more = ""
        about = {"tags": tags, "difficulty": difficulty}
        self.about = AboutForm(about)
        self.choice = LanguagesForm(initial={"language": self.language, "beside": self.beside})

    @classmethod
    def posted(cls, question_type: QuestionType[Any], post: QueryDict) -> "QuestionForm":
        form = cls(
            question_type,
            body_of(question_type, post),
            language=post.get("language", ""),
            beside=post.get("beside", ""),
            tags=post.get("tags", ""),
            difficulty=post.get("difficulty", 1),
        )
        form.act(post.get("act", ""))
        return form

    def act(self, act: str) -> None:
        """ "add-choices", "up-choices-r1", "down-…", "remove-…": rows without a script."""
        verb, _dash, rest = act.partition("-")
        name, _dash, id_ = rest.partition("-")
        part = next((part for part in self.type.form if part.name == name), None)
        if not isinstance(part, Rows):
            return
        if verb == "add":
            self.more = name
        elif verb in {"up", "down", "remove"}:
            self.body[name] = part.changed(self.body.get(name) or [], verb, id_)

    @property
    def shown(self) -> list[str]:
        return [self.language, *([self.beside] if self.beside else [])]

    def show_what_is_missing(self) -> None:
        """Bring the first language with a problem in sight beside the other."""
        for _place, code in self.problems:
            if code and code not in self.shown:
                self.beside = code
                self.choice.initial["beside"] = code
                return

    def drawn(self) -> list[Drawn]:
        sheet = Sheet(CODES, self.shown, self.problems, self.more)
        return [part.draw(self.body.get(part.name), sheet) for part in self.type.form]

    def summary(self) -> list[tuple[str, str, str]]:
        """(label, anchor, sentence) of each problem, in the order of the form."""
        lines = []
        for drawn in self.drawn():
            anchor = f"part-{drawn.part.name}"
            if drawn.problem:
                lines.append((str(drawn.part.label), anchor, drawn.problem))
            lines += [self._line(cell, "", anchor) for cell in drawn.cells if cell.problem]
            for row in drawn.rows:
                number = f" {row.number}"
                lines += [self._line(cell, number, anchor) for cell in row.cells if cell.problem]
                if row.problem:
                    first = next((cell.id for cell in row.cells if cell.shown), anchor)
                    lines.append((f"{drawn.part.label}{number}", first, row.problem))
        if not lines and self.problems:
            lines = [("", "editor", said) for said in self.problems.values()]
        return lines

    @staticmethod
    def _line(cell: Cell, number: str, anchor: str) -> tuple[str, str, str]:
        label = f"{cell.label}{number}"
        if cell.language:
            label += f" ({own_name(cell.language)})"
        return label, cell.id if cell.shown else anchor, cell.problem


def body_of(question_type: QuestionType[Any], post: QueryDict) -> dict[str, Any]:
    """The body that the form says; blanks stay out of it."""
    read: list[tuple[Part, Any]] = [(part, part.read(post, CODES)) for part in question_type.form]
    return {part.name: value for part, value in read if value is not None}


def languages_to_begin_with(
    body: Mapping[str, Any], needed: Sequence[str], wish: str
) -> tuple[str, str]:
    """The language to write in and the one beside it: what is there first, what is needed next."""
    there = [code for code in CODES if (body.get("text") or {}).get(code)]
    language = wish if wish in there or not there else there[0]
    if language not in CODES:
        language = CODES[0]
    missing = [code for code in needed if code != language and code not in there]
    others = [code for code in [*there, *needed] if code != language]
    return language, next(iter([*missing, *others]), "")
