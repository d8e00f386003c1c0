"""Looking up terms, and what a trainer types about one."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import validate_slug
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.forms.course import KeptForm
from courses.models import Term
from courses.publishing import texts_of
from lms.ui.templatetags.content import OWN_NAMES

CODES = [code for code, _name in settings.LANGUAGES]


class GlossaryForm(forms.Form):
    """A search; what does not fit is left out, never an error page."""

    q = forms.CharField(
        label=gettext_lazy("Search"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    @property
    def words(self) -> str:
        return str(self.cleaned_data.get("q", "")) if self.is_valid() else ""


class TermForm(KeptForm):
    """A term, its definition and the words to be avoided, in each language."""

    key = forms.CharField(
        label=gettext_lazy("Key"),
        max_length=64,
        validators=[validate_slug],
        help_text=gettext_lazy(
            "Latin letters, digits and hyphens, like check-digit. Lessons link to the term by it, "
            "so it stays."
        ),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, data: Any = None, *, term: Term | None = None) -> None:
        super().__init__(data, current=_current(term))
        if term is not None:
            del self.fields["key"]
        for code in CODES:
            self._add_language(code)

    def _add_language(self, code: str) -> None:
        attrs = {"lang": code}
        name = {"language": OWN_NAMES.get(code, code)}
        self.fields[f"term_{code}"] = forms.CharField(
            label=_("Term, %(language)s") % name,
            max_length=200,
            required=False,
            widget=forms.TextInput(attrs=attrs),
        )
        self.fields[f"definition_{code}"] = forms.CharField(
            label=_("Definition, %(language)s") % name,
            max_length=500,
            required=False,
            widget=forms.Textarea(attrs=attrs | {"rows": 3}),
        )
        self.fields[f"avoid_{code}"] = forms.CharField(
            label=_("Not to be used, %(language)s") % name,
            max_length=1000,
            required=False,
            help_text=_("One a line; * stands for any letters."),
            widget=forms.Textarea(attrs=attrs | {"rows": 2}),
        )

    @property
    def by_language(self) -> list[tuple[str, list[forms.BoundField]]]:
        parts = ("term", "definition", "avoid")
        return [(code, [self[f"{part}_{code}"] for part in parts]) for code in CODES]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for code in CODES:
            term, definition = data.get(f"term_{code}"), data.get(f"definition_{code}")
            if bool(term) != bool(definition):
                missing = "definition" if term else "term"
                self.add_error(f"{missing}_{code}", _("A term and its definition belong together."))
        if not self.errors and not any(data.get(f"term_{code}") for code in CODES):
            self.add_error(None, _("The term is missing in every language."))
        return data

    def values(self) -> dict[str, Any]:
        """For the actions."""
        data = self.cleaned_data
        found: dict[str, Any] = {
            part: {code: data[f"{part}_{code}"] for code in CODES if data[f"{part}_{code}"]}
            for part in ("term", "definition")
        }
        lines = {code: data[f"avoid_{code}"].splitlines() for code in CODES}
        avoid = {code: [one.strip() for one in its if one.strip()] for code, its in lines.items()}
        return found | {"avoid": {code: its for code, its in avoid.items() if its}}


def _current(term: Term | None) -> dict[str, Any]:
    if term is None:
        return {}
    current: dict[str, Any] = {}
    for code in CODES:
        current |= {
            f"term_{code}": texts_of(term.term).get(code, ""),
            f"definition_{code}": texts_of(term.definition).get(code, ""),
            f"avoid_{code}": "\n".join(term.avoid.get(code, [])),
        }
    return current
