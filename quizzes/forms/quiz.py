"""Forms of the quiz builder: settings, titles, draws, marks."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from courses.publishing import texts_of
from lms.ui.templatetags.content import own_name
from quizzes.forms.question import DIFFICULTIES
from quizzes.models import QuestionBank, Quiz

MOST_MARK, MOST_DRAWN = Decimal(1000), 200
MOST = 32767  # what the columns hold


class BankField(forms.ModelChoiceField):  # type: ignore[type-arg]
    language = "uk"

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.title.localize(self.language))


class QuizForm(forms.ModelForm):  # type: ignore[type-arg]
    """Titles per language, the bank and the settings."""

    bank = BankField(
        queryset=QuestionBank.objects.none(), label=_("Question bank"), empty_label=None
    )

    class Meta:
        model = Quiz
        fields = ("bank", "pass_mark", "attempts", "time_limit", "layout", "review", "shuffle")

    def __init__(self, data: Any = None, *, instance: Quiz, banks: Any, language: str) -> None:
        super().__init__(data, instance=instance)
        field: Any = self.fields["bank"]
        field.queryset, field.language = banks, language
        mark = self.fields["pass_mark"]
        mark.widget.attrs |= {"min": 0, "max": 100, "step": "any"}
        for name in ("attempts", "time_limit"):
            limited = self.fields[name]
            limited.validators += [MinValueValidator(1), MaxValueValidator(MOST)]
            limited.widget.attrs |= {"min": 1, "max": MOST}
        if not self.is_bound:
            self.initial["pass_mark"] = instance.pass_mark.normalize() + 0
        titles = texts_of(instance.lesson.title)
        own = {}
        for code in instance.lesson.course.languages:
            own[f"title-{code}"] = forms.CharField(
                label=_now("Title, %(language)s") % {"language": own_name(code)},
                max_length=200,
                required=False,
                initial=titles.get(code, ""),
                widget=forms.TextInput(attrs={"lang": code}),
            )
        self.fields = own | self.fields

    def clean_bank(self) -> QuestionBank:
        bank: QuestionBank = self.cleaned_data["bank"]
        held = self.instance.slots.exclude(question=None)
        if bank.pk != self.initial["bank"] and held.exists():
            raise ValidationError(
                _("Take out the questions of the present bank first: a quiz has one bank.")
            )
        return bank

    @property
    def title_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("title-")]

    @property
    def setting_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if not name.startswith("title-")]

    @property
    def titles(self) -> dict[str, str]:
        kept = texts_of(self.instance.lesson.title)
        return kept | {
            name.removeprefix("title-"): value.strip()
            for name, value in self.cleaned_data.items()
            if name.startswith("title-")
        }

    @property
    def settings(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}


class DrawForm(forms.Form):
    """So many questions with any of these tags and of this difficulty."""

    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_DRAWN, initial=5)
    difficulty = forms.TypedChoiceField(
        label=_("Difficulty"),
        required=False,
        choices=[("", _("any")), *DIFFICULTIES],
        coerce=int,
        empty_value=None,
    )
    tags = forms.MultipleChoiceField(
        label=_("With any of these tags"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, tags: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tags"]
        field.choices = [(tag, f"{tag} ({count})") for tag, count in tags.items()]  # type: ignore[attr-defined]
        if not tags:
            del self.fields["tags"]


def order_of(post: QueryDict) -> list[int]:
    """The slots in the order in which the page has them."""
    return [int(pk) for pk in post.getlist("slot") if pk.isdecimal() and len(pk) < 19]


def unread_of(post: QueryDict) -> bool:
    """Whether a mark or a number was typed that is none."""
    marks, counts = marks_of(post), counts_of(post)
    return any(
        (post.get(f"mark-{pk}", "").strip() and pk not in marks)
        or (post.get(f"count-{pk}", "").strip() and pk not in counts)
        for pk in order_of(post)
    )


def marks_of(post: QueryDict) -> dict[int, Decimal]:
    """The marks typed; what is no mark changes nothing."""
    marks = {}
    for pk in order_of(post):
        try:
            mark = Decimal(post.get(f"mark-{pk}", "").strip().replace(",", ".")[:20])
        except InvalidOperation:
            continue
        if mark.is_finite() and Decimal("0.01") <= mark <= MOST_MARK:
            marks[pk] = mark.quantize(Decimal("0.01"))
    return marks


def counts_of(post: QueryDict) -> dict[int, int]:
    """How many each draw takes; what is no number changes nothing."""
    typed = {pk: post.get(f"count-{pk}", "") for pk in order_of(post)}
    return {
        pk: int(text)
        for pk, text in typed.items()
        if text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST_DRAWN
    }
