from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from certificates.models import Certificate
from certificates.serials import ALPHABET, LENGTH, fold, is_well_formed
from certificates.snapshot import LONGEST_NAME
from certificates.typesetting import MissingGlyph, require_glyphs
from lms.people.transliteration import normalise_name


class SerialForm(forms.Form):
    """A serial number as someone typed it; cleaned to how it is stored."""

    serial = forms.CharField(
        label=_("Serial number"),
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "size": 26,
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "placeholder": "____-____-____-____",
            }
        ),
    )

    def clean_serial(self) -> str:
        serial = fold(self.cleaned_data["serial"])
        if is_well_formed(serial):
            return serial
        if foreign := sorted(set(serial) - set(ALPHABET)):
            raise forms.ValidationError(
                _("No serial number has these signs: %(signs)s. 0, O, 1 and I are never used."),
                params={"signs": " ".join(foreign)},
            )
        if len(serial) != LENGTH:
            raise forms.ValidationError(
                ngettext(
                    "A serial number has 16 signs; this is %(count)d.",
                    "A serial number has 16 signs; these are %(count)d.",
                    len(serial),
                ),
                params={"count": len(serial)},
            )
        raise forms.ValidationError(
            _("A sign is mistyped, or two have changed places. Compare it with the paper.")
        )


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=Certificate._meta.get_field("revoked_reason").max_length,
        help_text=_("The holder sees it; whoever verifies the certificate does not."),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )


class ReissueForm(RevokeForm):
    """The names as the next edition prints them."""

    name_native = forms.CharField(
        label=_("Name"), max_length=LONGEST_NAME, widget=forms.TextInput(attrs={"size": 60})
    )
    name_latin = forms.CharField(
        label=_("Name in Latin letters"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"size": 60}),
    )

    field_order = ["name_native", "name_latin", "reason"]

    def clean_name_native(self) -> str:
        return _printable(self.cleaned_data["name_native"])

    def clean_name_latin(self) -> str:
        return _printable(self.cleaned_data["name_latin"])


def _printable(typed: str) -> str:
    """The name as names are stored; refused when the certificate's fonts lack one of its signs."""
    name = normalise_name(typed)
    try:
        require_glyphs([name])
    except MissingGlyph as error:
        raise forms.ValidationError(
            _("The certificate cannot print the sign %(sign)s."), params={"sign": error.char}
        ) from error
    return name
