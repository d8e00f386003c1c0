"""What concerns a person in rows that name him without pointing to him."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet

from certificates.models import Certificate
from courses.models import Enrolment
from lms.people.models import ImportRow, JobItem, PersonRequest, User
from lms.people.newcomers import login_of
from quizzes.models import Attempt

BATCH = 500


def _keys_of(user: User) -> dict[str, list[str]]:
    """The primary keys, as text, of the things of a person, by the type of thing."""
    enrolments = Enrolment.objects.filter(officer=user)
    found: dict[str, Iterable[int | UUID]] = {
        User._meta.label_lower: [user.pk],
        Enrolment._meta.label_lower: enrolments.values_list("pk", flat=True),
        Attempt._meta.label_lower: Attempt.objects.filter(enrolment__officer=user).values_list(
            "pk", flat=True
        ),
        Certificate._meta.label_lower: Certificate.objects.filter(
            enrolment__officer=user
        ).values_list("pk", flat=True),
        PersonRequest._meta.label_lower: [row.pk for row in requests_about(user)],
    }
    return {label: [str(key) for key in keys] for label, keys in found.items()}


def entries_about(user: User) -> Q:
    """The audit entries about a person, or about his enrolments, attempts, certificates."""
    condition = Q(pk__in=[])
    for label, keys in _keys_of(user).items():
        condition |= Q(thing_type=label, thing_id__in=keys)
    return condition


def operator_log_about(user: User) -> QuerySet[LogEntry]:
    """What the operator's desk noted about the same things."""
    condition = Q(pk__in=[])
    for label, keys in _keys_of(user).items():
        app, model = label.split(".")
        condition |= Q(content_type__app_label=app, content_type__model=model, object_id__in=keys)
    return LogEntry.objects.filter(condition)


def items_about(user: User) -> QuerySet[JobItem]:
    """The items of jobs on a person, or on one of his enrolments or certificates.

    What a job of the product works on is a person, by number, or one of those, by UUID.
    """
    keys = _keys_of(user)
    wanted = [*keys["people.user"], *keys["courses.enrolment"], *keys["certificates.certificate"]]
    return JobItem.objects.filter(thing__in=wanted, job__service=user.service_id)


def requests_about(user: User) -> list[PersonRequest]:
    """What coordinators asked for about a person: his number or his address is in it."""
    service = user.service
    if service is None:
        return []
    rows = PersonRequest.objects.filter(service=service).iterator(BATCH)
    return [row for row in rows if _is(user, *(_said(row, name) for name in ("number", "email")))]


def _said(row: PersonRequest, name: str) -> str:
    return str(row.data.get(name) or "")


def rows_about(user: User) -> QuerySet[ImportRow]:
    """The rows of staff lists that were found to be a person's, or that hold his number or address.

    A row that was refused points to nobody, so its cells are read. Names do not tell: of two
    namesakes only one is meant.
    """
    found = set(ImportRow.objects.filter(user=user).values_list("pk", flat=True))
    service = user.service
    if service:
        rows = ImportRow.objects.filter(
            user=None, staff_import__unit__path__startswith=service.path
        ).values_list("pk", "cells", "staff_import__columns")
        for pk, cells, columns in rows.iterator(BATCH):
            number, email = (_cell(cells, columns.get(name)) for name in ("number", "email"))
            if _is(user, number, email):
                found.add(pk)
    return ImportRow.objects.filter(pk__in=found)


def _cell(cells: list[Any], column: int | None) -> str:
    return str(cells[column]).strip() if column is not None and column < len(cells) else ""


def _is(user: User, number: str, email: str) -> bool:
    """Whether a number of the person's service, or an address, is the person's."""
    if number and user.service and login_of(user.service, number) == user.login:
        return True
    return bool(email) and email.casefold() == user.email
