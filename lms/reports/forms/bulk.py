"""What has to be said before something is done to many at once."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms.assignment import (
    MOST_DAYS,
    CourseChoice,
    courses_to_give,
    day_field,
    only_wanted,
    to_come,
)
from lms.people.models import User


class BulkForm(forms.Form):
    """Nothing to say."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user


class DueForm(BulkForm):
    due_on = day_field(
        label=_("Due date"),
        required=False,
        help_text=_("Until the end of the day in the unit’s time zone. Empty: no due date."),
    )

    def clean_due_on(self) -> date | None:
        return to_come(self.cleaned_data["due_on"])


class EnrolForm(DueForm):
    course = CourseChoice(label=_("Course"))
    again = forms.BooleanField(
        label=_("Also enrol anew who has completed it and need not take it again yet"),
        required=False,
    )
    field_order = ("course", "due_on", "again")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["course"].queryset = courses_to_give(user)  # type: ignore[attr-defined]
        self.fields["course"].language = user.language  # type: ignore[attr-defined]


class ReasonForm(BulkForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Kept in the audit log.")
    )


class ExtendForm(ReasonForm):
    use_required_attribute = False  # a choice decides which of two fields is needed

    how = forms.ChoiceField(
        label=_("New due date"),
        widget=forms.RadioSelect,
        initial="days",
        choices=[
            ("days", _("so many days later, for each; where it has passed, from today")),
            ("day", _("one day for all")),
        ],
    )
    days = forms.IntegerField(label=_("Days to add"), initial=14, min_value=1, max_value=MOST_DAYS)
    due_on = day_field(label=_("Due date"))
    field_order = ("how", "days", "due_on", "reason")

    def clean_due_on(self) -> date | None:
        return to_come(self.cleaned_data["due_on"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        wanted = {"days": "days", "day": "due_on"}.get(data.get("how", ""))
        only_wanted(self, ("days", "due_on"), wanted)
        return data
