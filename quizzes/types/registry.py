"""Which question types there are: a leaf that models may import."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from quizzes.types.base import QuestionType

_types: dict[str, QuestionType[Any]] = {}


def register(question_type: QuestionType[Any]) -> None:
    """Make a type known by its code. Raises ImproperlyConfigured when the code is taken."""
    if question_type.code in _types:
        raise ImproperlyConfigured(f"two question types call themselves {question_type.code!r}")
    _types[question_type.code] = question_type


def get(code: str) -> QuestionType[Any] | None:
    """The type of that code; None for one that this version of the code does not know."""
    return _types.get(code)


def all_types() -> list[QuestionType[Any]]:
    """All types, in the order they were registered."""
    return list(_types.values())


@contextmanager
def temporarily(question_type: QuestionType[Any]) -> Iterator[None]:
    """A type known inside the block only; for tests."""
    register(question_type)
    try:
        yield
    finally:
        del _types[question_type.code]
