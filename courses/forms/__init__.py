"""Forms, a file a person."""

from courses.forms.officer import (
    CatalogueForm,
)

__all__ = [
    "CatalogueForm",
]
