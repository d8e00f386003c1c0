"""Invitations by e-mail: a signed link that opens an account once, and the mail that brings it."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from lms.people.models import User

LIFETIME: Final = timedelta(days=30)
SALT: Final = "lms.people.invitation"


def _mark(user: User, key: str | None = None) -> str:
    """Changes with the password and the address: a link used or overtaken opens nothing."""
    said = f"{user.password} {user.email}"
    return salted_hmac(SALT, said, secret=key, algorithm="sha256").hexdigest()[:32]


def token_for(user: User) -> str:
    return signing.dumps([user.pk, _mark(user)], salt=SALT)


def invited(token: str) -> User | None:
    """The person whom a token invites; None for one forged, used, overtaken or over 30 days old."""
    try:
        pk, mark = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.select_related("service").filter(pk=pk, is_active=True).first()
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return user if user and any(mark == _mark(user, key) for key in keys) else None


def message_for(user: User) -> EmailMessage:
    """The mail in the person's language."""
    with translation.override(user.language):
        context = {
            "person": user,
            "url": settings.SITE_URL + reverse("invitation", args=[token_for(user)]),
            "site_url": settings.SITE_URL,
            "days": LIFETIME.days,
        }
        subject = _("Your account for training: choose a password")
        body = render_to_string("people/invitation.txt", context)
    host = urlsplit(settings.SITE_URL).hostname
    return EmailMessage(
        subject=f"Waypost: {subject}",
        body=body,
        to=[user.email],
        headers={"Message-ID": f"<invitation-{user.pk}-{_mark(user)}@{host}>"},
    )
