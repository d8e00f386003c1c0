"""Forms about where people serve and what they may do."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lms.people.forms.units import UnitField
from lms.people.models import Role, User
from lms.people.ranks import ranks
from lms.ui.forms import DayInput

FAR = timedelta(days=731)
FURTHEST_BACK = timedelta(days=366)
service_number = RegexValidator(
    r"^[0-9A-Za-zА-Яа-яҐґЄєІіЇїЁёЎў./-]+$",
    _("A service number has letters, digits, hyphens, dots and slashes only."),
)


class ActForm(forms.Form):
    """What is done to one person: knows who does it, and to whom."""

    def __init__(self, *args: Any, actor: User, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor, self.person = actor, person
        for field in self.fields.values():
            if isinstance(field, UnitField):
                field.offer(actor.reach.coordinated, actor.language)


def day_near(value: Any) -> None:
    """Raise ValidationError for a day more than a year back or two years ahead."""
    today = timezone.localdate()
    if value and not today - FURTHEST_BACK <= value <= today + FAR:
        raise ValidationError(_("The date lies too far from today."))


def day_field(**options: Any) -> forms.DateField:
    return forms.DateField(
        widget=DayInput(), initial=timezone.localdate, validators=[day_near], **options
    )


class MoveForm(ActForm):
    unit = UnitField(label=_("To the unit"))
    since = day_field(
        label=_("From"),
        help_text=_("A day ahead is kept, and takes effect by itself."),
    )


class SecondForm(ActForm):
    unit = UnitField(label=_("To the unit"))
    since = day_field(label=_("From"))
    until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=DayInput(),
        validators=[day_near],
        help_text=_("The last day. Empty: until further notice."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day lies before the first."))
        return data


class DischargeForm(ActForm):
    leaves_on = day_field(
        label=_("From"),
        help_text=_("From this day the account is closed. The record is kept."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("It is kept in the audit log.")
    )


class RemoveFactorForm(ActForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("It is kept in the audit log.")
    )


class ReturnForm(ActForm):
    unit = UnitField(label=_("To the unit"))
    since = day_field(label=_("From"))


class AskForMoveForm(ActForm):
    """A move to a unit that the coordinator does not see."""

    where = forms.CharField(label=_("To which unit, and from which day"), max_length=300)


class RoleForm(ActForm):
    role = forms.ChoiceField(
        label=_("Role"), choices=[choice for choice in Role.choices if choice[0] != Role.OFFICER]
    )
    unit = UnitField(
        label=_("For the unit and all beneath it"),
        help_text=_("A service administrator answers for the whole service."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        unit = data.get("unit")
        if unit and data.get("role") == Role.ADMINISTRATOR and unit.depth != 1:
            self.add_error("unit", _("A service administrator answers for the whole service."))
        return data


class PersonForm(ActForm):
    """Names, rank and address of a person."""

    family_name = forms.CharField(label=_("Family name"), max_length=150)
    given_name = forms.CharField(label=_("Given name"), max_length=150)
    patronymic = forms.CharField(label=_("Patronymic"), max_length=150, required=False)
    rank = forms.ChoiceField(label=_("Rank"), required=False)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    language = forms.ChoiceField(label=_("Language of the buttons"))

    def __init__(self, *args: Any, actor: User, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, person=person, **kwargs)
        country = actor.service.country if actor.service else ""
        listed = [
            (key, capfirst(names.get(actor.language, key))) for key, names in ranks(country).items()
        ]
        if person and person.rank and person.rank not in dict(listed):
            listed.insert(0, (person.rank, person.rank))
        self.fields["rank"].choices = [("", pgettext_lazy("rank", "none")), *listed]  # type: ignore[attr-defined]
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, capfirst(get_language_info(code)["name_local"]))
            for code, _name in settings.LANGUAGES
        ]
        if person:
            for name in self.fields:
                self.initial.setdefault(name, getattr(person, name, ""))
            # A new password is sent to the address: it is changed by whoever may open the account.
            may_open = actor.has_perm("people.issue_code", person)
            if not (may_open or actor.has_perm("people.manage_roles", person)):
                self.fields["email"].disabled = True
        else:
            self.initial.setdefault("language", actor.language)


class NewPersonForm(PersonForm):
    """Somebody new in a unit."""

    number = forms.CharField(
        label=_("Service number"),
        max_length=60,
        validators=[service_number],
        help_text=_("Without the letters of the service; the login is made of both."),
    )
    unit = UnitField(label=_("Unit"))
    since = day_field(label=_("Joined on"))
    field_order = [
        "number", "family_name", "given_name", "patronymic", "rank", "unit", "since", "email",
        "language",
    ]  # fmt: skip


class StaffFilter(forms.Form):
    """Which people of the service the administrator's list shows; as it stands in the address."""

    NONE, CLOSED = "none", "closed"
    q = forms.CharField(label=_("Name or number"), required=False, max_length=100)
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[
            ("", _("any")), *Role.choices, (NONE, _("no role now")), (CLOSED, _("discharged")),
        ],
    )  # fmt: skip

    @property
    def wish(self) -> dict[str, str]:
        """What can be read; the rest counts as not chosen."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}
