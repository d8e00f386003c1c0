"""Whether what an officer completed still holds, so that he need not take the course again.

Expiry lives on the certificate, in an app above; it says so here. A leaf.
"""

from collections.abc import Callable
from datetime import date

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q

_conditions: list[Callable[[date], Q]] = []


def register(condition: Callable[[date], Q]) -> None:
    """Set the condition on a completed enrolment, for a day; twice is an error at start."""
    if _conditions:
        raise ImproperlyConfigured("Whether a completion holds is said twice.")
    _conditions.append(condition)


def holds(on: date) -> Q:
    """The condition that an enrolment is completed and the completion holds on a day.

    It may join to many: filter by it inside of an Exists or with distinct. Where nobody knows of
    an expiry a completion holds for ever.
    """
    condition = Q(completed_at__isnull=False)
    for more in _conditions:
        condition &= more(on)
    return condition
