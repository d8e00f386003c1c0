from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation

from lms.people.second_factor import lacks_factor
from lms.people.sessions import note_use

# What a person may reach before the first sign-in is finished.
OPEN_BEFORE_WELCOME = {"welcome", "account_logout", "set_language", "help", "privacy"}
# And before a second factor is set up, where the role asks for one.
OPEN_BEFORE_FACTOR = OPEN_BEFORE_WELCOME | {
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_view_recovery_codes",
}


class PersonMiddleware(LocaleMiddleware):
    """The person's language and time zone; pages of a signed-in person are not kept by browsers.

    A stranger gets the language of the cookie or, failing that, of the browser.
    """

    def process_request(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
            timezone.activate(request.user.zone)
        else:
            super().process_request(request)
            timezone.deactivate()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        if settings.USE_I18N:
            response.headers.setdefault("Content-Language", translation.get_language())
        return response


class LastSeenMiddleware:
    """Tells the list of sessions when and from where each was used last."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            note_use(request, request.user)
        return self.get_response(request)


class OnboardingMiddleware:
    """Leads a new person through the first sign-in before anything else.

    And then whoever must have a second factor (MFA_REQUIRED_ROLES) to setting one up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated:
            if user.is_new and not user.is_superuser:
                if self.asked_for(request) not in OPEN_BEFORE_WELCOME:
                    return redirect(self.welcome_then(request))
            elif lacks_factor(user) and self.asked_for(request) not in OPEN_BEFORE_FACTOR:
                return redirect("mfa_index")
        return self.get_response(request)

    @staticmethod
    def asked_for(request: HttpRequest) -> str:
        """The name of the page, "" for an address that is none."""
        try:
            return resolve(request.path_info).view_name
        except Resolver404:
            return ""

    @staticmethod
    def welcome_then(request: HttpRequest) -> str:
        """The address of the first sign-in, which goes on to the page that was asked for."""
        asked = request.get_full_path()
        if request.method != "GET" or asked == "/":
            return reverse("welcome")
        return f"{reverse('welcome')}?{urlencode({'next': asked})}"
