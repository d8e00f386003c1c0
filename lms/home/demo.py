"""The demonstration: two invented services with their people, brought into their states by actions.

Everything is read from lms/home/demo/*.yaml. Each unit, course and person is made in a transaction
of its own, and what exists is left alone: a load that was broken off goes on where it stopped.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from i18nfield.strings import LazyI18nString

from certificates.models import Certificate
from courses.actions import publish_course
from courses.catalogue import CATALOGUE, load_course
from courses.glossary import FILE, load_glossary
from courses.models import Course
from lms.home.stories import STATES, Story
from lms.people.actions import create_user, grant_role
from lms.people.demo import forget
from lms.people.models import Organisation, Role, User
from lms.readable import read_yaml

DATA = Path(__file__).resolve().parent / "demo"
COURSE = "DOC-01"
OPERATOR = "operator"
PASSWORD = "waypost-demo-2026"  # noqa: S105 - printed in the README; `check --deploy` refuses it
CODE = "demo-code-2026"
CODE_LIFETIME = timedelta(days=3650)  # a demonstration is shown for longer than a real code lives
HISTORY = timedelta(days=1200)  # since when the services, their people and the course exist


class NotADemonstration(ValueError):
    """A service of the same code exists that holds real people."""


@dataclass(frozen=True)
class LogIn:
    """A line of the table of log-ins: `secret` is a password or a one-time code."""

    login: str
    secret: str
    role: str
    name: str
    what: str


@dataclass
class Loaded:
    """What a load added."""

    services: int = 0
    courses: int = 0
    people: int = 0


# Loading -----------------------------------------------------------------------------------------


@cache
def data(name: str) -> Any:
    """What a file of the demonstration says: "organisations" or "people"."""
    return read_yaml(DATA / f"{name}.yaml")


def is_loaded() -> bool:
    """Whether a load came to its end: the operator is made last."""
    found: bool = User.objects.filter(login=OPERATOR, is_demo=True).exists()
    return found


def load(*, now: datetime | None = None) -> Loaded:
    """Make what is missing of the demonstration. Raises NotADemonstration.

    `now` is the moment from which due dates and past events are counted.
    """
    now = (now or timezone.now()).replace(hour=7, minute=0, second=0, microsecond=0)
    added = Loaded()
    hashes = make_password(PASSWORD), make_password(CODE)  # argon2: once, and in no transaction
    for entry in data("organisations"):
        service = _load_service(entry, added)
        load_glossary(CATALOGUE / FILE, owner=service)
        for folder in sorted(path.parent for path in CATALOGUE.glob("*/course.yaml")):
            _load_course(folder, service, now, added)
        _load_people(service, hashes, now, added)
    _make_operator(hashes[0], now, added)
    forget()
    return added


def _load_service(entry: dict[str, Any], added: Loaded) -> Organisation:
    """The root of a service, made with all its units if it is missing."""
    found: Organisation | None = Organisation.objects.filter(code=entry["code"]).first()
    if found is not None:
        if not found.is_demo:
            raise NotADemonstration(entry["code"])
        return found
    with transaction.atomic():
        root: Organisation = Organisation.objects.add_root(_columns(entry, entry))
        _add_units(root, entry, entry)
    added.services += 1
    return root


def _add_units(parent: Organisation, entry: dict[str, Any], root: dict[str, Any]) -> None:
    for child in entry.get("children", []):
        unit = Organisation.objects.add_child(parent, _columns(child, root))
        _add_units(unit, child, root)


def _columns(entry: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": entry["code"],
        "name": LazyI18nString(entry["name"]),
        "level": entry["level"],
        "country": root["country"],
        "time_zone": root["time_zone"],
        "is_demo": True,
    }


def _load_course(folder: Path, service: Organisation, now: datetime, added: Loaded) -> None:
    """Load and publish a course of the catalogue, unless the service has it."""
    if Course.objects.filter(service=service, code=folder.name).exists():
        return
    with transaction.atomic():
        course = load_course(folder, owner=service, now=now - HISTORY)
        publish_course(course=course, actor=None, now=now - HISTORY)
    added.courses += 1


def _load_people(
    service: Organisation, hashes: tuple[str, str], now: datetime, added: Loaded
) -> None:
    """The staff, then the officers with their stories; who exists is left alone."""
    known = set(User.objects.filter(service=service).values_list("login", flat=True))
    units = {unit.code: unit for unit in Organisation.objects.filter(path__startswith=service.path)}
    people = data("people")[service.code]
    for entry in people["staff"]:
        if _login(service, entry).casefold() not in known:
            with transaction.atomic():
                _make_person(service, units, entry, hashes, now)
            added.people += 1
    course = Course.objects.get(service=service, code=COURSE)
    coordinator = User.objects.get(login=_login(service, _of(people, Role.COORDINATOR)).casefold())
    for number, entry in enumerate(people["officers"], 1):
        if _login(service, entry).casefold() in known:
            continue
        with transaction.atomic():
            officer = _make_person(service, units, entry, hashes, now)
            story = Story(officer, course, coordinator, number, now)
            STATES[entry["state"]](story)
            # Nobody wants a letter about what happened months ago.
            Certificate.objects.filter(enrolment__in=story.enrolments).update(
                mailed_at=F("issued_at")
            )
        added.people += 1


def _make_person(
    service: Organisation,
    units: dict[str, Organisation],
    entry: dict[str, Any],
    hashes: tuple[str, str],
    now: datetime,
) -> User:
    """A person with a role in a unit; one in the state "new" has a one-time code yet to use."""
    user = create_user(
        service=service,
        number=entry["number"],
        email=entry.get("email", ""),
        given_name=entry["given"],
        family_name=entry["family"],
        patronymic=entry.get("patronymic", ""),
        rank=entry.get("rank", ""),
        language=entry["language"],
        actor=None,
        is_demo=True,
    )
    user.given_name_latin = entry.get("given_latin", user.given_name_latin)
    user.family_name_latin = entry.get("family_latin", user.family_name_latin)
    password, code = hashes
    if entry.get("state") == "new":
        user.password, user.code_expires_at = code, now + CODE_LIFETIME
    else:
        user.password = password
        user.name_confirmed_at = user.privacy_read_at = now - HISTORY
    user.save()
    grant_role(
        user=user,
        organisation=units[entry["unit"]],
        role=entry.get("role", Role.OFFICER),
        actor=None,
        since=(now - HISTORY).date(),
    )
    return user


def _make_operator(password: str, now: datetime, added: Loaded) -> None:
    if User.objects.filter(login=OPERATOR).exists():
        return
    operator = User(
        login=OPERATOR,
        given_name="Demonstration",
        family_name="Operator",
        is_superuser=True,
        is_demo=True,
        password=password,
        name_confirmed_at=now,
        privacy_read_at=now,
    )
    operator.save()
    added.people += 1


def _login(service: Organisation, entry: dict[str, Any]) -> str:
    return f"{service.code}-{entry['number']}"


def _of(people: dict[str, Any], role: str) -> dict[str, Any]:
    """The first of the staff who has the role."""
    return next(entry for entry in people["staff"] if entry["role"] == role)


# What the guides name ----------------------------------------------------------------------------

SHOWN = {
    "new": "first sign-in with a one-time code, then the whole way to a certificate",
    "reading": "continues a course that is begun",
    "completed": "has a certificate to download and verify",
    Role.TRAINER: "the courses of the service and their states",
    Role.COORDINATOR: "the people of the units, their enrolments and due dates",
    Role.ADMINISTRATOR: "the whole service: people and courses",
}


def log_ins() -> list[LogIn]:
    """The log-ins that the guides name: of each service the staff and one officer a state."""
    rows = []
    for service, people in data("people").items():
        named = {entry["state"]: entry for entry in reversed(people["officers"])}
        officers = [named[state] for state in ("new", "reading", "completed")]
        for entry in [*officers, *people["staff"]]:
            state = entry.get("state", entry.get("role"))
            rows.append(
                LogIn(
                    login=f"{service}-{entry['number']}",
                    secret=CODE if state == "new" else PASSWORD,
                    role=entry.get("role", "officer"),
                    name=f"{entry['given']} {entry['family']}",
                    what=SHOWN[state],
                )
            )
    rows.append(LogIn(OPERATOR, PASSWORD, "operator", "", "the administration at /operator/"))
    return rows


def table() -> str:
    """The log-ins as lines of text."""
    rows = [("login", "password or code", "role", "what to see")]
    rows += [(row.login, row.secret, row.role, row.what) for row in log_ins()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=False)] + [row[3]])
        for row in rows
    )
