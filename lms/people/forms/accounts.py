"""What people type about themselves: signing in, the first sign-in, passwords, settings."""

import re
from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import (
    get_default_password_validators,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from lms.people.models import User
from lms.people.transliteration import normalise_name
from lms.people.zones import zone_name, zones_offered

NOT_LATIN = re.compile(r"[^A-Za-z’ -]")
SERVICE_ZONE = "-"


def password_field(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
    attrs = {"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(
        label=label, strip=False, widget=forms.PasswordInput(attrs=attrs), **options
    )


class SignInForm(LoginForm):
    """allauth's, with one name for login and e-mail and one answer to whatever is wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("Login or e-mail"),
            max_length=254,
            widget=forms.TextInput(
                attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
            ),
        )
        self.fields["password"] = password_field(_("Password or one-time code"), "current-password")
        first = "password" if self.is_bound and self.data.get("login") else "login"
        self.fields[first].widget.attrs["autofocus"] = True

    def clean_login(self) -> str:
        return str(self.cleaned_data["login"]).strip().casefold()

    def user_credentials(self) -> dict[str, str]:
        """Login and e-mail alike: the backend looks among both."""
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}


def least_length() -> int:
    """The length that AUTH_PASSWORD_VALIDATORS ask for."""
    return max(getattr(rule, "min_length", 0) for rule in get_default_password_validators())


class NewPassword(forms.Form):
    """A password chosen: typed twice, checked by AUTH_PASSWORD_VALIDATORS."""

    password1 = password_field(_("New password"), "new-password")
    password2 = password_field(_("The same password again"), "new-password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        # Django's own list of rules is in Belarusian not in the official spelling.
        self.fields["password1"].help_text = _(
            "At least %(length)d characters. Not digits alone, no common password, not your name."
        ) % {"length": least_length()}

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        validate_password(password, self.user)
        return password

    def clean_password2(self) -> str:
        password: str = self.cleaned_data["password2"]
        if "password1" in self.cleaned_data and password != self.cleaned_data["password1"]:
            raise ValidationError(_("The two passwords differ."))
        return password

    def save(self) -> None:
        """Put the password in its place; allauth's signals tell the audit log."""
        self.user.set_password(self.cleaned_data["password1"])
        self.user.save(update_fields=["password"])


class PasswordFromLinkForm(NewPassword):
    """A new password by the link of a mail; the view has checked `temp_key`."""

    def __init__(self, *args: Any, temp_key: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class ChangePasswordForm(NewPassword):
    oldpassword = password_field(_("Current password"), "current-password")
    field_order = ["oldpassword", "password1", "password2"]

    def clean_oldpassword(self) -> str:
        password: str = self.cleaned_data["oldpassword"]
        if not self.user.check_password(password):
            raise ValidationError(_("This is not your current password."))
        return password


class AskForLinkForm(ResetPasswordForm):
    """Asks for a mail with a link; says nothing about whether the address is known."""

    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def clean_email(self) -> str:
        """The open accounts with this address; allauth would also write to former addresses."""
        email = str(self.cleaned_data["email"]).casefold()
        self.users = list(User.objects.filter(email=email, is_active=True))
        return email


class LatinNameField(forms.CharField):
    """A name as passports print it: Latin letters, spaces, hyphens, apostrophes (U+2019)."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        attrs = {"autocomplete": autocomplete, "autocapitalize": "words", "spellcheck": "false"}
        super().__init__(max_length=150, widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> str:
        return normalise_name(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        if sign := NOT_LATIN.search(value):
            raise ValidationError(
                _("“%(sign)s” is not a Latin letter. Switch the keyboard and type the name anew."),
                code="not_latin",
                params={"sign": sign[0]},
            )
        if value and not value[0].isalpha():
            raise ValidationError(_("A name begins with a letter."), code="no_letter")


class WelcomeForm(NewPassword):
    """The first sign-in; asks only for what is still to be done."""

    given_name_latin = LatinNameField(
        label=_("Given name in Latin letters"), autocomplete="given-name"
    )
    family_name_latin = LatinNameField(
        label=_("Family name in Latin letters"), autocomplete="family-name"
    )
    privacy = forms.BooleanField(label=_("I have read which data about me are kept and why"))
    field_order = ["family_name_latin", "given_name_latin", "password1", "password2", "privacy"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.initial["given_name_latin"], self.initial["family_name_latin"] = user.latin
        if not user.code_expires_at:
            del self.fields["password1"], self.fields["password2"]
        if user.name_confirmed_at:
            del self.fields["given_name_latin"], self.fields["family_name_latin"]
        if user.privacy_read_at:
            del self.fields["privacy"]

    @property
    def names(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.endswith("_latin")]

    @property
    def passwords(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("password")]


class SettingsForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language of the buttons"),
        help_text=_("The language of a lesson is chosen in the course."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(language=user.language, time_zone=user.time_zone or SERVICE_ZONE)
        service = user.service.time_zone if user.service else "UTC"
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, capfirst(get_language_info(code)["name_local"]))
            for code, _name in settings.LANGUAGES
        ]
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            (SERVICE_ZONE, _("As in my service (%(zone)s)") % {"zone": zone_name(service)}),
            *zones_offered(user.time_zone),
        ]

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        return "" if zone == SERVICE_ZONE else zone
