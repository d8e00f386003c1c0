"""Certificates of the subtree that expire and were not renewed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.models import Enrolment
from lms.people.signing import signed_in
from lms.reports.filters import CertificateFilter
from lms.reports.rows import postings_of, rank_of
from lms.reports.views.lists import list_context, the_coordinator
from lms.ui.paging import page_of
from lms.ui.templatetags.days import days_from_today


@signed_in
@require_safe
def expiring(request: HttpRequest) -> HttpResponse:
    """Whose certificate ends soon or has ended, filtered and sorted by the address."""
    user = the_coordinator(request)
    form = CertificateFilter(user, request.GET)
    page = page_of(request, form.ordered().select_related("enrolment__officer"))
    rows = list(page.object_list)
    holders = {row.enrolment.officer_id for row in rows}
    places = postings_of(holders, form.within_units())
    renewals = {
        (row.officer_id, row.course_id): row
        for row in Enrolment.objects.live().filter(officer__in=holders)
    }
    listed = [
        {
            "certificate": row,
            "person": row.enrolment.officer,
            "rank": rank_of(row.enrolment.officer, user),
            "posting": places.get(row.enrolment.officer_id),
            "renewal": renewals.get((row.enrolment.officer_id, row.enrolment.course_id)),
            "days": days_from_today(row.expires_on),
        }
        for row in rows
    ]
    context = list_context(form, "certificates", page=page, listed=listed)
    return render(request, "reports/expiring.html", context)
