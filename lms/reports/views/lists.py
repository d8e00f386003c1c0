"""The coordinator's lists of officers and of enrolments."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from courses.outlines import localize
from lms.people.models import User
from lms.people.rules import is_coordinator
from lms.people.signing import signed_in
from lms.reports.filters import EnrolmentFilter, ListFilter, OfficerFilter
from lms.reports.rows import counts_of, outlines_for, percents_of, postings_of, rank_of
from lms.ui.paging import page_of


def the_coordinator(request: HttpRequest) -> User:
    """Who asks. Raises PermissionDenied unless he coordinates a unit today."""
    user = cast(User, request.user)
    if not is_coordinator(user):
        raise PermissionDenied
    return user


# What `bulk:start` does with chosen rows.
ACTIONS = {
    "officers": [
        ("enrol", _("Enrol in a course…")),
        ("codes", _("New one-time codes to print…")),
    ],
    "enrolments": [
        ("remind", _("Remind by e-mail…")),
        ("extend", _("Extend the due date…")),
        ("cancel", _("Cancel the enrolment…")),
    ],
    "certificates": [("renew", _("Enrol for renewal…"))],
}


def list_context(form: ListFilter, of: str, **context: Any) -> dict[str, Any]:
    return {"form": form, "sort": form.sort, "actions": ACTIONS[of]} | context


@signed_in
@require_safe
def officers(request: HttpRequest) -> HttpResponse:
    """The officers coordinated, filtered and sorted by the address."""
    user = the_coordinator(request)
    form = OfficerFilter(user, request.GET)
    page = page_of(request, form.ordered())
    people = list(page.object_list)
    keys = [person.pk for person in people]
    places, counts = postings_of(keys, form.within_units()), counts_of(keys)
    listed = [
        {
            "person": person,
            "rank": rank_of(person, user),
            "posting": places.get(person.pk),
            "counts": counts[person.pk],
        }
        for person in people
    ]
    context = list_context(form, "officers", page=page, listed=listed)
    return render(request, "reports/officers.html", context)


@signed_in
@require_safe
def enrolments(request: HttpRequest) -> HttpResponse:
    """The enrolments of the officers coordinated, filtered and sorted by the address."""
    user = the_coordinator(request)
    form = EnrolmentFilter(user, request.GET)
    page = page_of(request, form.ordered().select_related("officer", "course"))
    rows = list(page.object_list)
    places = postings_of({row.officer_id for row in rows}, form.within_units())
    outlines = outlines_for(rows)
    percents = percents_of(rows, outlines)
    listed = [
        {
            "enrolment": row,
            "person": row.officer,
            "rank": rank_of(row.officer, user),
            "posting": places.get(row.officer_id),
            "title": localize(outlines[row.pk].title, user.language),
            "percent": percents[row.pk],
            "state": row.state(),
        }
        for row in rows
    ]
    context = list_context(form, "enrolments", page=page, listed=listed)
    return render(request, "reports/enrolments.html", context)
