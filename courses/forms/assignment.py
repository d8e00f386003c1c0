"""Forms of the coordinator: a course for the officers of a unit."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models import Assignment, Course
from courses.models.course import CourseQuerySet
from lms.people.forms.units import UnitField
from lms.people.models import User
from lms.people.models.organisation import ancestors_or_self, within
from lms.people.ranks import ranks
from lms.ui.forms import DayInput

LATEST_YEAR = 2199
MOST_DAYS = 3650


def day_field(**options: Any) -> forms.DateField:
    """A day from `<input type=date>`; one typed by hand may have the forms of the language too."""
    return forms.DateField(widget=DayInput(), **options)


def to_come(day: date | None) -> date | None:
    """Raises ValidationError for a day in the past, or too far to be meant."""
    if day and day < timezone.localdate():
        raise forms.ValidationError(_("This day is over."), code="past")
    if day and day.year > LATEST_YEAR:
        raise forms.ValidationError(_("This day is too far away."), code="far")
    return day


def only_wanted(form: forms.Form, names: Iterable[str], wanted: str | None) -> None:
    """Of fields that a choice decides between, the others need not be filled in and say nothing."""
    for name in names:
        if name != wanted:
            form.cleaned_data[name] = None
            form.errors.pop(name, None)


class CourseChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A published course, by its title and code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Course.objects.none(), empty_label=_("choose"), **options)
        self.language = "uk"

    def label_from_instance(self, obj: Course) -> str:
        return f"{obj.title.localize(self.language)} ({obj.code})"


def courses_to_give(user: User) -> CourseQuerySet:
    """Published courses owned above or inside the subtrees that the user coordinates, by title."""
    paths = user.reach.coordinated
    near = Q(owner__path__in=ancestors_or_self(paths)) | within(paths, "owner__path")
    found: CourseQuerySet = Course.objects.published().filter(near, service=user.service_id)
    return found.in_order_of_title(user.language)


class AssignmentForm(forms.Form):
    """Who, what, by when. Filled from the address, so that the page can be sent on or gone back to.

    `assignment` is the rule that it describes, not saved.
    """

    use_required_attribute = False  # a choice decides which of two fields is needed

    unit = UnitField(label=_("Unit"), help_text=_("With all units beneath it."))
    ranks = forms.MultipleChoiceField(
        label=_("Only these ranks"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: all ranks."),
    )
    joined_after = day_field(
        label=_("Only who joined the unit after"),
        required=False,
    )
    course = CourseChoice(label=_("Course"))
    due = forms.ChoiceField(
        label=_("When it is due"),
        widget=forms.RadioSelect,
        initial="days",
        choices=[
            ("days", _("so many days after each is assigned")),
            ("day", _("on one day for all")),
            ("none", _("no due date")),
        ],
    )
    due_days = forms.IntegerField(
        label=_("Days after assigning"),
        initial=30,
        min_value=1,
        max_value=MOST_DAYS,
    )
    due_on = day_field(label=_("Due date"))
    include_new = forms.BooleanField(
        label=_("Also officers who join later"), required=False, initial=True
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units: Any = self.fields["unit"]
        units.offer(user.reach.coordinated, user.language)
        courses: Any = self.fields["course"]
        courses.queryset, courses.language = courses_to_give(user), user.language
        known = ranks(user.service.country) if user.service else {}
        self.fields["ranks"].choices = [  # type: ignore[attr-defined]
            (key, names.get(user.language, key)) for key, names in reversed(known.items())
        ]

    def clean_due_on(self) -> date | None:
        return to_come(self.cleaned_data["due_on"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        wanted = {"days": "due_days", "day": "due_on"}.get(data.get("due", ""))
        only_wanted(self, ("due_days", "due_on"), wanted)
        return data

    @property
    def assignment(self) -> Assignment:
        data = self.cleaned_data
        return Assignment(
            organisation=data["unit"],
            ranks=sorted(data["ranks"]),
            joined_after=data["joined_after"],
            course=data["course"],
            due_days=data["due_days"],
            due_on=data["due_on"],
            include_new=data["include_new"],
        )


class EndForm(forms.Form):
    """What becomes of the enrolments of an assignment that is ended."""

    use_required_attribute = False

    enrolments = forms.ChoiceField(
        label=_("Officers who have not completed the course"),
        widget=forms.RadioSelect,
        initial="stay",
        choices=[
            ("stay", _("stay enrolled, with their due dates")),
            ("cancel", _("are withdrawn from the course")),
        ],
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Needed when officers are withdrawn; kept in the audit log."),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        only_wanted(self, ("reason",), "reason" if data.get("enrolments") == "cancel" else None)
        return data
