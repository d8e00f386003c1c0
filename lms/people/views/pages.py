"""Pages anybody may read, in the reader's language."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.people.contacts import contacts_of
from lms.ui.views import too_many_requests

LIMIT_SECONDS = 60  # the limits of ACCOUNT_RATE_LIMITS that answer with a page of their own


@require_safe
def show_help(request: HttpRequest) -> HttpResponse:
    return render(request, "people/help.html", known_of_reader(request))


@require_safe
def signup_closed(request: HttpRequest) -> HttpResponse:
    return render(request, "account/signup_closed.html")


@require_safe
def account_inactive(request: HttpRequest) -> HttpResponse:
    return render(request, "account/account_inactive.html")


def rate_limited(request: HttpRequest) -> HttpResponse:
    """What allauth answers over a limit: `handler429` of the URL configuration."""
    return too_many_requests(request, LIMIT_SECONDS)


def known_of_reader(request: HttpRequest) -> dict[str, Any]:
    """The country of the reader's service ("" for a stranger) and whom the reader asks."""
    user = request.user
    if not user.is_authenticated:
        return {"country": "", "contacts": []}
    return {
        "country": user.service.country if user.service else "",
        "contacts": contacts_of(user),
    }
