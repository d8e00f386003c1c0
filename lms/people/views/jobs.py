"""Work done in the background, as the person who asked for it sees it."""

from typing import Any, cast
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.people import jobs
from lms.people.actions import CODE_LIFETIME
from lms.people.actions.jobs import forget_secrets
from lms.people.models import Job, JobItem, Kind, Membership, Role, User
from lms.people.models.job import JobQuerySet
from lms.people.signing import signed_in
from lms.ui.paging import page_of

COUNTS = {
    "total": Count("items"),
    **{state.value: Count("items", filter=Q(items__state=state)) for state in JobItem.State},
}
# Black on white in dark mode too; one drawing that each card refers to.
QR = {"svgid": "qr", "omitsize": True, "dark": "black", "light": "white", "border": 3}


def _own(request: HttpRequest) -> JobQuerySet:
    """The person's own jobs, of kinds that are still known."""
    return Job.objects.visible_to(cast(User, request.user))


def _described(job: Any) -> dict[str, Any]:
    kind = jobs.find(job.kind)
    return {
        "job": job,
        "title": kind.title(job) if kind else _("Work of a kind that is no longer known"),
        "handled": job.total - job.waiting,
    }


@signed_in
@require_safe
def job(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far the job is, and in the end what became of each thing that was not simply done."""
    found = get_object_or_404(_own(request).annotate(**COUNTS), pk=pk)
    kind = jobs.find(found.kind)
    told = found.items.filter(state__in=[JobItem.State.FAILED, JobItem.State.SKIPPED])
    context = _described(found) | {
        "page": page_of(request, told.order_by("state", "position")),
        "links": kind.links(found) if kind else [],
        "back": found.params.get("back", ""),
        "crumbs": [(_("My jobs"), reverse("jobs:list")), (_("Job"), "")],
    }
    return render(request, "people/job.html", context)


@signed_in
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    page = page_of(request, _own(request).annotate(**COUNTS).order_by("-created_at", "pk"))
    listed = [_described(row) for row in page.object_list]
    return render(request, "people/job_list.html", {"page": page, "listed": listed})


def _codes(request: HttpRequest, pk: UUID) -> Job:
    """A job of the person's that made one-time codes. Raises Http404."""
    found = get_object_or_404(_own(request).select_related("service"), pk=pk)
    kind = jobs.find(found.kind)
    if kind is None or not kind.is_secret:
        raise Http404
    return found


@signed_in
@require_safe
def sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The one-time codes of a job, to print and cut apart; each card in its person's language."""
    found = _codes(request, pk)
    rows = found.items.filter(state=JobItem.State.DONE).exclude(result={}).order_by("position")
    codes = {int(row.thing): row.result["code"] for row in rows}
    people = User.objects.in_bulk(codes)
    units = {
        row.user_id: row.organisation
        for row in Membership.objects.current()
        .filter(user__in=codes, role=Role.OFFICER, kind=Kind.POST)
        .select_related("organisation")
    }
    address = f"{settings.SITE_URL}{reverse('account_login')}"
    context = {
        "job": found,
        "cards": [
            {"person": people[key], "code": code, "unit": units.get(key)}
            for key, code in codes.items()
        ],
        "address": address,
        "address_shown": address.partition("://")[2],
        "qr": mark_safe(segno.make(address, error="m", micro=False).svg_inline(**QR)),
        "days": CODE_LIFETIME.days,
        "is_finished": found.finished_at is not None,
    }
    return render(request, "people/job_sheet.html", context)


@signed_in
@require_POST
def printed(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The sheet is on paper: the codes are not kept any longer."""
    found = _codes(request, pk)
    if found.finished_at is None:
        messages.error(request, _("Wait until all codes are made: the sheet is not whole yet."))
        return redirect("jobs:sheet", found.pk)
    forget_secrets(job=found, actor=cast(User, request.user))
    messages.success(request, _("The codes are wiped. Hand the cards out."))
    return redirect("jobs:job", found.pk)
