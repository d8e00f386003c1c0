"""Forms of question banks: a new one, and what of one is shown."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lms.people.forms.units import UnitField
from lms.people.models import User
from lms.ui.templatetags.content import own_name
from quizzes.forms.question import CODES, DIFFICULTIES
from quizzes.models import Question
from quizzes.types import registry

STATES = [("ready", _("ready")), ("draft", _("draft")), ("retired", _("retired"))]


class BankForm(forms.Form):
    """A new question bank: its title in the language of the buttons, and whose it is."""

    title = forms.CharField(label=_("Title of the new bank"), max_length=200)
    owner = UnitField(label=_("Belongs to"), empty_label=None)

    def __init__(self, *args: Any, user: User, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language = language
        owner: Any = self.fields["owner"]
        owner.offer(user.reach.trained, language)
        first = list(owner.queryset[:2])
        owner.initial = first[0].pk if first else None
        if len(first) == 1:
            owner.widget = forms.HiddenInput()

    @property
    def titles(self) -> dict[str, str]:
        return {self.language: self.cleaned_data["title"].strip()}


class QuestionFilter(forms.Form):
    """What of a bank is shown; what makes no sense filters nothing."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )  # fmt: skip
    type = forms.ChoiceField(label=_("Type"), required=False)
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    difficulty = forms.ChoiceField(
        label=_("Difficulty"), required=False, choices=[("", _("any")), *DIFFICULTIES]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("in use")), *STATES]
    )
    missing = forms.ChoiceField(
        label=_("Not whole in"),
        required=False,
        choices=[("", "–"), *((code, own_name(code)) for code in CODES)],
    )

    def __init__(self, *args: Any, tags: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = [(one.code, one.label) for one in registry.all_types()]
        self.fields["type"].choices = [("", _("any")), *types]  # type: ignore[attr-defined]
        self.fields["tag"].choices = [  # type: ignore[attr-defined]
            ("", _("any")), *((tag, tag) for tag in tags),
        ]  # fmt: skip

    def apply(self, questions: QuerySet[Question]) -> QuerySet[Question]:
        """The questions that fit; retired ones only where they are asked for."""
        self.is_valid()
        given = self.cleaned_data
        found: Any = questions
        if given.get("q"):
            found = found.matching(given["q"])
        if given.get("type"):
            found = found.filter(type=given["type"])
        if given.get("tag"):
            found = found.tagged(given["tag"])
        if given.get("difficulty"):
            found = found.filter(difficulty=given["difficulty"])
        if given.get("missing"):
            found = found.missing_in(given["missing"])
        if given.get("state"):
            return found.in_state(given["state"])  # type: ignore[no-any-return]
        return found.filter(retired_at=None)  # type: ignore[no-any-return]

    def is_filtering(self) -> bool:
        return any(self.cleaned_data.values())


class BankSearch(forms.Form):
    q = forms.CharField(
        label=_("Search"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )  # fmt: skip
