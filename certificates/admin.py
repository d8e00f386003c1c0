"""The operator's view of certificates: read, fetch the file, revoke, reissue; nothing is edited."""

from typing import cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from certificates.actions import OutOfDate, reissue_certificate, revoke_certificate
from certificates.forms import ReissueForm, RevokeForm
from certificates.models import Certificate, CertificateFile
from certificates.serials import fold
from certificates.snapshot import names_of
from certificates.views.officer import file_response
from lms.people.models import User

CHANGE = "admin:certificates_certificate_change"


@admin.register(Certificate)
class CertificateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    change_form_template = "certificates/admin/change_form.html"
    list_display = ("shown_serial", "name_native", "course_code", "issued_on", "shown_state")
    list_filter = ("course_code", "issued_on")
    list_select_related = ("enrolment__course__service",)
    search_fields = ("serial",)
    search_help_text = _("Serial number or name")
    fields = readonly_fields = (
        "shown_serial",
        "shown_state",
        "name_native",
        "name_latin",
        "course_code",
        "course_title",
        "language",
        "minutes",
        "result",
        "issuer",
        "issued_on",
        "expires_on",
        "is_specimen",
        "edition",
        "replaces",
        "revoked_at",
        "revoked_reason",
        "revoked_by",
        "mailed_at",
        "shown_files",
    )

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    @admin.display(description=_("serial number"), ordering="serial")
    def shown_serial(self, certificate: Certificate) -> str:
        return certificate.shown_serial

    @admin.display(description=_("state"))
    def shown_state(self, certificate: Certificate) -> Promise | str:
        return certificate.state().label

    @admin.display(description=_("files"))
    def shown_files(self, certificate: Certificate) -> SafeString | str:
        rows = [
            (
                reverse("admin:certificates_certificate_file", args=[certificate.pk, made.number]),
                made.number,
                made.sha256,
            )
            for made in certificate.files.order_by("number")
        ]
        return format_html_join(" ", '<a href="{}">{}</a> SHA-256 {}', rows) or "–"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Certificate], search_term: str
    ) -> tuple[QuerySet[Certificate], bool]:
        """By a serial typed in any way, or by a name, today's or the one printed."""
        if not (term := search_term.strip()):
            return queryset, False
        found = Q(enrolment__officer__in=User.objects.named(term).values("pk"))
        found |= Q(name_native__icontains=term) | Q(name_latin__icontains=term)
        if serial := fold(term):
            found |= Q(serial__contains=serial)
        return queryset.filter(found), False

    def get_urls(self) -> list[URLPattern]:
        guarded, name = self.admin_site.admin_view, "certificates_certificate"
        return [
            path("<uuid:pk>/revoke/", guarded(self.revoke), name=f"{name}_revoke"),
            path("<uuid:pk>/reissue/", guarded(self.reissue), name=f"{name}_reissue"),
            path("<uuid:pk>/files/<int:number>/", guarded(self.file), name=f"{name}_file"),
            *super().get_urls(),
        ]

    def file(self, request: HttpRequest, pk: UUID, number: int) -> HttpResponseBase:
        """A file that was made, of a revoked certificate too."""
        made = get_object_or_404(
            CertificateFile.objects.select_related("certificate"), certificate=pk, number=number
        )
        try:
            return file_response(made.certificate, made)
        except FileNotFoundError as error:
            raise Http404 from error

    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        certificate = self._may(request, "certificates.revoke", pk)
        form = RevokeForm(request.POST or None)
        if form.is_valid():
            revoke_certificate(
                certificate=certificate,
                reason=form.cleaned_data["reason"],
                actor=cast(User, request.user),
                now=timezone.now(),
            )
            messages.success(request, _("The certificate is revoked."))
            return redirect(CHANGE, certificate.pk)
        return self._ask(
            request,
            certificate,
            form,
            _("Revoke"),
            _(
                "Whoever verifies the certificate is told from now on that it was revoked. "
                "This cannot be undone; a new edition can be issued."
            ),
        )

    def reissue(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        certificate = self._may(request, "certificates.reissue", pk)
        native, latin = names_of(certificate.enrolment.officer)
        form = ReissueForm(
            request.POST or None, initial={"name_native": native, "name_latin": latin}
        )
        if form.is_valid():
            try:
                new = reissue_certificate(
                    certificate=certificate,
                    **form.cleaned_data,
                    actor=cast(User, request.user),
                    now=timezone.now(),
                )
            except OutOfDate:
                form.add_error(None, _("It has expired: the officer has to renew it instead."))
            else:
                messages.success(request, _("Reissued: this is the new edition."))
                return redirect(CHANGE, new.pk)
        return self._ask(
            request,
            certificate,
            form,
            _("Reissue"),
            _(
                "This edition is revoked and the next one issued, with a new serial number and the "
                "same last day of validity. Write the names as they should be printed."
            ),
        )

    def _may(self, request: HttpRequest, verb: str, pk: UUID) -> Certificate:
        certificate = get_object_or_404(
            Certificate.objects.select_related("enrolment__officer__service"), pk=pk
        )
        if not cast(User, request.user).has_perm(verb, certificate):
            raise PermissionDenied
        return certificate

    def _ask(
        self,
        request: HttpRequest,
        certificate: Certificate,
        form: forms.Form,
        verb: Promise | str,
        consequence: Promise | str,
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": verb,
            "verb": verb,
            "consequence": consequence,
            "form": form,
            "certificate": certificate,
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "certificates/admin/act.html", context)
