"""The second factor: asked for at sign-in, set up and taken away; the sessions of a person.

allauth's views with our templates; each opens to its methods only.
"""

import json
from collections.abc import Callable
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.people.actions.factors import StillNeeded, remove_factor
from lms.people.actions.sessions import end_sessions
from lms.people.auth import LOCKED_SECONDS
from lms.people.models import User
from lms.people.second_factor import FEW_CODES, codes_left, factors_of, must_have_factor
from lms.people.sessions import signed_in_at
from lms.people.signing import signed_in

View = Callable[..., HttpResponse]
TOO_MANY = {"too_many_login_attempts", "rate_limited"}


def form_page(view: View) -> View:
    """A page with a form for who has signed in."""
    return signed_in(require_http_methods(["GET", "HEAD", "POST"])(view))


def too_many(form: Any, response: HttpResponse) -> HttpResponse:
    """The answer to a form, as one over the limit if that is what is wrong with it."""
    if any(error.code in TOO_MANY for field in form.errors.as_data().values() for error in field):
        response.status_code = 429
        response["Retry-After"] = str(LOCKED_SECONDS)
    return response


# Signing in --------------------------------------------------------------------------------------


class SecondStep(AuthenticateView):
    """After the password: a code of the app or the sheet, or a passkey."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        user = self.request.user
        left = codes_left(user) if user.is_authenticated else None
        if left is not None and left <= FEW_CODES:
            with translation.override(user.language):
                text = ngettext(
                    "%(left)d printed code is left. Make new ones in “My account”.",
                    "%(left)d printed codes are left. Make new ones in “My account”.",
                    left,
                )
                messages.warning(self.request, text % {"left": left})
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        return too_many(form, super().form_invalid(form).render())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user = cast(User, self.stage.login.user)
        kinds = set(factors_of(user).values_list("type", flat=True))
        options = context.pop("js_data")["request_options"]
        return context | {
            "person": user,
            "has_app": Authenticator.Type.TOTP in kinds,
            "has_codes": Authenticator.Type.RECOVERY_CODES in kinds,
            "has_passkey": Authenticator.Type.WEBAUTHN in kinds,
            "options": json.dumps(options, cls=DjangoJSONEncoder),
        }


second_step = require_http_methods(["GET", "HEAD", "POST"])(SecondStep.as_view())
# Before a sensitive change: whoever sits down at a PC left open does not know the password.
password_again = form_page(ReauthenticateView.as_view())


# Setting up and taking away ----------------------------------------------------------------------


class Factors(IndexView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user = cast(User, self.request.user)
        return context | {
            "must": must_have_factor(user),
            "codes_left": codes_left(user),
            "codes_made": settings.MFA_RECOVERY_CODE_COUNT,
            "few": FEW_CODES,
        }


class SetUpApp(ActivateTOTPView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who has an app removes it first; allauth's page for that is not served."""
        if factors_of(cast(User, request.user)).filter(type=Authenticator.Type.TOTP).exists():
            return redirect("mfa_index")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        return too_many(form, super().form_invalid(form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
        return context | {"secret": " ".join(groups)}


class Codes(ViewRecoveryCodesView):
    """Shows a new set once; later only how many are left."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        half = settings.MFA_RECOVERY_CODE_DIGITS // 2
        codes = context.pop("unused_codes")
        return context | {
            "left": len(codes),
            "grouped": [f"{code[:half]} {code[half:]}" for code in codes],
            "made_at": Authenticator.objects.get(
                user=self.request.user, type=Authenticator.Type.RECOVERY_CODES
            ).created_at,
        }


class AddPasskey(AddWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():  # the passkey, its entry in the audit log and the codes
            response: HttpResponse = super().form_valid(form)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        options = context.pop("js_data")["creation_options"]
        return context | {"options": json.dumps(options, cls=DjangoJSONEncoder)} | kwargs


class RenamePasskey(EditWebAuthnView):
    success_url = reverse_lazy("mfa_index")


factors = signed_in(require_safe(Factors.as_view()))
set_up_app = form_page(SetUpApp.as_view())
make_codes = form_page(GenerateRecoveryCodesView.as_view())
codes = signed_in(require_safe(Codes.as_view()))
add_passkey = form_page(AddPasskey.as_view())
rename_passkey = form_page(RenamePasskey.as_view())


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="allauth.mfa")
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, and takes one of one's own factors away."""
    user = cast(User, request.user)
    factor = get_object_or_404(Authenticator, user=user, pk=pk)
    if request.method == "POST":
        try:
            remove_factor(user=user, factor=factor)
        except StillNeeded:
            messages.error(request, _("Your role needs a second factor: set up another one first."))
        else:
            messages.success(request, _("Removed."))
        return redirect("mfa_index")
    return render(request, "mfa/remove.html", {"factor": factor})


# Sessions ----------------------------------------------------------------------------------------


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in; a POST signs out everywhere else."""
    user = cast(User, request.user)
    here = request.session.session_key
    if request.method == "POST":
        end_sessions(user=user, but=here)
        messages.success(request, _("You are signed out everywhere else."))
        return redirect("usersessions_list")
    rows = signed_in_at(user, here)
    context = {"rows": rows, "has_others": any(not row.is_here for row in rows)}
    return render(request, "people/sessions.html", context)


@signed_in
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out at one other place; one that has ended already is no mistake."""
    user = cast(User, request.user)
    end_sessions(user=user, but=request.session.session_key, only=pk)
    messages.success(request, _("You are signed out there."))
    return redirect("usersessions_list")
