"""What a trainer types about a course, its modules and lessons, beside the lessons' content."""

import hashlib
import json
import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from i18nfield.strings import LazyI18nString

from courses.actions.authoring import new_token
from courses.models import Course, Lesson, Module
from courses.models.course import code_of_course
from courses.publishing import texts_of
from lms.people.forms.units import UnitField
from lms.people.models import User
from lms.ui.templatetags.content import OWN_NAMES

LANGUAGES = [(code, OWN_NAMES.get(code, str(name))) for code, name in settings.LANGUAGES]
LONGEST_TITLE = 200


def suggested_code(user: User) -> str:
    """The next free number after the trainer's newest course: DOC-02 after DOC-01."""
    codes = Course.objects.filter(service=user.service_id).order_by("-pk")
    taken = {code.casefold() for code in codes.values_list("code", flat=True)}
    newest = Course.objects.taught_by(user).order_by("-pk").values_list("code", flat=True)[:20]
    found = next((match for code in newest if (match := re.match(r"^(.*?)(\d+)$", code))), None)
    stem, width = (found[1], len(found[2])) if found else ("COURSE-", 2)
    number = int(found[2]) + 1 if found else 1
    while (code := f"{stem}{number:0{width}}").casefold() in taken:
        number += 1
    return code[:32]


class NewCourseForm(forms.Form):
    """Few fields: what else there is to say can wait until the course has lessons."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=LONGEST_TITLE)
    source = forms.ChoiceField(
        label=gettext_lazy("You write it in"),
        choices=LANGUAGES,
        help_text=gettext_lazy("The others are translations of this language."),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Officers read it in"),
        choices=LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "A language goes out once everything is there in it; you can add one at any time."
        ),
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=32,
        validators=[code_of_course],
        help_text=gettext_lazy(
            "Latin letters, digits and hyphens. It stands in addresses and on certificates and "
            "stays once the course is published."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )
    owner = UnitField(
        label=gettext_lazy("Unit that owns the course"),
        empty_label=None,
        help_text=gettext_lazy("The course is offered to officers of this unit and below it."),
    )
    token = forms.CharField(
        widget=forms.HiddenInput(attrs={"data-once": ""}), max_length=12, required=False
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.offer(user.reach.trained, user.language)
        first = owner.queryset.first()
        self.initial = {
            "source": user.language,
            "languages": [user.language],
            "code": suggested_code(user),
            "owner": first.pk if first else None,
            "token": new_token(),
        } | dict(self.initial)

    def clean(self) -> dict[str, Any]:
        """The languages with the source first."""
        data: dict[str, Any] = self.cleaned_data
        if source := data.get("source"):
            chosen = data.get("languages", [])
            data["languages"] = [source, *(code for code in chosen if code != source)]
        return data


class KeptForm(forms.Form):
    """A form over something that another editor may have changed since the page was opened.

    `was` says what stood there; when it no longer does, nothing is overwritten: the form comes
    back with what was typed, says what is there now, and a second save replaces it knowingly.
    """

    was = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *args: Any, current: dict[str, Any], **kwargs: Any
    ) -> None:
        self.state = _digest(current)
        self.current = current
        self.stale = bool(data) and data.get("was", "") not in {"", self.state}
        if self.stale:
            data = data.copy()
            data["was"] = self.state
        super().__init__(data, *args, **kwargs)
        self.initial = current | {"was": self.state} | dict(self.initial)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.stale:
            differing = [
                _("%(field)s: “%(now)s”")
                % {"field": self.fields[name].label, "now": _shown(self.current.get(name))}
                for name in self.changed_data
                if name != "was"
            ]
            if differing:
                raise ValidationError(
                    _(
                        "Somebody else has saved here since you opened the page, so nothing was "
                        "overwritten. There now: %(now)s. Save again to put yours in its place."
                    ),
                    params={"now": "; ".join(differing)},
                )
        return data


def _digest(current: dict[str, Any]) -> str:
    text = json.dumps(current, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class SettingsForm(KeptForm):
    """All that a course says of itself; a part for each of its languages."""

    languages = NewCourseForm.base_fields["languages"]
    source = NewCourseForm.base_fields["source"]
    code = NewCourseForm.base_fields["code"]
    owner = NewCourseForm.base_fields["owner"]
    level = forms.CharField(
        label=gettext_lazy("Level"),
        max_length=32,
        required=False,
        help_text=gettext_lazy("For example: basic, advanced."),
    )
    validity_months = forms.IntegerField(
        label=gettext_lazy("The certificate is valid for, months"),
        required=False,
        min_value=1,
        max_value=600,
        help_text=gettext_lazy("Empty: it does not expire."),
    )
    is_open = forms.BooleanField(
        label=gettext_lazy("Officers may enrol themselves"), required=False
    )

    def __init__(self, data: Any = None, *, course: Course, user: User) -> None:
        self.course = course
        super().__init__(data, current=_settings_of(course))
        owner: Any = self.fields["owner"]
        owner.offer(user.reach.trained, user.language)
        if course.current_revision_id:
            del self.fields["code"]
        for code in course.languages:
            self._add_language(code)

    def _add_language(self, code: str) -> None:
        name = OWN_NAMES.get(code, code)
        attrs = {"lang": code}
        self.fields[f"title_{code}"] = forms.CharField(
            label=_("Title, %(language)s") % {"language": name},
            max_length=LONGEST_TITLE,
            required=False,
            widget=forms.TextInput(attrs=attrs),
        )
        self.fields[f"summary_{code}"] = forms.CharField(
            label=_("Summary, %(language)s") % {"language": name},
            max_length=2000,
            required=False,
            widget=forms.Textarea(attrs=attrs | {"rows": 4}),
        )
        self.fields[f"outcomes_{code}"] = forms.CharField(
            label=_("What officers will learn, %(language)s") % {"language": name},
            max_length=6000,
            required=False,
            help_text=_("One outcome a line, in the same order in each language."),
            widget=forms.Textarea(attrs=attrs | {"rows": 5}),
        )

    @property
    def common(self) -> list[forms.BoundField]:
        names = ["code", "owner", "source", "languages", "level", "validity_months", "is_open"]
        return [self[name] for name in names if name in self.fields]

    @property
    def by_language(self) -> list[tuple[str, list[forms.BoundField]]]:
        parts = ("title", "summary", "outcomes")
        return [
            (code, [self[f"{part}_{code}"] for part in parts]) for code in self.course.languages
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if source := data.get("source"):
            chosen = data.get("languages", [])
            data["languages"] = [source, *(code for code in chosen if code != source)]
            if source in self.course.languages and not data.get(f"title_{source}"):
                self.add_error(f"title_{source}", _("The course needs a title in this language."))
        return data

    def values(self) -> dict[str, Any]:
        """For `change_course`: only what this form shows; other languages keep their texts."""
        data = self.cleaned_data
        titles, summaries = texts_of(self.course.title), texts_of(self.course.summary)
        for code in self.course.languages:
            titles[code] = data[f"title_{code}"]
            summaries[code] = data[f"summary_{code}"]
        values = {
            name: data[name]
            for name in ("languages", "level", "validity_months", "is_open", "owner", "code")
            if name in data
        }
        return values | {
            "title": LazyI18nString({code: text for code, text in titles.items() if text}),
            "summary": LazyI18nString({code: text for code, text in summaries.items() if text}),
            "outcomes": (outcomes := self._outcomes()),
            "outcome_keys": self._outcome_keys(outcomes),
        }

    def _outcomes(self) -> list[dict[str, str]]:
        lines = {
            code: [line.strip() for line in self.cleaned_data[f"outcomes_{code}"].splitlines()]
            for code in self.course.languages
        }
        old = list(self.course.outcomes)
        outcomes = []
        for index in range(max([len(its) for its in lines.values()] + [0])):
            kept = old[index] if index < len(old) else {}
            others = {code: text for code, text in kept.items() if code not in lines}
            own = {
                code: its[index] for code, its in lines.items() if index < len(its) and its[index]
            }
            if own:
                outcomes.append(others | own)
        return outcomes

    def _outcome_keys(self, outcomes: list[dict[str, str]]) -> list[str]:
        """Each keeps its key while a language of it stays as it was, else by its place."""
        old = self.course.outcomes
        keys = [*self.course.outcome_keys, *[""] * len(old)][: len(old)]
        left = dict(enumerate(keys))
        found: dict[int, str] = {}
        for place, outcome in enumerate(outcomes):
            same = [n for n in left if old[n].items() & outcome.items()]
            if same:
                found[place] = left.pop(place if place in same else same[0])
        for place in range(len(outcomes)):
            found.setdefault(place, left.pop(place, ""))
        return [found[place] for place in range(len(outcomes))] if any(found.values()) else []


def _settings_of(course: Course) -> dict[str, Any]:
    titles, summaries = texts_of(course.title), texts_of(course.summary)
    current: dict[str, Any] = {
        "code": course.code,
        "owner": course.owner_id,
        "source": course.languages[0] if course.languages else "",
        "languages": list(course.languages),
        "level": course.level,
        "validity_months": course.validity_months,
        "is_open": course.is_open,
    }
    for code in course.languages:
        outcomes = [str(outcome.get(code, "")) for outcome in course.outcomes]
        current |= {
            f"title_{code}": titles.get(code, ""),
            f"summary_{code}": summaries.get(code, ""),
            f"outcomes_{code}": "\n".join(outcomes).rstrip(),
        }
    return current


class TitledForm(KeptForm):
    """Titles in the languages of the course."""

    def __init__(self, data: Any = None, *, course: Course, current: dict[str, Any]) -> None:
        super().__init__(data, current=current)
        self.course = course
        for code in course.languages:
            name = OWN_NAMES.get(code, code)
            self.fields[f"title_{code}"] = forms.CharField(
                label=_("Title, %(language)s") % {"language": name},
                max_length=LONGEST_TITLE,
                required=False,
                widget=forms.TextInput(attrs={"lang": code}),
            )

    def title_of(self, thing: Module | Lesson) -> LazyI18nString:
        """The titles typed, those in languages that the form does not show kept."""
        titles = texts_of(thing.title)
        titles |= {code: self.cleaned_data[f"title_{code}"] for code in self.course.languages}
        return LazyI18nString({code: text for code, text in titles.items() if text})


class ModuleForm(TitledForm):
    def __init__(self, data: Any = None, *, module: Module, course: Course) -> None:
        titles = texts_of(module.title)
        current = {f"title_{code}": titles.get(code, "") for code in course.languages}
        super().__init__(data, course=course, current=current)


class LessonForm(TitledForm):
    """Title, minutes, required. Where a lesson has a text, the text carries the title."""

    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes it takes"), min_value=0, max_value=1000
    )
    required = forms.BooleanField(
        label=gettext_lazy("Required to complete the course"), required=False
    )
    field_order = ["minutes", "required"]

    def __init__(self, data: Any = None, *, lesson: Lesson, course: Course) -> None:
        titles = texts_of(lesson.title)
        current: dict[str, Any] = {
            f"title_{code}": titles.get(code, "") for code in course.languages
        }
        current |= {"minutes": lesson.minutes, "required": lesson.required}
        super().__init__(data, course=course, current=current)
        self.with_text = {
            code: text.title for code, text in lesson.newest_texts().items() if text.title
        }
        for code in course.languages:
            if code in self.with_text:
                del self.fields[f"title_{code}"]
        self.order_fields([f"title_{code}" for code in course.languages] + ["minutes", "required"])

    def title_of(self, thing: Module | Lesson) -> LazyI18nString:
        titles = texts_of(thing.title)
        titles |= {
            code: self.cleaned_data[f"title_{code}"]
            for code in self.course.languages
            if f"title_{code}" in self.fields
        }
        return LazyI18nString({code: text for code, text in titles.items() if text})


class CoursesForm(forms.Form):
    """Search among one's courses."""

    q = forms.CharField(
        label=gettext_lazy("Search"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[
            ("", gettext_lazy("any but archived")),
            ("draft", gettext_lazy("draft")),
            ("published", gettext_lazy("published")),
            ("archived", gettext_lazy("archived")),
        ],
    )

    def value(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name, ""))

    def is_filtering(self) -> bool:
        return any(self.value(name) for name in self.fields)
