"""A choice of a unit, wherever a form asks for one."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.people.models import Organisation
from lms.people.models.organisation import within

STEP = "\u00a0\u00a0\u00a0"  # a level of the tree


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg] # generic in the stubs alone
    """A unit of some subtrees, the tree told by indents; nothing to choose until `offer`."""

    def __init__(self, *, with_code: bool = False, **options: Any) -> None:
        options = {"empty_label": _("choose")} | options
        super().__init__(Organisation.objects.none(), **options)
        self.with_code, self.language, self.top = with_code, "uk", 0

    def offer(self, paths: Collection[str], language: str) -> None:
        """Offer the units of the subtrees that these materialised paths head."""
        self.queryset = Organisation.objects.filter(within(paths)).order_by("path")
        self.language = language
        self.top = min((len(path) for path in paths), default=0)

    def label_from_instance(self, obj: Organisation) -> str:
        depth = (len(obj.path) - self.top) // Organisation.steplen
        name = f"{STEP * depth}{obj.name.localize(self.language)}"
        return f"{name} ({obj.code})" if self.with_code else name
