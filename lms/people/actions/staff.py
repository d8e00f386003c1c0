"""One person brought in or corrected by hand; what only the service administrator settles."""

from datetime import date
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from lms.audit.actions import record
from lms.people.actions.accounts import create_user, grant_role
from lms.people.models import Organisation, PersonRequest, Role, User
from lms.people.models.organisation import within
from lms.people.newcomers import login_of

EDITABLE = ("family_name", "given_name", "patronymic", "rank", "email", "language")


class AlreadyHere(ValueError):
    """The number or address is that of a person whom the actor sees: `person`."""

    def __init__(self, person: User) -> None:
        super().__init__(person.login)
        self.person = person


class TakenElsewhere(ValueError):
    """The number or address is somebody's whom the actor does not see; no more is said of it."""


def holder_of(*, service: Organisation, number: str, email: str, but: User | None = None) -> Q:
    """Who has the number in this service, or the address in any."""
    holder = Q(pk__in=[])
    if number:
        holder |= Q(login=login_of(service, number))
    if email:
        holder |= Q(email=email.casefold())
    return holder & ~Q(pk=but.pk) if but else holder


def add_person(
    *,
    actor: User,
    unit: Organisation,
    since: date,
    number: str,
    email: str = "",
    **fields: Any,
) -> User:
    """Bring an officer into a unit; his account opens with a code or an invitation.

    Raises AlreadyHere for somebody whom the actor sees, and TakenElsewhere for anybody else's
    number or address: a request is then put before the service administrator, once.
    """
    service = Organisation.objects.get(path=unit.service_path)
    data = {"number": number, "email": email, "since": since.isoformat()} | fields
    if found := _holder(service=service, number=number, email=email):
        _refuse(found, actor, unit, data)
    try:
        with transaction.atomic():
            user = create_user(service=service, number=number, email=email, actor=actor, **fields)
            grant_role(user=user, organisation=unit, role=Role.OFFICER, actor=actor, since=since)
    except (IntegrityError, ValidationError):  # two at once: the second finds the first
        if found := _holder(service=service, number=number, email=email):
            _refuse(found, actor, unit, data)
        raise
    return user


def _holder(**named: Any) -> User | None:
    found: User | None = User.objects.filter(holder_of(**named)).first()
    return found


def _refuse(found: User, actor: User, unit: Organisation, data: dict[str, Any]) -> NoReturn:
    _tell(found, actor)
    ask_administrator(actor=actor, unit=unit, data=data)
    raise TakenElsewhere


def _tell(found: User, actor: User) -> None:
    if User.objects.visible_to(actor).filter(pk=found.pk).exists():
        raise AlreadyHere(found)


def ask_administrator(*, actor: User, unit: Organisation, data: dict[str, Any]) -> None:
    """Put before the service administrator what the actor may not do; the same thing once."""
    service = Organisation.objects.get(path=unit.service_path)
    told = {name: value for name, value in data.items() if value}
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=service.pk)
        waiting = PersonRequest.objects.filter(service=service, made_by=actor, settled_at=None)
        if any(_about(row.data) == _about(told) for row in waiting):
            return
        request = PersonRequest.objects.create(service=service, unit=unit, made_by=actor, data=told)
        record(
            "request.made",
            actor=actor,
            thing=request,
            organisation=unit.path,
            after={"number": told.get("number", "")},
        )


def _about(data: dict[str, Any]) -> tuple[str, ...]:
    """What makes two requests one, however often and with whichever other words it is asked."""
    return tuple(str(data.get(name, "")).casefold() for name in ("kind", "number", "email", "note"))


def settle_request(*, request: PersonRequest, actor: User, note: str = "") -> PersonRequest:
    """Note that a request is dealt with; a second call changes nothing."""
    with transaction.atomic():
        request = PersonRequest.objects.select_for_update().get(pk=request.pk)
        if request.settled_at is None:
            request.settled_at, request.settled_by = timezone.now(), actor
            request.note = note
            request.save(update_fields=["settled_at", "settled_by", "note"])
            record(
                "request.settled",
                actor=actor,
                thing=request,
                organisation=request.unit.path,
                after={"note": note},
            )
    return request


def _ask_for_address(person: User, actor: User, email: str) -> None:
    unit = Organisation.objects.filter(
        within(actor.reach.coordinated), memberships__in=person.memberships.current()
    ).first()
    if unit is None or person.service_path in actor.reach.administered:
        return
    number = person.login.partition("-")[2].upper()
    data = {name: getattr(person, name) for name in ("family_name", "given_name", "patronymic")}
    ask_administrator(
        actor=actor, unit=unit, data={"kind": "address", "number": number, "email": email} | data
    )


def edit_person(*, person: User, actor: User, **fields: str) -> User:
    """Correct names, rank, address and language. Certificates keep what they say.

    Raises AlreadyHere or TakenElsewhere for an address that is another's; a request is then put
    before the service administrator, unless it is he who asks.
    """
    email = fields.get("email", person.email).casefold()
    _check_address(person, actor, email)
    before = {name: getattr(person, name) for name in EDITABLE if name in fields}
    for name in before:
        setattr(person, name, fields[name])
    changed = {name for name, value in before.items() if getattr(person, name) != value}
    if not changed:
        return person
    try:
        with transaction.atomic():
            person.save()
            record(
                "person.changed",
                actor=actor,
                thing=person,
                organisation=person.service_path,
                before={name: before[name] for name in sorted(changed)},
                after={name: getattr(person, name) for name in sorted(changed)},
            )
    except IntegrityError:  # two at once: the second finds the first
        _check_address(person, actor, email)
        raise
    return person


def _check_address(person: User, actor: User, email: str) -> None:
    """Raises AlreadyHere or TakenElsewhere when the address is another's."""
    if not (email and person.service):
        return
    other = holder_of(service=person.service, number="", email=email, but=person)
    if found := User.objects.filter(other).first():
        _tell(found, actor)
        _ask_for_address(person, actor, email)
        raise TakenElsewhere
