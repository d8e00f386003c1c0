"""Signing in and out, passwords, the first sign-in, one's own account."""

from typing import Any

from allauth.account import views as allauth
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from lms.people import actions
from lms.people.actions.invitations import accept_invitation
from lms.people.auth import LOCKED_SECONDS
from lms.people.contacts import contacts_of
from lms.people.forms import (
    AskForLinkForm,
    ChangePasswordForm,
    PasswordFromLinkForm,
    SettingsForm,
    SignInForm,
    WelcomeForm,
)
from lms.people.invitations import invited
from lms.people.models import Membership, User
from lms.people.ranks import rank_name
from lms.people.second_factor import factors_of
from lms.people.signing import signed_in


def onward(request: HttpRequest) -> str:
    """The address in `next`, if it lies in this site; else the first page."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        url, {request.get_host()}, require_https=request.is_secure()
    ):
        return url
    return resolve_url(settings.LOGIN_REDIRECT_URL)


class SignIn(allauth.LoginView):
    def form_invalid(self, form: SignInForm) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, "too_many_login_attempts"):
            response.status_code = 429
            response["Retry-After"] = str(LOCKED_SECONDS)
        return response


class SignOut(allauth.LogoutView):
    """PCs are shared: the browser forgets what it kept of this person.

    Not by "storage", which would take along what it keeps for others: app.js clears his own.
    """

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = '"cache"'
        return response


class AskForLink(allauth.PasswordResetView):
    form_class = AskForLinkForm


class PasswordFromLink(allauth.PasswordResetFromKeyView):
    form_class = PasswordFromLinkForm


class ChangePassword(allauth.PasswordChangeView):
    form_class = ChangePasswordForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who has no password to change may ask for a link; allauth's own page is not served."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            return redirect("account_reset_password")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Opens the account of who was invited; a button does, for programs look into mails too."""
    user = invited(token)
    if user is None:
        return render(request, "people/invitation_over.html", status=404)
    if request.method != "POST":
        with translation.override(user.language):
            return render(request, "people/invitation.html", {"person": user})
    accept_invitation(user=user)
    response: HttpResponse = perform_login(request, user, redirect_url=reverse("welcome"))
    return response  # to the second step first, where the account has one


@signed_in
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The first sign-in: the name as in the passport, the privacy notice, a password."""
    user: User = request.user  # type: ignore[assignment]
    if not user.is_new:
        return redirect(onward(request))
    form = WelcomeForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        given, family = user.latin
        actions.welcome(
            user=user,
            given_name_latin=form.cleaned_data.get("given_name_latin", given),
            family_name_latin=form.cleaned_data.get("family_name_latin", family),
            password=form.cleaned_data.get("password1"),
        )
        update_session_auth_hash(request, user)
        return redirect(onward(request))
    context = {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next"),
        "country": user.service.country if user.service else "",
    }
    return render(request, "people/welcome.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own data to read, language and time zone to set."""
    user: User = request.user  # type: ignore[assignment]
    form = SettingsForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        actions.change_settings(user=user, **form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        return redirect("account")
    given, family = user.latin
    country = user.service.country if user.service else ""
    context = {
        "form": form,
        "latin": f"{family} {given}",
        "rank": rank_name(country, user.rank, translation.get_language() or "uk"),
        "memberships": Membership.objects.current()
        .filter(user=user)
        .select_related("organisation")
        .order_by("organisation__path", "pk"),
        "contacts": contacts_of(user),
        "kinds": set(factors_of(user).values_list("type", flat=True)),
    }
    return render(request, "people/account.html", context)


@require_POST
def set_language(request: HttpRequest) -> HttpResponseRedirect:
    """Change the language of the buttons and go back to the same page."""
    response = HttpResponseRedirect(onward(request))
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        user = request.user
        actions.change_settings(user=user, language=code, time_zone=user.time_zone)
    else:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            path=settings.LANGUAGE_COOKIE_PATH,
            domain=settings.LANGUAGE_COOKIE_DOMAIN,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response
