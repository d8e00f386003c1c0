"""The operator's view of attempts, with the button that gives another one."""

from typing import cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from courses.admin import ReadOnly
from lms.people.models import User
from quizzes.actions import grant_attempt
from quizzes.forms import GrantForm
from quizzes.models import Attempt, AttemptGrant, QuestionBank


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    """Marks, not answers: those are the officer's and the trainer's."""

    change_form_template = "quizzes/admin/attempt.html"
    list_display = ("officer", "lesson", "number", "started_at", "submitted_at", "passed")
    list_select_related = ("enrolment__officer", "lesson__course")
    list_filter = ("passed", "lesson__course__code")
    search_fields = ("enrolment__officer__search_key",)
    fields = readonly_fields = (
        "officer",
        "lesson",
        "number",
        "revision",
        "pass_mark",
        "started_at",
        "deadline_at",
        "submitted_at",
        "in_time",
        "mark",
        "max_mark",
        "passed",
    )

    @admin.display(description=_("Officer"))
    def officer(self, attempt: Attempt) -> User:
        return attempt.enrolment.officer

    def get_urls(self) -> list[URLPattern]:
        grant = self.admin_site.admin_view(self.grant)
        return [path("<uuid:pk>/grant/", grant, name="quizzes_attempt_grant"), *super().get_urls()]

    def grant(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Ask for the reason, then give the officer another attempt at this quiz."""
        attempts = Attempt.objects.select_related("enrolment__officer__service", "lesson")
        attempt = get_object_or_404(attempts, pk=pk)
        user = cast(User, request.user)
        if not user.has_perm("quizzes.grant_attempt", attempt.enrolment):
            raise PermissionDenied
        form = GrantForm(request.POST or None)
        if form.is_valid():
            grant_attempt(
                enrolment=attempt.enrolment,
                lesson=attempt.lesson,
                actor=user,
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, _("The officer has another attempt."))
            return redirect("admin:quizzes_attempt_change", attempt.pk)
        context = self.admin_site.each_context(request) | {
            "title": _("Grant another attempt"),
            "form": form,
            "attempt": attempt,
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "quizzes/admin/grant.html", context)


@admin.register(AttemptGrant)
class AttemptGrantAdmin(ReadOnly):
    list_display = ("enrolment", "lesson", "reason", "granted_by", "granted_at")
    list_select_related = (
        "enrolment__officer",
        "enrolment__course",
        "lesson__course",
        "granted_by",
    )


@admin.register(QuestionBank)
class QuestionBankAdmin(ReadOnly):
    list_display = ("key", "title", "owner")
    list_select_related = ("owner",)
