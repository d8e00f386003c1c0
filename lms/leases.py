"""Leases: who queues work notes until when nobody else need queue it again (`queued_until`)."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

LONGEST: Final = timedelta(minutes=10)  # no lease is given for more


def lease_is_over(at: datetime) -> Q:
    """None, past, or farther off than any is given: one from before the clock was set back.

    That one would hold the work up for as long as the clock was ahead.
    """
    return Q(queued_until=None) | Q(queued_until__lte=at) | Q(queued_until__gt=at + LONGEST)
