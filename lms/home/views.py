"""The first page of each role: what is next for an officer, whom and what the others answer for."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from courses.forms.course import CoursesForm
from lms.home.queries import courses_of, kept_of, studies_of
from lms.people.models import User
from lms.people.rules import is_trainer
from lms.people.signing import signed_in
from lms.reports.views.overview import overview
from lms.ui.paging import page_of


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The home of the person's first role; one with several finds the others in the head."""
    user = cast(User, request.user)
    if user.is_superuser:
        return redirect("admin:index")
    if user.reach.posted or not user.reach.answered:
        return officer(request)
    return overview(request) if user.reach.coordinated else trainer(request)


@signed_in
@require_safe
def officer(request: HttpRequest) -> HttpResponse:
    """Where to continue, what is assigned, what is done."""
    user = cast(User, request.user)
    studies = studies_of(user)
    live = [study for study in studies if study.enrolment.is_live]
    context = {
        "first": live[0] if live else None,
        "others": live[1:],
        "completed": [study for study in studies if not study.enrolment.is_live],
    }
    return render(request, "home/officer.html", context)


@signed_in
@require_safe
def trainer(request: HttpRequest) -> HttpResponse:
    """The trainer's courses with their states and what is missing; searched by the address."""
    user = cast(User, request.user)
    if not is_trainer(user):
        raise PermissionDenied
    form = CoursesForm(request.GET)
    page = page_of(request, courses_of(user, form.value("q"), form.value("state")))
    listed = kept_of(list(page.object_list))
    context = {
        "form": form,
        "filtered": form.is_filtering(),
        "page": page,
        "listed": listed,
        "has_few": any(one.has_few for one in listed),
    }
    return render(request, "home/trainer.html", context)
