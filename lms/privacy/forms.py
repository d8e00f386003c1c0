from django import forms
from django.utils.translation import gettext_lazy as _


class ErasureForm(forms.Form):
    """Why a person is erased, and that it is meant."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It is kept in the audit log. Do not name the person."),
    )
    is_meant = forms.BooleanField(label=_("I have read what goes: it cannot be brought back."))
