"""Names of cookies: with https all begin with `__Host-` (settings.COOKIE_PREFIX)."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class CookieMessages(CookieStorage):
    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        return f"{settings.COOKIE_PREFIX}messages"


class Messages(FallbackStorage):
    """Django's: a cookie, and the session for what has no room in one."""

    storage_classes = (CookieMessages, SessionStorage)
