"""Bringing a staff list in: the file, its columns, the trial, the result, and back again."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.people.actions.imports import (
    NotNow,
    bring_list_in,
    settle_columns,
    take_in_list,
    undo_list,
)
from lms.people.forms.imports import SHOWN_ROWS, ColumnsForm, ListForm
from lms.people.importing.examples import file_of, template_rows
from lms.people.importing.fields import BY_KEY, REQUIRED
from lms.people.importing.reading import FILE_BYTES
from lms.people.importing.reasons import in_words
from lms.people.importing.work import UNDER_WAY, counts_of, left_to_do
from lms.people.models import ImportRow, StaffImport, User
from lms.people.ranks import rank_name
from lms.people.rules import is_coordinator
from lms.people.signing import signed_in
from lms.ui.paging import page_of
from lms.ui.uploads import MEGABYTE, uploads

State, Outcome = StaffImport.State, ImportRow.Outcome
SHOWN = {
    "problems": Outcome.REJECTED,
    "changed": Outcome.UPDATE,
    "new": Outcome.CREATE,
    "same": Outcome.SAME,
}
PARTS = {
    "given_name_latin": "given_name",
    "family_name_latin": "family_name",
    "person": "number",
}


def _coordinator(request: HttpRequest) -> User:
    """Who asks. Raises PermissionDenied unless he coordinates a unit today."""
    user = cast(User, request.user)
    if not is_coordinator(user):
        raise PermissionDenied
    return user


def _own(request: HttpRequest, pk: UUID) -> StaffImport:
    """One of the person's own lists. Raises Http404."""
    user = _coordinator(request)
    lists = StaffImport.objects.visible_to(user).select_related("unit")
    return get_object_or_404(lists, pk=pk)


@uploads(FILE_BYTES // MEGABYTE)
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Where a list is sent, and one's earlier lists."""
    user = _coordinator(request)
    form = ListForm(*((request.POST, request.FILES) if request.method == "POST" else ()), user=user)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        made = take_in_list(
            table=form.table, name=upload.name, unit=form.cleaned_data["unit"], actor=user
        )
        return redirect("staff:import-columns", made.pk)
    earlier = StaffImport.objects.visible_to(user).select_related("unit").order_by("-created_at")
    context = {
        "form": form,
        "required": ", ".join(str(BY_KEY[key].label) for key in REQUIRED),
        "page": page_of(request, earlier),
    }
    return render(request, "people/import.html", context)


@signed_in
@require_safe
def template(request: HttpRequest, file_format: str) -> HttpResponse:
    """An empty list with examples, in the reader's language."""
    user = _coordinator(request)
    country = user.service.country if user.service else ""
    headers, rows = template_rows(country=country, language=get_language() or "uk")
    return _download("staff-list", file_format, headers, rows)


def _download(name: str, file_format: str, headers: list[str], rows: Any) -> HttpResponse:
    """Raises Http404 for a format that is not offered."""
    content, kind = file_of(file_format, headers, rows, title=name)
    if not kind:
        raise Http404
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{file_format}"'
    return response


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Which column is which; then the list is tried."""
    found = _own(request, pk)
    if found.state not in {State.UPLOADED, State.CHECKED}:
        return redirect("staff:import-list", found.pk)
    first = found.rows.order_by("number").values_list("cells", flat=True)[:SHOWN_ROWS]
    form = ColumnsForm(
        request.POST if request.method == "POST" else None,
        headers=found.headers,
        columns=found.columns,
        rows=list(first),
    )
    if form.is_valid():
        try:
            settle_columns(staff_import=found, columns=form.columns)
        except NotNow:
            messages.info(request, _("This list is already on its way in."))
        return redirect("staff:import-list", found.pk)
    context = {"list": found, "form": form, "crumbs": _crumbs(found)}
    return render(request, "people/import_columns.html", context)


@signed_in
@require_safe
def staff_list(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far the list is: being worked on, tried, brought in or undone."""
    found = _own(request, pk)
    if found.state == State.UPLOADED:
        return redirect("staff:import-columns", found.pk)
    counts = counts_of(found)
    total = sum(counts.values())
    context: dict[str, Any] = {"list": found, "counts": counts, "crumbs": _crumbs(found)}
    context |= {"total": total, "right": total - counts["rejected"] - counts["waiting"]}
    if found.state in UNDER_WAY:
        context["handled"] = total - left_to_do(found).count()
        return render(request, "people/import_under_way.html", context)
    shown = request.GET.get("show", "")
    if shown not in SHOWN:
        shown = "problems" if counts["rejected"] else "changed" if counts["update"] else "new"
    rows = found.rows.filter(outcome=SHOWN[shown]).select_related("user")
    page = page_of(request, rows.order_by("number"))
    country = found.unit.country
    listed = [_described(found, row, country) for row in page.object_list]
    context |= {"page": page, "rows": listed, "shown": shown}
    if found.state == State.UNDONE:
        context["left"] = found.rows.filter(before__has_key="left").count()
    is_trial = found.state == State.CHECKED
    page_name = "people/import_trial.html" if is_trial else "people/import_result.html"
    return render(request, page_name, context)


def _crumbs(found: StaffImport) -> list[tuple[str, str]]:
    return [(_("Bring in a staff list"), reverse("staff:import")), (found.name, "")]


def _described(found: StaffImport, row: ImportRow, country: str) -> dict[str, Any]:
    """A row for the page: who it is about, what is wrong or what changes, all in words."""

    def cell(key: str) -> str:
        position = found.columns.get(key)
        return row.cells[position] if position is not None and position < len(row.cells) else ""

    names = (cell(key) for key in ("family_name", "given_name", "patronymic"))
    fields: dict[str, list[str]] = row.before.get("fields", {})
    return {
        "number": row.number,
        "login": cell("number"),
        "name": " ".join(filter(None, names)),
        "rank": cell("rank"),
        "unit": cell("unit") or found.unit.code,
        "problems": [
            {
                "field": BY_KEY[one["field"]].label if one["field"] in BY_KEY else one["field"],
                "value": one["value"],
                "reason": in_words(one, is_applied=row.applied_at is not None),
            }
            for one in row.errors
        ],
        "changes": [
            {
                "field": BY_KEY[name].label,
                "before": _shown(name, old, country),
                "after": _shown(name, new, country),
            }
            for name, (old, new) in fields.items()
            if name in BY_KEY
        ],
        "reopened": "closed" in row.before,
        "left": [
            BY_KEY[name].label
            for name in dict.fromkeys(PARTS.get(one, one) for one in row.before.get("left", []))
        ],
    }


def _shown(name: str, value: str, country: str) -> str:
    if name == "rank" and value:
        return rank_name(country, value, get_language() or "uk")
    if name == "language" and value:
        return str(dict(settings.LANGUAGES).get(value, value))
    if name == "since" and (day := parse_date(value)):
        return date_format(day, "SHORT_DATE_FORMAT")
    return value


@signed_in
@require_POST
def apply(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _own(request, pk)
    try:
        bring_list_in(staff_import=found)
    except NotNow:
        messages.error(request, _("First say which column is which."))
    return redirect("staff:import-list", found.pk)


@signed_in
@require_POST
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _own(request, pk)
    try:
        undo_list(staff_import=found)
    except NotNow:
        messages.error(request, _("This list was not brought in, so there is nothing to undo."))
    return redirect("staff:import-list", found.pk)


@signed_in
@require_safe
def rejected(request: HttpRequest, pk: UUID, file_format: str) -> HttpResponse:
    """The rows to be mended, as they came, with the reasons in a column of their own."""
    found = _own(request, pk)
    if found.state in {State.UPLOADED, State.CHECKING}:
        raise Http404
    headers = list(found.headers)
    rows = (
        [*row.cells, *[""] * (len(headers) - len(row.cells)), _reasons(row)]
        for row in found.rows.filter(outcome=Outcome.REJECTED).order_by("number").iterator()
    )
    return _download("to-be-mended", file_format, [*headers, _("What is wrong")], rows)


def _reasons(row: ImportRow) -> str:
    applied = row.applied_at is not None
    return "; ".join(
        f"{BY_KEY[one['field']].label}: {in_words(one, is_applied=applied)}" for one in row.errors
    )
