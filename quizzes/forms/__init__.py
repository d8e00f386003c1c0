"""Forms of quizzes."""

from quizzes.forms.marks import (
    GrantForm,
)

__all__ = [
    "GrantForm",
]
