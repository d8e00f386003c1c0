"""How often one address may look certificates up: so many a minute, counted in the cache."""

import time

from django.conf import settings
from django.core.cache import cache

WINDOW = 60  # seconds


def seconds_to_wait(address: str | None) -> int:
    """Count a look-up of this address; 0 when it may go ahead, else the seconds to wait.

    Two at the same instant may count as one: guessing 75 random bits does not come down to that.
    """
    window, passed = divmod(int(time.time()), WINDOW)
    key = f"verify-{address}-{window}"
    count = 1
    if not cache.add(key, count, timeout=2 * WINDOW):
        try:
            count = cache.incr(key)
        except ValueError:  # the cache was emptied in between
            cache.set(key, count, timeout=2 * WINDOW)
    return WINDOW - passed if count > settings.VERIFY_RATE else 0
