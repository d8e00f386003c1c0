"""Whom a person asks: the coordinators nearest above, else the administrators of the service."""

from lms.people.models import Membership, Role, User
from lms.people.models.organisation import ancestors_or_self


def contacts_of(user: User) -> list[Membership]:
    """Memberships of those who answer for the person, with `user` and `organisation` loaded.

    Nobody is named from another service, and nobody from beneath or beside the person's units.
    One query.
    """
    paths = ancestors_or_self([*user.reach.all, user.service_path])
    above = list(
        Membership.objects.current()
        .filter(
            role__in=[Role.COORDINATOR, Role.ADMINISTRATOR],
            organisation__path__in=paths,
            user__is_active=True,
        )
        .exclude(user=user)
        .select_related("user", "organisation")
        .order_by("user__sort_key", "pk")
    )
    coordinators = [row for row in above if row.role == Role.COORDINATOR]
    nearest = max((len(row.organisation.path) for row in coordinators), default=0)
    return [row for row in coordinators if len(row.organisation.path) == nearest] or above
