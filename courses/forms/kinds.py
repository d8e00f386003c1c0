"""What a trainer types and uploads in lessons of the kinds video, file and practical."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.forms import BoundField
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.actions.kinds import Line, checklist_of, version_of
from courses.kinds.files import ALL, files_of
from courses.kinds.titles import titles_of
from courses.models import CourseFile, Lesson, LessonFile
from courses.outlines import localize
from lms.people.models import Membership, Organisation, Role, User
from lms.people.models.organisation import within
from lms.ui.templatetags.content import OWN_NAMES

LONGEST_TITLE = 255
LONGEST_LINE, MOST_LINES = 300, 60
LONGEST_NOTE = 2000
KEY = re.compile(r"[a-z0-9-]{1,64}")
ACCEPTED = {
    LessonFile.Use.VIDEO: "video/mp4,video/webm,.mp4,.webm",
    LessonFile.Use.CAPTIONS: ".vtt,.srt,text/vtt",
    LessonFile.Use.DOWNLOAD: ".pdf,.docx,.xlsx,.pptx,.txt,.csv,.png,.jpg,.jpeg",
}


LABELS = {
    LessonFile.Use.VIDEO: gettext_lazy("Film"),
    LessonFile.Use.CAPTIONS: gettext_lazy("Captions"),
    LessonFile.Use.DOWNLOAD: gettext_lazy("File"),
}


@dataclass(frozen=True)
class Slot:
    """A place for a file in a lesson: `language` is empty for the one that serves all."""

    use: str
    language: str
    file: CourseFile | None
    upload: BoundField
    remove: BoundField | None

    @property
    def is_missing(self) -> bool:
        return self.file is None


class TitlesForm(forms.Form):
    """The lesson's title in each language of its course."""

    def __init__(self, data: Any = None, files: Any = None, *, lesson: Lesson) -> None:
        super().__init__(data, files)
        self.lesson = lesson
        titles = titles_of(lesson)
        for code in lesson.course.languages:
            self.fields[f"title-{code}"] = forms.CharField(
                label=OWN_NAMES.get(code, code),
                max_length=LONGEST_TITLE,
                required=False,
                initial=titles.get(code, ""),
                widget=forms.TextInput(attrs={"lang": code}),
            )

    @property
    def titles(self) -> list[BoundField]:
        return [self[f"title-{code}"] for code in self.lesson.course.languages]

    def typed_titles(self) -> dict[str, str]:
        """Those that were typed, stripped; an empty one takes nothing away."""
        typed = {code: self.cleaned_data[f"title-{code}"] for code in self.lesson.course.languages}
        return {code: title for code, title in typed.items() if title}


class FilesForm(TitlesForm):
    """Titles, and a place for each file: of each use one for all languages, or one in each.

    Captions are words, so there is none for all languages.
    """

    def __init__(
        self, data: Any = None, files: Any = None, *, lesson: Lesson, uses: Sequence[str]
    ) -> None:
        super().__init__(data, files, lesson=lesson)
        self.present = {use: files_of(lesson, use) for use in uses}
        for use in uses:
            for language in self._languages(use):
                self._add(use, language)

    def _languages(self, use: str) -> list[str]:
        own = list(self.lesson.course.languages)
        return own if use == LessonFile.Use.CAPTIONS else [ALL, *own]

    def _add(self, use: str, language: str) -> None:
        name = f"{use}-{language or 'all'}"
        present = language in self.present[use]
        whose = OWN_NAMES.get(language, language) if language else _("for all languages")
        self.fields[name] = forms.FileField(
            label=f"{LABELS[LessonFile.Use(use)]}: {whose}",
            required=False,
            allow_empty_file=True,  # what is wrong with a file is said in one place
            widget=forms.FileInput(attrs={"accept": ACCEPTED[LessonFile.Use(use)]}),
        )
        if present:
            self.fields[f"remove-{name}"] = forms.BooleanField(
                label=_("Take it out of the lesson"), required=False
            )

    def slot(self, use: str, language: str) -> Slot:
        name = f"{use}-{language or 'all'}"
        remove = f"remove-{name}"
        return Slot(
            use,
            language,
            self.present[use].get(language),
            self[name],
            self[remove] if remove in self.fields else None,
        )

    def slots(self) -> Iterator[Slot]:
        for use in self.present:
            for language in self._languages(use):
                yield self.slot(use, language)

    def for_all(self, use: str) -> Slot:
        return self.slot(use, ALL)

    def by_language(self, use: str) -> list[Slot]:
        return [self.slot(use, code) for code in self.lesson.course.languages]


def new_key() -> str:
    return f"line-{get_random_string(8, 'abcdefghijkmnpqrstuvwxyz23456789')}"


@dataclass(frozen=True)
class Row:
    """A line of the checklist on the page."""

    key: str
    number: int
    texts: list[BoundField]


class ChecklistForm(TitlesForm):
    """Titles and the lines of a checklist, in the order of the `key` fields.

    `new_key` is that of the line which "add" would make: sent twice, it makes one.
    """

    def __init__(self, data: Any = None, *, lesson: Lesson) -> None:
        super().__init__(data, lesson=lesson)
        lines = checklist_of(lesson)
        self.version = data.get("version", "") if data is not None else version_of(lines)
        self.new_key = new_key()
        if data is not None:
            keys = [key for key in data.getlist("key") if KEY.fullmatch(key)]
            self.keys = list(dict.fromkeys(keys))[:MOST_LINES]
        else:
            self.keys = [line.key for line in lines]
        initial = {line.key: line.text for line in lines}
        for key in self.keys:
            for code in lesson.course.languages:
                self.fields[f"text-{key}-{code}"] = forms.CharField(
                    label=OWN_NAMES.get(code, code),
                    max_length=LONGEST_LINE,
                    required=False,
                    initial=initial.get(key, {}).get(code, ""),
                    widget=forms.Textarea(attrs={"lang": code, "rows": 2}),
                )

    @property
    def rows(self) -> list[Row]:
        codes = self.lesson.course.languages
        return [
            Row(key, number, [self[f"text-{key}-{code}"] for code in codes])
            for number, key in enumerate(self.keys, start=1)
        ]

    def typed_lines(self) -> list[Line]:
        """The lines as typed; a language that the course no longer has keeps its text."""
        before = {line.key: line.text for line in checklist_of(self.lesson)}
        codes = list(self.lesson.course.languages)
        lines = []
        for key in self.keys:
            texts = {c: t for c, t in before.get(key, {}).items() if c not in codes}
            for code in codes:
                if text := " ".join(self.cleaned_data[f"text-{key}-{code}"].split()):
                    texts[code] = text
            lines.append(Line(key, texts))
        return lines


def changed_lines(
    lines: Sequence[Line], do: str, *, fresh: str, removed: Mapping[str, dict[str, str]]
) -> list[Line]:
    """What a button of the checklist makes of its lines.

    `up:KEY`, `down:KEY`, `remove:KEY`, `restore:KEY` (of those `removed`), `add` (with the key
    `fresh`); `save` leaves out lines without a word. Anything else changes nothing.
    """
    verb, _colon, key = do.partition(":")
    found = list(lines)
    place = next((place for place, line in enumerate(found) if line.key == key), None)
    if verb == "add" and len(found) < MOST_LINES:
        if KEY.fullmatch(fresh) and all(line.key != fresh for line in found):
            found.append(Line(fresh, {}))
    elif verb in {"up", "down"} and place is not None:
        other = place + (1 if verb == "down" else -1)
        if 0 <= other < len(found):
            found[place], found[other] = found[other], found[place]
    elif verb == "remove" and place is not None:
        del found[place]
    elif verb == "restore" and place is None and key in removed and len(found) < MOST_LINES:
        found.append(Line(key, removed[key]))
    elif verb == "save":
        found = [line for line in found if line.text]
    return found


class TicksForm(forms.Form):
    """The lines of a checklist for one officer: a box and a note each, or the undoing of a tick."""

    def __init__(self, data: Any = None, *, lines: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(data)
        self.lines = lines
        for line in lines:
            key, tick = line["key"], line["tick"]
            if tick:
                self.fields[f"withdraw-{key}"] = forms.BooleanField(
                    label=_("Take the tick back"), required=False
                )
            else:
                self.fields[f"tick-{key}"] = forms.BooleanField(label=line["text"], required=False)
            self.fields[f"note-{key}"] = forms.CharField(
                label=_("Note"),
                required=False,
                max_length=LONGEST_NOTE,
                initial=tick.note if tick else "",
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "line": line,
                "box": self[f"{'withdraw' if line['tick'] else 'tick'}-{line['key']}"],
                "note": self[f"note-{line['key']}"],
            }
            for line in self.lines
        ]

    def clean(self) -> dict[str, Any]:
        """A note without a tick would be lost: say so instead."""
        for line in self.lines:
            key = line["key"]
            note = self.cleaned_data.get(f"note-{key}")
            if note and not line["tick"] and not self.cleaned_data.get(f"tick-{key}"):
                message = _("A note is kept with a tick: tick the line, or empty the note.")
                self.add_error(f"note-{key}", message)
        return self.cleaned_data

    def ticks(self) -> dict[str, str]:
        """Lines to be ticked, and ticked ones that stay: key → note."""
        return {
            line["key"]: self.cleaned_data[f"note-{line['key']}"]
            for line in self.lines
            if (
                not self.cleaned_data[f"withdraw-{line['key']}"]
                if line["tick"]
                else self.cleaned_data[f"tick-{line['key']}"]
            )
        }

    def is_whole(self) -> bool:
        return len(self.ticks()) == len(self.lines)

    def withdrawn(self) -> list[str]:
        return [
            line["key"]
            for line in self.lines
            if line["tick"] and self.cleaned_data[f"withdraw-{line['key']}"]
        ]


class PracticalFilterForm(forms.Form):
    """Search and filters of the practical work; what does not fit is left out."""

    q = forms.CharField(
        label=gettext_lazy("Name or service number"), max_length=200, required=False
    )
    course = forms.ChoiceField(label=gettext_lazy("Course"), required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), required=False)

    def __init__(
        self, data: Any, *, user: User, courses: Sequence[tuple[str, dict[str, str]]]
    ) -> None:
        super().__init__(data)
        self.user = user
        every = ("", _("all"))
        self.fields["q"].widget.input_type = "search"  # type: ignore[attr-defined]
        self.fields["course"].choices = [  # type: ignore[attr-defined]
            every,
            *((code, f"{code} {localize(title, user.language)}") for code, title in courses),
        ]
        units = Organisation.objects.filter(within(user.reach.trained)).order_by("path")
        self.units = {str(unit.pk): unit for unit in units}
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            every,
            *((pk, "\u2003" * (unit.depth - 1) + str(unit.name))
              for pk, unit in self.units.items()),
        ]  # fmt: skip

    def _value(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name, ""))

    def is_filtering(self) -> bool:
        return any(self._value(name) for name in self.fields)

    def apply(self, enrolments: Any) -> Any:
        """The enrolments that the search and the filters leave."""
        if text := self._value("q"):
            people = User.objects.named(text).filter(service=self.user.service_id)
            enrolments = enrolments.filter(officer__in=people.values("pk"))
        if code := self._value("course"):
            enrolments = enrolments.filter(course__code=code)
        if unit := self.units.get(self._value("unit")):
            posted = Membership.objects.current().filter(
                user=OuterRef("officer"),
                role=Role.OFFICER,
                organisation__path__startswith=unit.path,
            )
            enrolments = enrolments.filter(Exists(posted))
        return enrolments
