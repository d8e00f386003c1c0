"""What a coordinator decides about one enrolment, and why."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST_REASON = 500
LATEST = date(2199, 12, 31)


class ReasonForm(forms.Form):
    """Why something is done that must be explained."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("It is kept in the audit log."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ExtendForm(ReasonForm):
    """A later due day than the one promised."""

    due_on = forms.DateField(
        label=gettext_lazy("New due date"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("The day counts to its end in the time zone of the unit."),
    )
    field_order = ("due_on", "reason")

    def __init__(self, *args: Any, before: date | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.before = before

    def clean_due_on(self) -> date:
        day: date = self.cleaned_data["due_on"]
        if day < timezone.localdate() or day > LATEST:
            raise forms.ValidationError(_("Choose today or a later day."))
        if self.before and day <= self.before:
            raise forms.ValidationError(
                _("Choose a day after %(day)s, which was promised.")
                % {"day": date_format(self.before, "j E Y")}
            )
        return day
