"""What the logs say of sign-ins that failed and of limits reached, without naming anybody.

For whoever watches the log: `account` and `from` are marks of the login typed and of the address,
the same for the same, which only SECRET_KEY can make. ASVS 5.0 V16.3.1, V16.3.3.
"""

import logging
from typing import Final

from django.core.cache import cache
from django.utils.crypto import salted_hmac

from lms.audit.actions import address, record
from lms.people.models import User

logger = logging.getLogger(__name__)

MARK_LENGTH: Final = 12  # hexadecimal digits, 48 bits


def mark(kind: str, value: str) -> str:
    """A name for a value that does not tell it."""
    made = salted_hmac(f"lms.people.security.{kind}", value, algorithm="sha256")
    return made.hexdigest()[:MARK_LENGTH]


def failed(what: str, *, login: str) -> None:
    """A line of the log for one wrong try."""
    logger.warning(
        "%s failed: account %s from %s", what, mark("login", login), mark("address", _here())
    )


def refused(*, login: str, user: User | None, seconds: int) -> None:
    """The limit of wrong tries for a login is reached: a line of the log each time.

    And, once in so many seconds, an entry of the audit log: without a person where the login is
    nobody's, so that the time it takes does not tell which are somebody's.
    """
    logger.warning(
        "sign-in refused, too many tries: account %s from %s",
        mark("login", login),
        mark("address", _here()),
    )
    if cache.add(f"sign-in-refused-{mark('login', login)}", True, timeout=seconds):
        record(
            "session.refused",
            actor=None,
            thing=user or User(),
            organisation=user.service_path if user else "",
        )


def _here() -> str:
    return address.get() or ""
