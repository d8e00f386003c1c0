"""Going round the models: what the database itself refuses, and under which name."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction


def constraints_of(app: str) -> dict[str, tuple[type[models.Model], models.BaseConstraint]]:
    """Each named constraint of an app's models."""
    return {
        constraint.name: (model, constraint)
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
    }


def assert_refused(app: str, name: str, act: Callable[[], Any]) -> None:
    """The act breaks this constraint and no other."""
    model, constraint = constraints_of(app)[name]
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        act()
    said = str(error.value)
    if connection.vendor == "sqlite" and isinstance(constraint, models.UniqueConstraint):
        table = model._meta.db_table  # SQLite names the columns
        columns = [model._meta.get_field(field).column for field in constraint.fields]
        assert said.endswith(", ".join(f"{table}.{column}" for column in columns)), said
    else:
        assert name in said, said


def again(row: models.Model, **changes: Any) -> None:
    """Insert a copy of a row, past its `save`."""
    model = type(row)
    values = {
        column.attname: getattr(row, column.attname)
        for column in model._meta.concrete_fields
        if not column.primary_key
    }
    model._base_manager.bulk_create([model(**(values | changes))])


def change(row: models.Model, **changes: Any) -> None:
    """Set columns, past its `save`."""
    type(row)._base_manager.filter(pk=row.pk).update(**changes)
