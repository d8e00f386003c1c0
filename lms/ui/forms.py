"""How forms are drawn: `{{ form }}` whole, or `{{ form.name.as_field_group }}` one by one."""

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.forms import renderers
from django.utils.functional import cached_property

BUILT_IN = Path(forms.__file__).parent / "templates"


class DayInput(forms.DateInput):
    """A day as browsers ask for it, and send it."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class BoundField(forms.BoundField):
    """A field that knows what its template has to say about it."""

    @property
    def is_optional(self) -> bool:
        """Whether to say "(optional)": only where other fields of the form are required."""
        return not self.field.required and any(
            field.required and not isinstance(field.widget, forms.HiddenInput)
            for field in self.form.fields.values()
        )

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Any = None) -> dict[str, Any]:
        """Without `maxlength`: browsers cut what is pasted and say nothing, the server says it."""
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        return built | {"maxlength": False}

    @property
    def anchor(self) -> str:
        """The id the error summary leads to: the input, or the group of a radio list."""
        return self.id_for_label or self.auto_id


class Renderer(renderers.DjangoTemplates):
    """Django's form templates, those in `templates/django/forms` before the built-in ones.

    An engine of its own, so that the built-in widgets are found without `django.forms` among the
    installed apps and without the context processors of pages.
    """

    bound_field_class = BoundField

    @cached_property
    def engine(self) -> Any:
        templates: list[dict[str, Any]] = settings.TEMPLATES
        dirs = [folder for engine in templates for folder in engine["DIRS"]]
        return self.backend(
            {"NAME": "forms", "DIRS": [*dirs, BUILT_IN], "APP_DIRS": True, "OPTIONS": {}}
        )
