"""Leases: a row that was queued, or that a worker is at, is left alone until `queued_until`.

A queue loses a task with its worker, so sweeps queue anew what was not done. Without a lease each
minute would queue the backlog once more.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, Self, TypeVar

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

MOST = 50
LONGEST: Final = timedelta(minutes=10)  # no lease is given for more
Row = TypeVar("Row", bound=models.Model)


def lease_is_over(at: datetime) -> Q:
    """None, past, or farther off than any is given: one from before the clock was set back.

    That one would hold the work up for as long as the clock was ahead.
    """
    return Q(queued_until=None) | Q(queued_until__lte=at) | Q(queued_until__gt=at + LONGEST)


class LeasedQuerySet(models.QuerySet[Row]):
    """Of a model with a column `queued_until`."""

    def unleased(self, at: datetime) -> Self:
        """Those that nobody has queued or worked on within the lease."""
        return self.filter(lease_is_over(at))

    def queue(
        self, send: Callable[[str], object], *, lease: timedelta, now: datetime | None = None,
        most: int = MOST,
    ) -> int:  # fmt: skip
        """Send the keys of those that are not leased, after commit; how many, `most` at once.

        Each is leased by a conditional update, so that neither the next sweep nor one beside this
        repeats it. What waits longest comes first: one that fails each time holds up none.
        """
        now = now or timezone.now()
        oldest = self.unleased(now).order_by(F("queued_until").asc(nulls_first=True), "pk")
        found = list(oldest.values_list("pk", flat=True)[:most])
        return sum(self._queue_one(key, send, now, now + lease) for key in found)

    def _queue_one(
        self, key: Any, send: Callable[[str], object], now: datetime, until: datetime
    ) -> bool:
        # On the row alone: PostgreSQL does not look anew at a subquery that it waited behind.
        row = self.model._default_manager.filter(pk=key)
        if not row.filter(lease_is_over(now)).update(queued_until=until):
            return False
        transaction.on_commit(lambda: send(str(key)), robust=True)
        return True
