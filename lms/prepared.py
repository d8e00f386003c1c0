"""Queries that are composed and compiled once: for the few that nearly every page asks.

Django composes and compiles a queryset anew each time, which costs the web process several times
what the answer costs the database. What comes out here is what the queryset itself would give.
"""

import copy
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import chain
from types import SimpleNamespace
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connections, models, router, transaction
from django.db.models.query import ModelIterable
from django.db.models.signals import post_save, pre_save
from django.db.models.sql.subqueries import InsertQuery

from lms.postgresql.statements import PLANNED_ONCE

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
        PLANNED_ONCE.add(sql)
        compiler.get_converters = _first(compiler.get_converters)
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


def _first(ask: Callable[..., Any]) -> Callable[..., Any]:
    """What `ask` gave when it was asked first, whatever it is asked later."""
    given: list[Any] = []

    def again(*args: Any) -> Any:
        if not given:
            given.append(ask(*args))
        return given[0]

    return again


class PreparedInsert(Generic[M]):
    """`PreparedInsert(Model)([row, …])` inserts new rows in one statement; one row gets its key.

    The statement is that of Django's own insert, composed once for each number of rows. The values
    are plain, no expressions. Where somebody listens for what is saved, rows are saved as usual.
    """

    def __init__(self, model: type[M]) -> None:
        self.model = model

    @cached_property
    def _fields(self) -> "list[models.Field[Any, Any]]":
        return [f for f in self.model._meta.local_concrete_fields if f is not self._made]

    @cached_property
    def _made(self) -> "models.Field[Any, Any] | None":
        """The key, if the database makes it."""
        key = self.model._meta.pk
        return key if isinstance(key, models.AutoField) else None

    @lru_cache(maxsize=128)  # noqa: B019 - as many as there are prepared inserts, and they stay
    def _statement(self, alias: str, rows: int) -> tuple[str, bool]:
        """The SQL, and whether it takes the values by columns. Raises ValueError."""
        query = InsertQuery(self.model)
        query.insert_values(self._fields, [self.model() for _number in range(rows)])
        compiler = query.get_compiler(using=alias)
        compiler.returning_fields = [self._made] if self._made and rows == 1 else None
        ((sql, params),) = compiler.as_sql()
        by_columns = rows > 1 and len(params) == len(self._fields)
        if not by_columns and len(params) != len(self._fields) * rows:
            raise ValueError(f"{self.model._meta.label} has values that are no plain ones")
        PLANNED_ONCE.add(sql)
        return sql, by_columns

    def __call__(self, rows: Sequence[M]) -> None:
        if pre_save.has_listeners(self.model) or post_save.has_listeners(self.model):
            for row in rows:
                row.save(force_insert=True)
            return
        if not rows:
            return
        alias = router.db_for_write(self.model)
        connection = connections[alias]
        sql, by_columns = self._statement(alias, len(rows))
        values = [
            [f.get_db_prep_save(f.pre_save(row, add=True), connection) for f in self._fields]
            for row in rows
        ]
        params = list(map(list, zip(*values, strict=True))) if by_columns else list(chain(*values))
        with transaction.mark_for_rollback_on_error(alias), connection.cursor() as cursor:
            cursor.execute(sql, params)
            if self._made and len(rows) == 1:
                setattr(rows[0], self._made.attname, cursor.fetchone()[0])
        for row in rows:
            row._state.adding, row._state.db = False, alias


class _Slot:
    """Where a value goes."""

    def __init__(self, name: str) -> None:
        self.name = name


def _is_in(param: Any, names: dict[Any, str]) -> bool:
    return param.__hash__ is not None and param in names
