"""New people: one truth for one who is typed in and for ten thousand out of a staff list."""

from lms.audit.actions import entry
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User


def login_of(service: Organisation, number: str) -> str:
    """The log-in name that goes with a service number; the service's letters may be typed too."""
    letters = f"{service.code}-".casefold()
    return letters + number.casefold().removeprefix(letters)


def new_user(
    *,
    service: Organisation,
    number: str = "",
    email: str = "",
    given_name: str,
    family_name: str,
    patronymic: str = "",
    rank: str = "",
    language: str = "uk",
    is_demo: bool = False,
) -> User:
    """A person who is not saved yet; without a number the e-mail is the login.

    The account opens with nothing until it gets a code. Raises ValidationError for what a column
    cannot hold; whether login and e-mail are free is for the caller, who knows of how many.
    """
    user = User(
        login=login_of(service, number) if number else email,
        email=email,
        given_name=given_name,
        family_name=family_name,
        patronymic=patronymic,
        rank=rank,
        language=language,
        service=service,
        is_demo=is_demo,
    )
    user.settle()
    # The table goes by the language in which the name is written today, not by later settings.
    user.given_name_latin, user.family_name_latin = user.latin
    user.settle()  # once more, for the key by which a name is found holds the Latin letters too
    user.set_unusable_password()
    user.clean_fields(exclude=["password", "service"])
    return user


def creation_of(user: User, actor: User | None) -> AuditEntry:
    """What the audit log says of a person who was created."""
    return entry(
        "person.created",
        actor=actor,
        thing=user,
        organisation=user.service_path,
        after={"login": user.login},
    )
