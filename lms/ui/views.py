"""Error pages: a sentence on what happened, a way on, and a reference number."""

import sys
from math import ceil

import psycopg
import redis
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    JsonResponse,
    QueryDict,
    UnreadablePostError,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

SECRET = ("password", "token", "secret", "code")  # parts of names whose values are never shown
TYPED_FIELDS, TYPED_LENGTH = 40, 100_000
BUSY_SECONDS = 2
# admin_shutdown, crash_shutdown, cannot_connect_now
GONE = {"57P01", "57P02", "57P03"}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The same page for "no such thing" and "not yours"; never says which."""
    return render(request, "404.html", status=404)


def too_many_requests(request: HttpRequest, retry_after: int) -> HttpResponse:
    """The answer to someone who asked too often; `retry_after` in seconds."""
    context = {"minutes": max(1, ceil(retry_after / 60))}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(retry_after)
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    """The answer to a body that is not read; as JSON for a page's script."""
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        text = _("What was sent is too large. Nothing was saved.")
        return JsonResponse({"problems": {"file": [text]}}, status=413)
    request.POST = QueryDict()  # the page asks what was posted, which would read it
    return render(request, "413.html", status=413)


def server_error(request: HttpRequest) -> HttpResponse:
    """Touches neither database nor session: either may be what failed."""
    if is_gone(sys.exc_info()[1]):
        return busy(request)
    return _standalone(request, "500.html", 500)


def is_gone(error: BaseException | None) -> bool:
    """Whether database or Redis cannot be reached, or went away: it comes back, so try again."""
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return cause.sqlstate is None or cause.sqlstate[:2] == "08" or cause.sqlstate in GONE


def busy(request: HttpRequest) -> HttpResponse:
    """A lock lasted too long or the database is gone: the same again in two seconds may go through.

    What was saved, if anything was, is not saved twice. JSON for the page's script. Touches neither
    database nor session.
    """
    response: HttpResponse
    preferred = request.get_preferred_type(["text/html", "application/json"])
    if request.path.endswith("/save/") or preferred == "application/json":
        response = JsonResponse({"error": "busy"}, status=503)
    else:
        response = _standalone(request, "503.html", 503)
    response["Retry-After"] = str(BUSY_SECONDS)
    return response


def _standalone(request: HttpRequest, template: str, status: int) -> HttpResponse:
    try:
        stylesheet = static("lms/index.css")
    except (ValueError, OSError):  # no manifest, or not readable
        stylesheet = ""
    reference = getattr(request, "reference", "")
    context = {"reference": reference, "stylesheet": stylesheet}
    return HttpResponse(render_to_string(template, context), status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came from a page that was open too long, or from somewhere else.

    What was typed is shown to be copied and is never sent on: a button that sends it again would
    do for a forger what the check refuses him.
    """
    back = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(
        back, {request.get_host()}, require_https=request.is_secure()
    ):
        back = ""
    context = {"back": back, "typed": _typed(request)}
    return render(request, "403_csrf.html", context, status=403)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    try:
        sent = request.POST
    except (SuspiciousOperation, UnreadablePostError):
        return []
    return [
        (name, value[:TYPED_LENGTH])
        for name in list(sent)[:TYPED_FIELDS]
        for value in sent.getlist(name)
        if value.strip() and not any(word in name.lower() for word in SECRET)
    ]
