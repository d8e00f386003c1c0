"""Which completions still hold: those whose certificate is neither revoked nor expired."""

from datetime import date

from django.db.models import Q


def in_force(on: date) -> Q:
    """A condition on an enrolment, for `courses.holding`."""
    lasts = Q(certificates__expires_on=None) | Q(certificates__expires_on__gte=on)
    return Q(certificates__isnull=False, certificates__revoked_at=None) & lasts
