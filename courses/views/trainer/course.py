"""A course as its author makes it, sets it up and puts it away."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.actions.authoring import (
    CodeTaken,
    archive_course,
    change_course,
    create_course,
    restore_course,
)
from courses.forms.course import NewCourseForm, SettingsForm
from courses.models import Status
from courses.outcomes import matrix_of
from courses.views.trainer.common import taught, to_edit
from lms.people.models import User
from lms.people.rules import is_trainer
from lms.people.signing import signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new course: a title, its languages, a code. Straight on to its outline."""
    user = cast(User, request.user)
    if not is_trainer(user):
        raise PermissionDenied
    form = NewCourseForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        data = form.cleaned_data
        try:
            course = create_course(
                owner=data["owner"],
                code=data["code"],
                title={data["source"]: data["title"]},
                languages=data["languages"],
                actor=user,
                token=data["token"],
            )
        except CodeTaken:
            form.add_error("code", _("Another course has this code. Choose another one."))
        else:
            return redirect("teaching:course", course.code)
    return render(request, "courses/trainer/new.html", {"form": form})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, code: str) -> HttpResponse:
    """All that a course says of itself; what is archived is only shown."""
    user = cast(User, request.user)
    course = to_edit(request, code) if request.method == "POST" else taught(request, code)
    form = SettingsForm(
        request.POST if request.method == "POST" else None, course=course, user=user
    )
    if form.is_valid():
        try:
            course = change_course(course=course, actor=user, **form.values())
        except CodeTaken:
            form.add_error("code", _("Another course has this code. Choose another one."))
        else:
            messages.success(request, _("Saved."))
            return redirect("teaching:settings", course.code)
    context = {
        "course": course,
        "form": form,
        "may_edit": user.has_perm("courses.edit_course", course),
        "is_archived": course.status == Status.ARCHIVED,
    }
    return render(request, "courses/trainer/settings.html", context)


@signed_in
@require_POST
def archive(request: HttpRequest, code: str) -> HttpResponse:
    """Put a course away, or (`restore`) take it out again."""
    user = cast(User, request.user)
    course = taught(request, code)
    if not user.has_perm("courses.archive_course", course):
        raise PermissionDenied
    if "restore" in request.POST:
        restore_course(course=course, actor=user)
        messages.success(request, _("The course is back."))
    else:
        archive_course(course=course, actor=user)
        messages.success(request, _("The course is archived. Who takes it now may finish it."))
    return redirect("teaching:course", course.code)


@signed_in
@require_safe
def outcomes(request: HttpRequest, code: str) -> HttpResponse:
    """Which lessons teach and which questions test each outcome, and where none does."""
    course = taught(request, code)
    matrix = matrix_of(course, cast(User, request.user).language)
    return render(request, "courses/trainer/outcomes.html", {"course": course, "matrix": matrix})
