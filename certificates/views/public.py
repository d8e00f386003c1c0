"""Anyone checks a certificate: by the code on the paper, or by typing its serial number.

The pages say what the paper says and no more: never the result, and nothing of the person but the
name. They need no account and set no session.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import wraps
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certificates.files import exact
from certificates.forms import SerialForm
from certificates.models import Certificate
from certificates.models.certificate import State
from certificates.serials import grouped
from certificates.throttle import seconds_to_wait
from lms.audit.middleware import client_address
from lms.ui.views import too_many_requests

View = Callable[..., HttpResponse]


class Verdict(NamedTuple):
    """The answer in words, and the look that goes with it."""

    words: Promise
    look: str  # "", "due" or "late"
    icon: str


VALID = Verdict(_("Genuine and valid"), "", "check-circle")
EXPIRED = Verdict(_("Genuine, but no longer valid: its time is over"), "due", "clock")
REVOKED = Verdict(_("This certificate has been revoked"), "late", "x-circle")
REPLACED = Verdict(
    _("This certificate has been revoked: a corrected one has replaced it"), "late", "x-circle"
)
UNKNOWN = Verdict(_("There is no certificate with this number"), "late", "x-circle")


def unlisted(view: View) -> View:
    """Keep the page out of search engines and of every cache."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    wrapped: View = never_cache(answer)
    return wrapped


@unlisted
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a serial number; one that can be right leads on to what it stands for."""
    if "serial" not in request.GET:
        return render(request, "certificates/verify.html", {"form": SerialForm()})
    form = SerialForm(request.GET)
    if form.is_valid():
        return redirect("certificates:verified", grouped(form.cleaned_data["serial"]))
    return _mistyped(request, form)


@unlisted
@require_safe
def verified(request: HttpRequest, serial: str) -> HttpResponse:
    """What is known of a serial number: 200, or 404 when nothing is and 400 when it is mistyped."""
    form = SerialForm({"serial": serial})
    if not form.is_valid():
        return _mistyped(request, form)
    stored = form.cleaned_data["serial"]
    if serial != grouped(stored):
        return redirect("certificates:verified", grouped(stored))
    if wait := seconds_to_wait(client_address(request)):
        return too_many_requests(request, wait)
    found = (
        Certificate.objects.filter(serial=stored)
        .select_related("enrolment__course__service", "replaced_by")
        .first()
    )
    context = {"form": SerialForm(), "serial": grouped(stored), "verdict": UNKNOWN}
    if found:
        context |= {"certificate": found, "verdict": _verdict(found), **_facts(found)}
    return render(request, "certificates/verified.html", context, status=200 if found else 404)


def _mistyped(request: HttpRequest, form: SerialForm) -> HttpResponse:
    return render(request, "certificates/verify.html", {"form": form}, status=400)


def _verdict(certificate: Certificate) -> Verdict:
    state = certificate.state()
    if state == State.REVOKED:
        return REPLACED if hasattr(certificate, "replaced_by") else REVOKED
    return EXPIRED if state == State.EXPIRED else VALID


def _facts(certificate: Certificate) -> dict[str, object]:
    """The title as printed and in the page's language, where it has one; hours to a tenth."""
    page_language = get_language() or certificate.language
    printed = certificate.course_title.localize(certificate.language)
    title = exact(certificate.course_title, page_language) or printed
    hours = (Decimal(certificate.minutes) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return {"printed": printed, "title": title, "hours": hours}
