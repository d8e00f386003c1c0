from django import forms
from django.utils.translation import gettext_lazy as _

from quizzes.models import AttemptGrant


class GrantForm(forms.Form):
    """Why an officer gets another attempt."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=AttemptGrant._meta.get_field("reason").max_length,
        help_text=_("It is kept in the audit log."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
