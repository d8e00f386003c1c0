"""Who may see whom and what: one truth, the querysets' `visible_to`."""

from typing import Any

import rules
from django.db import models
from django.db.models import Q
from django.utils import timezone

from lms.people.models import Role, User
from lms.people.models.organisation import within


@rules.predicate
def can_see(user: User, thing: models.Model) -> bool:
    """Whether the list of what the user sees holds the thing."""
    manager: Any = type(thing)._default_manager
    return bool(manager.visible_to(user).filter(pk=thing.pk).exists())


@rules.predicate
def is_officer(user: User) -> bool:
    return bool(user.reach.posted)


@rules.predicate
def is_trainer(user: User) -> bool:
    return bool(user.reach.trained)


@rules.predicate
def is_coordinator(user: User) -> bool:
    return bool(user.reach.coordinated)


@rules.predicate
def is_administrator(user: User) -> bool:
    return bool(user.reach.administered)


@rules.predicate
def coordinates(user: User, person: User) -> bool:
    """Whether the person is an officer of a subtree that the user coordinates."""
    inside = within(user.reach.coordinated, "organisation__path")
    return bool(User.objects.posted_in(inside).filter(pk=person.pk, is_active=True).exists())


@rules.predicate
def is_officer_alone(user: User, person: User) -> bool:
    """Whether whoever opens the person's account gains nothing but an officer's pages."""
    ended = Q(until__lt=timezone.localdate())
    others = person.memberships.exclude(ended).exclude(role=Role.OFFICER)
    return not person.is_superuser and not others.exists()


@rules.predicate
def is_another(user: User, person: User) -> bool:
    return user.pk != person.pk


rules.add_perm("people.coordinate", coordinates)
# A code opens the account: of one with a role of his own only the administrator may make one.
rules.add_perm(
    "people.issue_code", coordinates & is_another & (is_officer_alone | is_administrator)
)


@rules.predicate
def administers(user: User, person: User) -> bool:
    """Whether the person is of a service that the user administers."""
    return person.service_path in user.reach.administered


rules.add_perm("people.place", (coordinates & is_another) | administers)
rules.add_perm("people.manage_roles", administers)
# One's own is removed in one's own account, which asks for the password.
rules.add_perm("people.remove_factor", administers & is_another)
