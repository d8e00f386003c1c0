"""One officer's record, and what his coordinator decides about an enrolment of his."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.actions import cancel_enrolment
from courses.actions.enrolments import Ended, extend_due
from courses.actions.reminders import ask_reminder
from courses.models import Enrolment
from courses.outlines import OutlineLesson, localize, outline_of
from lms.people.models import User
from lms.people.signing import signed_in
from lms.reports.forms import ExtendForm, ReasonForm
from lms.reports.record import record_of
from lms.reports.rows import rank_of
from lms.reports.selections import officers_coordinated
from quizzes.actions.grants import NotUsedUp, grant_another, is_used_up


def _officer(request: HttpRequest, pk: int) -> User:
    """The officer, if he serves today in a unit that the person coordinates. Raises Http404."""
    people = officers_coordinated(cast(User, request.user)).select_related("service")
    return get_object_or_404(people, pk=pk)


def _enrolment(request: HttpRequest, officer: User, pk: UUID) -> Enrolment:
    """An enrolment of his that may be changed. Raises Http404, PermissionDenied."""
    user = cast(User, request.user)
    rows = Enrolment.objects.visible_to(user).filter(officer=officer)
    enrolment = get_object_or_404(rows.select_related("course", "officer__service"), pk=pk)
    if not user.has_perm("courses.manage_enrolment", enrolment):
        raise PermissionDenied
    return enrolment


@signed_in
@require_safe
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Who he is, what he takes, how the tests went, what was decided: marks, not answers."""
    user = cast(User, request.user)
    officer = _officer(request, pk)
    context = {
        "officer": officer,
        "rank": rank_of(officer, user),
        "record": record_of(officer, user),
        "may_change": officer.is_active,
        "may_grant": officer.is_active and officer.pk != user.pk,
    }
    return render(request, "reports/officer.html", context)


def _title(enrolment: Enrolment, user: User) -> str:
    revision = enrolment.completed_revision_id or enrolment.course.current_revision_id
    return localize(outline_of(cast(int, revision)).title, user.language)


def _ask(
    request: HttpRequest, enrolment: Enrolment, form: ReasonForm, **context: Any
) -> HttpResponse:
    """The page with the form of one decision."""
    user = cast(User, request.user)
    about = {
        "form": form,
        "enrolment": enrolment,
        "officer": enrolment.officer,
        "title": _title(enrolment, user),
    }
    return render(request, "reports/officer_decide.html", about | context)


def _ended(request: HttpRequest) -> None:
    messages.warning(request, _("Nothing was changed: the course is completed or cancelled."))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: HttpRequest, pk: int, enrolment: UUID) -> HttpResponse:
    """A later due date, with a reason."""
    row = _enrolment(request, _officer(request, pk), enrolment)
    if not row.is_live:
        _ended(request)
        return redirect("reports:officer", pk)
    form = ExtendForm(request.POST or None, before=row.due_on)
    if not form.is_valid():
        return _ask(request, row, form, act="extend")
    try:
        extend_due(
            enrolment=row,
            due_on=form.cleaned_data["due_on"],
            reason=form.cleaned_data["reason"],
            actor=cast(User, request.user),
        )
    except Ended:
        _ended(request)
    else:
        day = date_format(form.cleaned_data["due_on"], "j E Y")
        messages.success(request, _("The due date is now %(day)s.") % {"day": day})
    return redirect("reports:officer", pk)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, pk: int, enrolment: UUID) -> HttpResponse:
    """Withdraw the officer from the course, with a reason."""
    row = _enrolment(request, _officer(request, pk), enrolment)
    if not row.is_live:
        _ended(request)
        return redirect("reports:officer", pk)
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        return _ask(request, row, form, act="cancel")
    reason = form.cleaned_data["reason"]
    row = cancel_enrolment(enrolment=row, actor=cast(User, request.user), reason=reason)
    if row.cancelled_at:
        messages.success(request, _("The enrolment is cancelled. What was done is kept."))
    else:
        _ended(request)
    return redirect("reports:officer", pk)


@signed_in
@require_POST
def remind(request: HttpRequest, pk: int, enrolment: UUID) -> HttpResponse:
    """Have him reminded in the next mail; twice is once."""
    row = _enrolment(request, _officer(request, pk), enrolment)
    try:
        _reminder, is_new = ask_reminder(enrolment=row, actor=cast(User, request.user))
    except Ended:
        _ended(request)
    else:
        done, waiting = _("The reminder goes with the next mail."), _("A reminder waits already.")
        messages.success(request, done if is_new else waiting)
    return redirect("reports:officer", pk)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: HttpRequest, pk: int, enrolment: UUID, key: str) -> HttpResponse:
    """Another attempt at a test, with a reason, once all were failed; a double click gives one."""
    user = cast(User, request.user)
    row = _enrolment(request, _officer(request, pk), enrolment)
    if not user.has_perm("quizzes.grant_attempt", row):
        raise PermissionDenied
    item = _quiz(row, key)
    if not is_used_up(enrolment=row, item=item):
        return _not_needed(request, pk)
    form = ReasonForm(request.POST or None)
    if not form.is_valid():
        test = localize(item.title, user.language)
        return _ask(request, row, form, act="grant", test=test)
    try:
        grant_another(enrolment=row, item=item, reason=form.cleaned_data["reason"], actor=user)
    except NotUsedUp:
        return _not_needed(request, pk)
    messages.success(request, _("The officer has another attempt."))
    return redirect("reports:officer", pk)


def _not_needed(request: HttpRequest, pk: int) -> HttpResponse:
    messages.info(request, _("Nothing was changed: no attempt is needed, or one is left."))
    return redirect("reports:officer", pk)


def _quiz(enrolment: Enrolment, key: str) -> OutlineLesson:
    """The test as published. Raises Http404."""
    revision = enrolment.completed_revision_id or enrolment.course.current_revision_id
    item = outline_of(cast(int, revision)).by_key.get(key)
    if item is None or item.kind != "quiz":
        raise Http404
    return item
