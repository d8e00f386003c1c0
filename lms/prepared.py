"""Queries that are composed and compiled once: for the few that nearly every page asks.

Django composes and compiles a queryset anew each time, which costs the web process several times
what the answer costs the database. What comes out here is what the queryset itself would give.
"""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connections, models
from django.db.models.query import ModelIterable

M = TypeVar("M", bound=models.Model)

# A value of each type that no row and no other part of a query holds, told apart by a number.
MARKS: dict[type, Callable[[int], Any]] = {
    int: lambda number: 2_147_400_000 + number,
    str: lambda number: f"\x02{number}\x03",
    datetime: lambda number: datetime(1902, 1, 1, tzinfo=UTC) + timedelta(days=number),
    UUID: lambda number: UUID(int=number),
}


class Prepared(Generic[M]):
    """`Prepared(compose, pk=int)(pk=7)` is `list(compose(pk=7))`.

    `compose` builds the queryset from values that the database compares as they are: no None, no
    pattern to be escaped, no list. It is called once a process and database; what it builds must
    hang on nothing else, the time of day least of all.

    Raises ValueError at the first call when a value does not arrive in the SQL exactly once.
    """

    def __init__(self, compose: Callable[..., "models.QuerySet[M]"], **types: type) -> None:
        self.compose = compose
        self.types = types

    @cached_property
    def _compiled(self) -> tuple[Any, Any, str, list[Any]]:
        """The queryset, its compiler, the SQL, and each parameter or the name of its value."""
        marks = {name: MARKS[kind](n) for n, (name, kind) in enumerate(self.types.items(), 1)}
        queryset = self.compose(**marks)
        compiler = queryset.query.get_compiler(using=queryset.db)
        sql, params = compiler.as_sql()
        names = {self._adapt(compiler.connection, mark): name for name, mark in marks.items()}
        slots = [_Slot(names[param]) if _is_in(param, names) else param for param in params]
        if sorted(slot.name for slot in slots if isinstance(slot, _Slot)) != sorted(names.values()):
            raise ValueError(f"not each of {list(self.types)} is compared once in: {sql}")
        return queryset, compiler, sql, slots

    @staticmethod
    def _adapt(connection: Any, value: Any) -> Any:
        """As a field gives the value to the driver."""
        if isinstance(value, datetime):
            return connection.ops.adapt_datetimefield_value(value)
        if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
            return value.hex
        return value

    def __call__(self, **values: Any) -> list[M]:
        queryset, compiler, sql, slots = self._compiled
        connection = connections[queryset.db]
        params = tuple(
            self._adapt(connection, values[slot.name]) if isinstance(slot, _Slot) else slot
            for slot in slots
        )
        bound = copy.copy(compiler)
        bound.connection = connection  # that of this thread
        bound.as_sql = lambda *_args, **_kwargs: (sql, params)
        query = SimpleNamespace(get_compiler=lambda **_kwargs: bound)
        asked: Any = SimpleNamespace(db=queryset.db, query=query, _known_related_objects={})
        return list(ModelIterable(asked))


class _Slot:
    """Where a value goes."""

    def __init__(self, name: str) -> None:
        self.name = name


def _is_in(param: Any, names: dict[Any, str]) -> bool:
    return param.__hash__ is not None and param in names
