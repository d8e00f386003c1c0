"""Whether this process can do its work: what it stands on, tried part by part."""

import logging
import secrets
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from lms.home.management.commands.prepare import is_behind

PATIENCE: Final = 2  # seconds that a queue's server has to answer: a probe asks again soon
logger = logging.getLogger(__name__)


def parts() -> dict[str, bool]:
    """Each part and whether it works. Why one does not is in the log, by the kind of error.

    What stands on a part that does not work is not tried: each try may last CONNECT_TIMEOUT.
    """
    found: dict[str, bool] = {}
    for name, check in CHECKS.items():
        found[name] = found.get(STANDS_ON.get(name, ""), True) and _works(name, check)
    return found


def _works(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:
        logger.warning("not ready: %s (%s)", name, type(error).__name__)
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _migrations() -> bool:
    return not is_behind()


def _cache() -> bool:
    key, value = f"ready-{secrets.token_hex(8)}", secrets.token_hex(8)
    cache.set(key, value, timeout=10)
    kept = bool(cache.get(key) == value)
    cache.delete(key)
    return kept


def _queue() -> bool:
    """Whether tasks can be sent: the server answers, or the folder of files takes one."""
    if not settings.REDIS_URL:
        return _takes_files(settings.QUEUE_DIR / "messages")
    client = Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=PATIENCE,
        socket_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    with closing(client):
        return bool(client.ping())


def _media() -> bool:
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)  # as the first upload does
    return _takes_files(folder)


def _takes_files(folder: Path) -> bool:
    with TemporaryFile(dir=folder) as file:
        file.write(b"ready")
    return True


CHECKS: Final = {
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "queue": _queue,
    "media": _media,
}
STANDS_ON: Final = {"migrations": "database"}
