"""Invitations by e-mail."""

from django.db import transaction
from django.utils import timezone

from lms.audit.actions import record
from lms.people.invitations import LIFETIME
from lms.people.models import User


def accept_invitation(*, user: User) -> User:
    """Let an invited person in, to choose a password first; until then the link goes on working."""
    with transaction.atomic():
        user.code_expires_at = timezone.now() + LIFETIME
        user.save(update_fields=["code_expires_at"])
        record(
            "person.invitation_accepted",
            actor=user,
            thing=user,
            organisation=user.service_path,
        )
    return user
