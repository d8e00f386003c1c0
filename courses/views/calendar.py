"""A person's due dates for a calendar program."""

from hashlib import sha256
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.actions.calendar import open_feed, revoke_feed
from courses.calendars import calendar_of
from courses.models import CalendarFeed
from lms.people.models import User
from lms.people.signing import signed_in


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The due dates behind a secret address; wrong, revoked and closed all answer alike."""
    found = (
        CalendarFeed.objects.filter(secret=secret, revoked_at=None, user__is_active=True)
        .select_related("user__service")
        .first()
    )
    if found is None:
        raise Http404
    content = calendar_of(found.user)
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={"Cache-Control": "private, max-age=3600", "ETag": etag},
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """The person's own address: make one, copy it, make it invalid."""
    user = cast(User, request.user)
    if request.method == "POST":
        if request.POST.get("act") == "revoke":
            revoke_feed(user=user)
            messages.success(request, _("The address no longer works."))
        else:
            open_feed(user=user)
        return redirect("calendar:settings")
    found = CalendarFeed.objects.filter(user=user, revoked_at=None).first()
    address = ""
    if found:
        address = settings.SITE_URL + reverse("calendar:feed", args=[found.secret])
    return render(request, "courses/calendar.html", {"feed": found, "address": address})
