"""Codes, passkeys and the password asked for again: allauth's forms in our words."""

import struct
from typing import Any

from allauth.account.forms import ReauthenticateForm
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.forms import GenerateRecoveryCodesForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
)
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from lms.people.forms.accounts import password_field

STEP = 30  # seconds that a code of an app is good for
# What fido2 raises over JSON that no browser made; allauth catches some of it.
MALFORMED = (LookupError, ValueError, TypeError, AttributeError, struct.error)


def code_field(label: Any, **options: Any) -> forms.CharField:
    attrs = {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "spellcheck": "false",
        "autofocus": True,
    }
    return forms.CharField(label=label, max_length=40, widget=forms.TextInput(attrs), **options)


def name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Name of the passkey"),
        max_length=60,
        help_text=_("So that you know it again, for example “Blue USB key”."),
    )


class PasswordAgainForm(ReauthenticateForm):
    password = password_field(_("Password"), "current-password")


class SecondStepForm(AuthenticateForm):
    """The code from the app or from the printed sheet."""

    code = code_field(_("Code"))

    def clean_code(self) -> str:
        """allauth forgets a used code after one step, while clocks that differ make three good."""
        code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            key = f"second-factor-used:{self.user.pk}:{normalize_user_code(code)}"
            seconds = STEP * (2 * settings.MFA_TOTP_TOLERANCE + 1)
            if not cache.add(key, True, seconds):
                raise get_adapter().validation_error("incorrect_code")
        return code


class SetUpAppForm(ActivateTOTPForm):
    code = code_field(
        _("Code that the app shows"), help_text=_("Six digits; they change every 30 seconds.")
    )


class MakeCodesForm(GenerateRecoveryCodesForm):
    def clean(self) -> dict[str, Any]:
        """Without allauth's question for another factor: codes alone are one here."""
        return dict(self.cleaned_data)


class AddPasskeyForm(AddWebAuthnForm):
    name = name_field()
    name.required = False  # a passkey that is made already is not refused for the lack of a name
    credential = forms.JSONField(
        widget=forms.HiddenInput, error_messages={"required": _("The browser made no passkey.")}
    )

    def clean(self) -> dict[str, Any]:
        try:
            return dict(super().clean())
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeyForm(AuthenticateWebAuthnForm):
    """The passkey that signs in."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error


class RenamePasskeyForm(EditWebAuthnForm):
    name = name_field()
