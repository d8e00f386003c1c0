"""What changes a person: accounts, one-time codes, the first sign-in."""

import re
import secrets
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from lms.audit.actions import record, record_many
from lms.people.models import Kind, Membership, Organisation, Role, User
from lms.people.newcomers import creation_of, new_user

CODE_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that reads two ways on paper
CODE_LENGTH = 12
DASHES_AND_SPACES = re.compile(r"[\s\u2010-\u2015-]+")
CODE_LIFETIME = timedelta(days=30)


class OutsideService(ValueError):
    """The unit belongs to another service than the person."""


def new_code() -> str:
    """A one-time code for paper: three groups of four signs, about 59 bits."""
    return as_code("".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH)))


def as_code(typed: str) -> str:
    """What was typed from paper, written as codes are: small letters, groups of four.

    Capitals, spaces and any dashes, or none, are all the same code.
    """
    signs = DASHES_AND_SPACES.sub("", typed.lower())
    return "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))


def issue_code(*, user: User, actor: User | None) -> str:
    """Put a fresh one-time code in the place of the person's password and return it.

    It opens the account until the person has chosen a password, at most 30 days; only its hash is
    kept.
    """
    code = new_code()
    put_code(user=user, password=make_password(code), actor=actor)  # slow by design, so outside
    return code


def put_code(*, user: User, password: str, actor: User | None) -> None:
    """Put a one-time code, of which `password` is the hash, in the place of the password."""
    user.password = password
    user.code_expires_at = timezone.now() + CODE_LIFETIME
    with transaction.atomic():
        user.save(update_fields=["password", "code_expires_at"])
        record("person.code_issued", actor=actor, thing=user, organisation=user.service_path)


def create_user(
    *,
    service: Organisation,
    number: str = "",
    email: str = "",
    given_name: str,
    family_name: str,
    patronymic: str = "",
    rank: str = "",
    language: str = "uk",
    actor: User | None,
    is_demo: bool = False,
) -> User:
    """Create a person of a service; without a number the e-mail is the login.

    The account opens with nothing until `issue_code` gives it a code.
    """
    user = new_user(
        service=service,
        number=number,
        email=email,
        given_name=given_name,
        family_name=family_name,
        patronymic=patronymic,
        rank=rank,
        language=language,
        is_demo=is_demo,
    )
    user.validate_unique()
    user.validate_constraints()
    with transaction.atomic():
        user.save()
        record_many([creation_of(user, actor)])
    return user


def grant_role(
    *,
    user: User,
    organisation: Organisation,
    role: str,
    actor: User | None,
    kind: str = Kind.POST,
    since: date | None = None,
) -> Membership:
    """Give the person a role in a unit from a day on, by default today.

    A second call changes nothing. Raises OutsideService.
    """
    if organisation.service_path != user.service_path:
        raise OutsideService(organisation.code)
    with transaction.atomic():
        membership, is_new = Membership.objects.get_or_create(
            user=user,
            organisation=organisation,
            role=role,
            kind=kind,
            until=None,
            defaults={"since": since or timezone.localdate()},
        )
        if is_new:
            record(
                "role.granted",
                actor=actor,
                thing=user,
                organisation=organisation.path,
                after={"role": str(Role(role)), "unit": organisation.code, "kind": str(kind)},
            )
    return membership


def welcome(
    *, user: User, given_name_latin: str, family_name_latin: str, password: str | None
) -> User:
    """Finish the first sign-in: the name as in the passport, the privacy notice, a password.

    `password` is None for one who signed in with a password of his own.
    """
    if password is not None:
        user.set_password(password)
        user.code_expires_at = None
    user.given_name_latin, user.family_name_latin = given_name_latin, family_name_latin
    now = timezone.now()
    user.name_confirmed_at = user.name_confirmed_at or now
    user.privacy_read_at = user.privacy_read_at or now
    with transaction.atomic():
        user.save(
            update_fields=[
                "password",
                "code_expires_at",
                "given_name_latin",
                "family_name_latin",
                "name_confirmed_at",
                "privacy_read_at",
                "search_key",
            ]
        )
        record(
            "person.welcomed",
            actor=user,
            thing=user,
            organisation=user.service_path,
            after={"latin": f"{given_name_latin} {family_name_latin}"},
        )
    return user


def change_settings(*, user: User, language: str, time_zone: str) -> User:
    """Set the language of the buttons and the time zone ("" for that of the service).

    Raises ValidationError for a language that is not offered or a zone that does not exist.
    """
    if (language, time_zone) == (user.language, user.time_zone):
        return user
    user.language, user.time_zone = language, time_zone
    fields = ["language", "time_zone"]
    user.clean_fields(exclude={field.name for field in User._meta.fields} - set(fields))
    user.save(update_fields=fields)
    return user
