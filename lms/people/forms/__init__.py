"""Forms about people."""

from lms.people.forms.accounts import (
    AskForLinkForm,
    ChangePasswordForm,
    NewPassword,
    PasswordFromLinkForm,
    SettingsForm,
    SignInForm,
    WelcomeForm,
)

__all__ = [
    "AskForLinkForm",
    "ChangePasswordForm",
    "NewPassword",
    "PasswordFromLinkForm",
    "SettingsForm",
    "SignInForm",
    "WelcomeForm",
]
