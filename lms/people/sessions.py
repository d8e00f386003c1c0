"""Where a person is signed in: allauth's list of sessions, kept without writing on each read."""

import re
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

from allauth.usersessions.models import UserSession
from cachetools import TTLCache
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from lms.audit.middleware import client_address
from lms.people.models import User

NO_ADDRESS: Final = "::"  # what stands for an address where there is none
NOTED_EVERY: Final = 600  # seconds between two notes of one process about one session
MOST_SHOWN: Final = 50
LONGEST_AGENT: Final = UserSession._meta.get_field("user_agent").max_length

# The first that is found counts: Edge and Opera call themselves Chrome, and Chrome Safari.
BROWSERS: Final = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "YaBrowser": "Yandex",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS: Final = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}

_noted: TTLCache[str, bool] = TTLCache(maxsize=50_000, ttl=NOTED_EVERY)
_lock = Lock()


@dataclass(frozen=True)
class SignedIn:
    """A session as its person sees it. `browser` is "" where the browser does not say."""

    pk: int
    browser: str
    address: str
    since: datetime
    seen: datetime
    is_here: bool


def browser_name(agent: str) -> str:
    """The browser and the system in words, as far as the user agent names them."""
    names = (
        next((name for sign, name in signs.items() if re.search(re.escape(sign), agent)), "")
        for signs in (BROWSERS, SYSTEMS)
    )
    return ", ".join(filter(None, names))


def note_use(request: HttpRequest, user: User) -> None:
    """Note when and from where the session is used, once in NOTED_EVERY seconds a process.

    Not by a mark in the session: to write that would make the session last longer.
    """
    key = request.session.session_key
    if key is None:
        return
    with _lock:
        if key in _noted:
            return
        _noted[key] = True
    UserSession.objects.update_or_create(
        session_key=key,
        defaults={
            "user": user,
            "ip": client_address(request) or NO_ADDRESS,
            "user_agent": request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT],
            "last_seen_at": timezone.now(),
        },
    )


def forget_session(request: HttpRequest) -> None:
    """The session ends here; its line in the list goes."""
    if key := request.session.session_key:
        UserSession.objects.filter(session_key=key).delete()


def signed_in_at(user: User, here: str | None) -> list[SignedIn]:
    """The person's sessions that still open, `here` first and then the latest used.

    At most MOST_SHOWN. A session whose password was changed elsewhere opens nothing any more.
    """
    rows = list(UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk"))
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    alive = {
        session.session_key
        for session in Session.objects.filter(
            session_key__in=[row.session_key for row in rows[: 4 * MOST_SHOWN]],
            expire_date__gt=timezone.now(),
        )
        if any(
            constant_time_compare(session.get_decoded().get(HASH_SESSION_KEY, ""), good)
            for good in hashes
        )
    }
    found = [
        SignedIn(
            pk=row.pk,
            browser=browser_name(row.user_agent),
            address="" if row.ip == NO_ADDRESS else row.ip,
            since=row.created_at,
            seen=row.last_seen_at,
            is_here=row.session_key == here,
        )
        for row in rows
        if row.session_key in alive
    ]
    return sorted(found, key=lambda row: not row.is_here)[:MOST_SHOWN]
