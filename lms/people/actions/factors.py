"""Taking second factors away, and a new key for all. allauth sets them up."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from lms.audit.actions import record
from lms.people.factor_secrets import encrypted_anew
from lms.people.models import User
from lms.people.second_factor import factors_of, has_factor, must_have_factor


class StillNeeded(ValueError):
    """The role asks for a second factor, and this is the last one."""


def remove_factor(*, user: User, factor: Authenticator) -> None:
    """Take one of a person's own factors away. Raises StillNeeded.

    Printed codes stay and are asked for alone, but for those that were never on the screen.
    """
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        if must_have_factor(user) and not factors_of(user).exclude(pk=factor.pk).exists():
            raise StillNeeded
        kind = str(factor.type)
        Authenticator.objects.filter(pk=factor.pk).delete()
        if not has_factor(user):
            Authenticator.objects.filter(user=user).delete()
        record(
            "factor.removed",
            actor=user,
            thing=user,
            organisation=user.service_path,
            before={"factor": kind},
        )


def remove_factors(*, user: User, actor: User, reason: str) -> bool:
    """Take every second factor from somebody who lost it; False if there was none.

    The next sign-in asks for the password alone, and leads to setting up a new one where the role
    asks for it.
    """
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        rows = Authenticator.objects.filter(user=user)
        kinds = sorted(set(rows.values_list("type", flat=True)))
        if not kinds:
            return False
        rows.delete()
        record(
            "factor.removed",
            actor=actor,
            thing=user,
            organisation=user.service_path,
            before={"factor": kinds},
            after={"reason": reason},
        )
    return True


def renew_secrets() -> int:
    """Encrypt the secrets of all second factors under the newest key; how many there are.

    One transaction each, under a lock: a code that is used meanwhile stays used. Can be repeated.
    Raises factor_secrets.Unreadable at the first whose key is missing.
    """
    rows = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk")
    count = 0
    for pk in list(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            row = rows.select_for_update().filter(pk=pk).first()
            if row is not None:
                row.data = encrypted_anew(row.data)
                row.save(update_fields=["data"])
                count += 1
    return count
