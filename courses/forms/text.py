"""The trainer writes a lesson's text."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from courses.models import Text, Written
from courses.richtext import ATTRIBUTE, TAG, RichTextField
from courses.texts import picture_ids, pictures_for
from lms.people.models import User

LONGEST_BODY = 400_000  # characters of HTML


class TextForm(forms.Form):
    """Title and text of a lesson or guide in one language."""

    title = forms.CharField(label=_("Title"), max_length=255)
    body = RichTextField(label=_("Text"), max_length=LONGEST_BODY)
    base = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)
    source = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)
    up_to_date = forms.BooleanField(required=False)

    def __init__(self, *args: Any, lesson: Written, language: str, user: User, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.lesson, self.language, self.user = lesson, language, user
        self.fields["title"].widget.attrs["lang"] = language
        self.fields["body"].widget.language = language  # type: ignore[attr-defined]

    def clean_body(self) -> str:
        """Every picture is one of ours and says what it shows."""
        body = str(self.cleaned_data["body"])
        known = pictures_for(body, self.lesson.course, self.user)
        if unknown := len(picture_ids(body) - known.keys()):
            raise forms.ValidationError(
                ngettext(
                    "%(count)d picture belongs to a course that is not yours. "
                    "Take it out, or upload it here.",
                    "%(count)d pictures belong to courses that are not yours. "
                    "Take them out, or upload them here.",
                    unknown,
                )
                % {"count": unknown},
                code="pictures",
            )
        silent = 0
        for tag in TAG.finditer(body):
            if tag[2] == "img":
                given = dict(ATTRIBUTE.findall(tag[3]))
                ids = picture_ids(tag[0])
                alt = given.get("alt", "").strip() or any(known[pk].alt for pk in ids)
                silent += not alt
        if silent:
            raise forms.ValidationError(
                ngettext(
                    "%(count)d picture does not say what it shows. "
                    "Double-click it and describe it for those who do not see it.",
                    "%(count)d pictures do not say what they show. "
                    "Double-click each and describe it for those who do not see it.",
                    silent,
                )
                % {"count": silent},
                code="alt",
            )
        return body

    def source_text(self, before: Text | None) -> Text | None:
        """The text that this one now translates: the one beside it, if it was brought up to date.

        Otherwise what it was translated from before.
        """
        chosen: Text | None = None
        if pk := self.cleaned_data.get("source"):
            others = self.lesson.texts.exclude(language=self.language)
            chosen = others.filter(pk=pk).first()
        had = before.source if before else None
        if chosen and (before is None or self.cleaned_data["up_to_date"]):
            return chosen
        return had


class PictureForm(forms.Form):
    """A picture for the text, and what it shows."""

    picture = forms.FileField(
        label=_("Picture"),
        help_text=_("PNG, JPEG, WebP or GIF."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    alt = forms.CharField(
        label=_("What it shows"),
        max_length=500,
        help_text=_("In words, for those who do not see it: what an officer needs from it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
