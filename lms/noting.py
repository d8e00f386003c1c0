"""Noting what was done outside the database, where a transaction cannot hold both together."""

from collections.abc import Callable
from time import sleep
from typing import Final

from django.db import InterfaceError, OperationalError, connection

WAITS: Final = (0.2, 0.5, 1, 2, 4, 8)  # seconds: a server that starts anew is back within them


def note_for_sure(note: Callable[[], object]) -> None:
    """Note in the database, once more if it went away meanwhile: or what was done is done twice.

    `note` is one statement that can be repeated; never call this inside a transaction. Raises the
    last error when the database stays away.
    """
    for wait in WAITS:
        try:
            note()
        except (OperationalError, InterfaceError):
            connection.close()
            sleep(wait)
        else:
            return
    note()
