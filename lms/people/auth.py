"""How people sign in: by login or e-mail, with a password or, the first time, a one-time code."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from lms.audit.middleware import client_address
from lms.people import security
from lms.people.actions import as_code
from lms.people.models import User
from lms.people.sessions import NO_ADDRESS

LOCKED_SECONDS = 300  # as long as ACCOUNT_RATE_LIMITS["login_failed"] counts for one account
WRONG_PAIR = _(
    "This login and password do not open an account, or the one-time code has expired. Check the "
    "keyboard language and Caps Lock; if that does not help, ask your coordinator for a new code."
)


class Backend(ModelBackend):
    """Finds one account and hashes once, whoever is asked for.

    Not allauth's backend: that one hashes an e-mail's password up to three times, which tells by
    the clock whether the address is known, and hands on an account that may not be opened.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_credentials: Any,
    ) -> User | None:
        if not username or not password:
            return None
        user = self.find(username.strip().casefold())
        if user is None:
            User().set_password(password)  # an unknown login takes as long as a wrong password
            return None
        if user.code_expires_at:
            password = as_code(password)
        fits = user.check_password(password)
        return user if fits and self.user_can_authenticate(user) else None

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session."""
        user = User.objects.with_reach(user_id)
        return user if user and self.user_can_authenticate(user) else None

    def find(self, typed: str) -> User | None:
        """The person with this login, else the one with this e-mail."""
        found = (
            User.objects.select_related("service")
            .alias(lowered=Lower("email"))
            .filter(Q(login=typed) | (Q(lowered=typed) & ~Q(email="")))
        )
        return max(found, key=lambda user: user.login == typed, default=None)

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        """A closed account opens with nothing, nor does one whose one-time code has expired."""
        expires = getattr(user, "code_expires_at", None)
        if expires and expires <= timezone.now():
            return False
        return super().user_can_authenticate(user)


class AccountAdapter(DefaultAccountAdapter):
    """allauth's flows in our words; nobody signs up: people come from their service."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": WRONG_PAIR,
        "email_password_mismatch": WRONG_PAIR,
        "too_many_login_attempts": _("Too many wrong attempts. Wait five minutes and try again."),
        "invalid_password_reset": _("The link has expired or was used already."),
        "incorrect_password": _("This is not your current password."),
        "rate_limited": _("Too many wrong attempts. Wait five minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the audit log notes, so that limits do not count the proxy.

        The unspecified address where there is none: the list of sessions keeps addresses only.
        """
        return client_address(request) or NO_ADDRESS

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Sensitive changes ask for the password alone; a printed code is too good for that."""
        if not (user.is_authenticated and user.has_usable_password()):
            return []
        return [{"id": "reauthenticate", "url": reverse("account_reauthenticate")}]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What is limited is the account alone.

        allauth adds the host, port and all, that the request names: whoever names another port
        each time would never be stopped.
        """
        return str(credentials.get("username", ""))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Raises ValidationError where the limit is reached, and tells both logs."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            login = self._get_login_attempts_cache_key(request, **credentials)
            security.refused(login=login, user=Backend().find(login), seconds=LOCKED_SECONDS)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        login = self._get_login_attempts_cache_key(request, **credentials)
        security.failed("sign-in", login=login)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """By SITE_URL: the host a request names is no base for a link in a mail."""
        uid, _separator, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.SITE_URL}{path}"

    def format_email_subject(self, subject: str) -> str:
        return f"Waypost: {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the language of the person written to, a stranger's in that of the page."""
        user = context.get("user")
        language = user.language if user else translation.get_language()
        context = context | {"site_url": settings.SITE_URL}
        with translation.override(language):
            super().send_mail(template_prefix, email, context)
