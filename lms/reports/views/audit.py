"""Who did what in the service, for its administrator."""

from collections.abc import Iterator
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.audit.models import AuditEntry
from lms.people.models import User
from lms.people.rules import is_administrator
from lms.people.signing import signed_in
from lms.reports.audit import AuditFilter, changes, kind_name, verb_name
from lms.reports.export import CHUNK, Cell, Column, Table
from lms.reports.tables import table_of
from lms.reports.views.exports import attached, record_export

PAGE = 50


def the_administrator(request: HttpRequest) -> User:
    """Who asks. Raises PermissionDenied unless he administers a service today."""
    user = cast(User, request.user)
    if not is_administrator(user):
        raise PermissionDenied
    return user


def stretch(
    request: HttpRequest, entries: QuerySet[AuditEntry]
) -> tuple[list[AuditEntry], dict[str, int | None]]:
    """A stretch of the log beside the entry that the address names, and where it goes on.

    Without counting: the log is long, and it grows while it is read.
    """
    older, newer = (_number(request.GET.get(name, "")) for name in ("before", "after"))
    if newer is not None:
        rows = list(entries.filter(pk__gt=newer).order_by("pk")[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        return rows, {"newer": rows[0].pk if rows and more else None,
                      "older": rows[-1].pk if rows else None}  # fmt: skip
    if older is not None:
        entries = entries.filter(pk__lt=older)
    rows = list(entries[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return rows, {"newer": rows[0].pk if rows and older is not None else None,
                  "older": rows[-1].pk if more else None}  # fmt: skip


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def said(entry: AuditEntry) -> dict[str, Any]:
    return {
        "entry": entry,
        "verb": verb_name(entry.verb),
        "kind": kind_name(entry),
        "changes": changes(entry),
    }


@signed_in
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """The log of the service, the newest first, filtered by the address."""
    form = AuditFilter(the_administrator(request), request.GET)
    rows, places = stretch(request, form.found())
    context = {"form": form, "listed": [said(row) for row in rows], "places": places}
    return render(request, "reports/audit.html", context)


def audit_table(form: AuditFilter) -> Table:
    """What the filters show of the log."""
    found = form.found()

    def rows() -> Iterator[list[Cell]]:
        for entry in found.iterator(chunk_size=CHUNK):
            yield [
                entry.time,
                entry.actor_name,
                entry.verb,
                verb_name(entry.verb),
                kind_name(entry),
                entry.thing_name,
                "; ".join(f"{name}: {old} → {new}" for name, old, new in changes(entry)),
                entry.address,
            ]

    columns = [
        Column("time", _("Time"), "moment", 18),
        Column("actor", _("Who"), width=30),
        Column("verb", _("Verb"), width=22),
        Column("done", _("What was done"), width=28),
        Column("kind", _("Kind of thing"), width=16),
        Column("thing", _("To what"), width=40),
        Column("changes", _("Changes"), width=60),
        Column("address", _("Address"), width=18),
    ]
    return table_of(form, name="audit", title=_("Audit log"), columns=columns, rows=rows)


@signed_in
@require_safe
def audit_export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """What the filters show of the log, as a file."""
    user = the_administrator(request)
    form = AuditFilter(user, request.GET)
    form.strict()
    response, rows = attached(request, audit_table(form), file_format, form.found().count)
    record_export(user, what="audit", file_format=file_format, query=form.query, rows=rows)
    return response
