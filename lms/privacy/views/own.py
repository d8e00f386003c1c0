"""All that is kept about oneself, to take away."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.people.models import User
from lms.people.signing import signed_in
from lms.privacy.actions.exports import FRESH, ask_for_data, note_fetched
from lms.privacy.models import DataExport


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def own_data(request: HttpRequest) -> HttpResponse:
    """Ask for a file with everything, and fetch those that were made."""
    user = cast(User, request.user)
    if request.method == "POST":
        if ask_for_data(user=user).made_at is None:
            messages.success(request, _("Your data are being gathered. Come back in a minute."))
        return redirect("own_data")
    own = DataExport.objects.visible_to(user)
    now = timezone.now()
    ready = list(own.ready(now).order_by("-made_at"))
    context = {
        "waiting": own.waiting().first(),
        "ready": ready,
        "may_ask": not any(one.made_at > now - FRESH for one in ready if one.made_at),
    }
    return render(request, "privacy/own_data.html", context)


@signed_in
@require_safe
def own_data_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file, to be saved; no browser or proxy keeps it."""
    user = cast(User, request.user)
    own = DataExport.objects.visible_to(user).ready().select_related("user__service")
    export = get_object_or_404(own, pk=pk)
    try:
        content = export.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    if request.method == "GET":
        note_fetched(export=export)
    day = timezone.localdate(export.made_at).isoformat()
    name = f"{user.login}-{day}.zip"
    response = FileResponse(
        content, as_attachment=True, filename=name, content_type="application/zip"
    )
    response["Cache-Control"] = "no-store"
    return response
