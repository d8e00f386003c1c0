"""What the filters of a list show, as a file. Each file made is in the audit log."""

from collections.abc import Callable
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from lms.audit.actions import record
from lms.people.models import User
from lms.people.signing import signed_in
from lms.reports.export import Table, csv_lines, xlsx_file
from lms.reports.filters import CertificateFilter, EnrolmentFilter, ListFilter, OfficerFilter
from lms.reports.tables import certificates_table, enrolments_table, officers_table
from lms.reports.views.lists import the_coordinator

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attached(
    request: HttpRequest, table: Table, file_format: str, count: Callable[[], int]
) -> tuple[HttpResponseBase, int]:
    """The table as the file that was asked for, and its number of rows. Raises Http404."""
    match file_format:
        case "csv":
            lines = csv_lines(table, keys="keys" in request.GET)
            response: HttpResponseBase = StreamingHttpResponse(
                lines,
                content_type="text/csv; charset=utf-8",
                headers={"Content-Disposition": f'attachment; filename="{table.name}.csv"'},
            )
            return response, count()
        case "xlsx":
            file, rows = xlsx_file(table)
            return FileResponse(
                file, as_attachment=True, filename=f"{table.name}.xlsx", content_type=XLSX
            ), rows
    raise Http404


def record_export(user: User, *, what: str, file_format: str, query: str, rows: int) -> None:
    """Put into the audit log who took what out of the house."""
    record(
        "export.made",
        actor=user,
        thing=user,
        organisation=user.service_path,
        after={"list": what, "format": file_format, "filters": query, "rows": rows},
    )


def export(
    request: HttpRequest,
    file_format: str,
    *,
    what: str,
    filters: type[ListFilter],
    table_of: Callable[[Any], Table],
) -> HttpResponseBase:
    user = the_coordinator(request)
    form = filters(user, request.GET)
    form.strict()
    response, rows = attached(request, table_of(form), file_format, form.found().count)
    record_export(user, what=what, file_format=file_format, query=form.query_sorted, rows=rows)
    return response


@signed_in
@require_safe
def officers_export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """The officers that the filters show."""
    return export(
        request, file_format, what="officers", filters=OfficerFilter, table_of=officers_table
    )


@signed_in
@require_safe
def enrolments_export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """The enrolments that the filters show."""
    return export(
        request, file_format, what="enrolments", filters=EnrolmentFilter, table_of=enrolments_table
    )


@signed_in
@require_safe
def expiring_export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """The expiring certificates that the filters show."""
    return export(
        request,
        file_format,
        what="certificates",
        filters=CertificateFilter,
        table_of=certificates_table,
    )
