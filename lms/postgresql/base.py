"""Django's PostgreSQL, with a check of an idle connection that asks the server nothing."""

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection kept for the next request is looked at before it is used.

    Between two requests a server says nothing, unless it goes: then there is its last word or the
    end of the stream to read. Django asks `SELECT 1` instead, at each request; what neither sees
    is a server that vanished without a word, for which TCP's keepalive is there.
    """

    connection: Any

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN | select.POLLERR | select.POLLHUP)
        return not poll.poll(0)
