"""An officer's own certificates, and the files of those whom one may see."""

import logging
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certificates.actions import queue_finish
from certificates.models import Certificate, CertificateFile
from lms.people.models import User
from lms.ui.paging import page_of

logger = logging.getLogger(__name__)


@login_required
@require_safe
def own_certificates(request: HttpRequest) -> HttpResponse:
    """The certificates of whoever asks, newest first."""
    user = cast(User, request.user)
    has_file = Exists(CertificateFile.objects.filter(certificate=OuterRef("pk")))
    own = (
        Certificate.objects.visible_to(user)
        .filter(enrolment__officer=user)
        .select_related("enrolment__course__service", "replaced_by")
        .annotate(has_file=has_file)
    )
    return render(request, "certificates/list.html", {"page": page_of(request, own)})


@login_required
@require_safe
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The newest file of a certificate, to be saved; instead of it a sentence why there is none."""
    user = cast(User, request.user)
    certificate = get_object_or_404(Certificate.objects.visible_to(user), pk=pk)
    if not user.has_perm("certificates.download", certificate):
        messages.warning(
            request, _("This certificate was revoked, so its file is no longer given out.")
        )
        return redirect("certificates:list")
    made = certificate.files.order_by("-number").first()
    try:
        if made:
            return file_response(certificate, made)
    except FileNotFoundError:
        logger.exception("the file of certificate %s is gone", certificate.pk)
    queue_finish(certificate_id=certificate.pk, now=timezone.now())
    messages.info(
        request, _("The file is being prepared. Come back in a minute; the certificate is valid.")
    )
    return redirect("certificates:list")


def file_response(certificate: Certificate, made: CertificateFile) -> FileResponse:
    """The file as an attachment that no browser or proxy keeps. Raises FileNotFoundError."""
    response = FileResponse(
        made.file.open("rb"),
        as_attachment=True,
        filename=file_name(certificate),
        content_type="application/pdf",
    )
    response["Cache-Control"] = "no-store"
    return response


def file_name(certificate: Certificate) -> str:
    """`certificate-DOC-01-GALAGAN-OSTAP.pdf`: plain Latin letters, the family name first."""
    *given, family = certificate.name_latin.split() or [""]
    name = slugify(" ".join((family, *given))).upper()
    return "-".join(filter(None, ("certificate", certificate.course_code, name))) + ".pdf"
