"""What a row of a staff list would do: the same decision for the trial run and for bringing in.

Every look-up is made once for a batch, and the same ones whatever the rows hold, so that neither
an answer nor its timing tells of people whom the importer does not see.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone

from lms.people.importing.examples import is_example
from lms.people.importing.reasons import ELSEWHERE, problem
from lms.people.importing.values import Listed, Reader, Wrong
from lms.people.models import ImportRow, Kind, Membership, Organisation, Role, StaffImport, User
from lms.people.models.organisation import within
from lms.people.newcomers import login_of, new_user

Outcome = ImportRow.Outcome
FIRST_LANGUAGE = {"UA": "uk", "BY": "be"}  # of one who is new and whose row names none
NAMES = ("family_name", "given_name", "patronymic")
# Of our fields, those that are columns of a person under the same name.
KEPT = (*NAMES, "rank", "email", "language")


class Unit(NamedTuple):
    pk: int
    code: str
    path: str


@dataclass(frozen=True)
class Post:
    """What is to become of a person's post: a new one, perhaps in the place of `old`.

    Where `old` began on `since` or later it is moved as it stands; else it ends the day before.
    """

    unit: Unit
    since: date
    old: Membership | None = None

    @property
    def moves_old(self) -> bool:
        return self.old is not None and self.since <= self.old.since


@dataclass
class Decision:
    row: ImportRow
    listed: Listed
    problems: list[dict[str, Any]]
    outcome: str = Outcome.REJECTED
    user: User | None = None
    changes: dict[str, list[str]] = field(default_factory=dict)
    post: Post | None = None
    reopens: bool = False

    @property
    def is_elsewhere(self) -> bool:
        return any(found["code"] == ELSEWHERE for found in self.problems)


class Elsewhere(Exception):
    """The row is about somebody whom the importer may not touch."""


@dataclass(frozen=True)
class Desk:
    """What holds for all rows of a list."""

    staff_import: StaffImport
    actor: User
    service: Organisation
    paths: tuple[str, ...]  # of the subtrees that the importer answers for
    is_administrator: bool
    units: dict[str, Unit]
    reader: Reader
    numbers: dict[str, int]  # each service number and address → the first row that has it
    emails: dict[str, int]

    def unit_at(self, path: str) -> bool:
        return path.startswith(self.paths) if self.paths else False


def desk_of(staff_import: StaffImport, actor: User) -> Desk:
    """Read what the importer may do today. Raises ValueError for one who is of no service."""
    if actor.service is None:
        raise ValueError("a staff list is a service's")
    paths = tuple(actor.reach.coordinated)
    rows = Organisation.objects.filter(within(paths)).values_list("pk", "code", "path")
    reader = Reader(
        staff_import.columns, actor.service.country, actor.service.code, timezone.localdate()
    )
    numbers, emails = _first_rows(staff_import, reader)
    return Desk(
        staff_import=staff_import,
        actor=actor,
        service=actor.service,
        paths=paths,
        is_administrator=bool(actor.reach.administered),
        units={code.casefold(): Unit(pk, code, path) for pk, code, path in rows},
        reader=reader,
        numbers=numbers,
        emails=emails,
    )


def _first_rows(staff_import: StaffImport, reader: Reader) -> tuple[dict[str, int], dict[str, int]]:
    numbers: dict[str, int] = {}
    emails: dict[str, int] = {}
    rows = staff_import.rows.order_by("number").values_list("number", "cells")
    for number, cells in rows.iterator(chunk_size=2000):
        for key, first in (("number", numbers), ("email", emails)):
            try:
                if value := reader.value(key, reader.cell(cells, key)):
                    first.setdefault(value, number)
            except Wrong:
                continue
    return numbers, emails


def decide(desk: Desk, rows: Sequence[ImportRow]) -> list[Decision]:
    """What each row would do now; users of new people are made and not saved."""
    decisions = [Decision(row, *desk.reader.read(row.cells)) for row in rows]
    known = _Known(desk, [decision.listed for decision in decisions])
    for decision in decisions:
        _find_doubles(desk, decision)
        try:
            _decide(desk, known, decision)
        except Elsewhere:
            number = decision.listed.number
            decision.problems.append(problem("number", number, ELSEWHERE))
        if decision.problems:
            decision.outcome, decision.changes, decision.post = Outcome.REJECTED, {}, None
            decision.user = None
    return decisions


class _Known:
    """The people whom a batch names, by number or by address, and where they are."""

    def __init__(self, desk: Desk, listed: Iterable[Listed]) -> None:
        people = list(listed)
        logins = {login_of(desk.service, one.number) for one in people if one.number} or {""}
        emails = {one.email for one in people if one.email} or {"-"}
        named = Q(user__login__in=logins) | Q(user__email__in=emails)
        users = User.objects.filter(Q(login__in=logins) | Q(email__in=emails))
        self.by_login: dict[str, User] = {}
        self.by_email: dict[str, User] = {}
        for user in users.select_related("service"):
            self.by_login[user.login] = user
            self.by_email[user.email] = user
        posts = Membership.objects.filter(named, role=Role.OFFICER, kind=Kind.POST)
        self.posts: dict[int, list[Membership]] = {}
        for post in posts.select_related("organisation").order_by("since", "pk"):
            self.posts.setdefault(post.user_id, []).append(post)
        answering = Membership.objects.current().filter(named).exclude(role=Role.OFFICER)
        self.answering = set(answering.values_list("user", flat=True))
        undone = ImportRow.objects.filter(named, undone_at__isnull=False)
        self.undone: dict[int, str] = dict(
            undone.order_by("undone_at").values_list("user", "staff_import__unit__path")
        )

    def live(self, user: User, today: date) -> list[Membership]:
        """Posts of today and those dated ahead, in their order."""
        posts = self.posts.get(user.pk, [])
        return [post for post in posts if post.until is None or post.until >= today]

    def is_reached(self, desk: Desk, user: User) -> bool:
        """Whether the importer may bring this person in: by the post of today, or the last."""
        if user.service_id != desk.service.pk or not (user.is_active or user.leaves_on):
            return False
        if desk.is_administrator:
            return True
        if live := self.live(user, desk.reader.today):
            return desk.unit_at(live[0].organisation.path)
        if not user.leaves_on:
            return False
        last = max(
            self.posts.get(user.pk, []), key=lambda post: post.until or date.max, default=None
        )
        return desk.unit_at(last.organisation.path if last else self.undone.get(user.pk, "-"))


def _find_doubles(desk: Desk, decision: Decision) -> None:
    listed, number = decision.listed, decision.row.number
    for key, first, code in (
        ("number", desk.numbers, "duplicate_number"),
        ("email", desk.emails, "duplicate_email"),
    ):
        value = getattr(listed, key)
        if value and first.get(value, number) != number:
            decision.problems.append(problem(key, value, code, row=first[value]))


def _decide(desk: Desk, known: _Known, decision: Decision) -> None:
    """Fill the decision in. Raises Elsewhere."""
    listed = decision.listed
    unit = _unit_of(desk, decision)
    if not listed.number:
        return
    user = known.by_login.get(login_of(desk.service, listed.number))
    if user and not known.is_reached(desk, user):
        raise Elsewhere
    _check_email(desk, known, decision, user)
    if user is None:
        _decide_new(desk, decision, unit)
    else:
        _decide_known(desk, known, decision, user, unit)


def _unit_of(desk: Desk, decision: Decision) -> Unit | None:
    """The unit that the row names, or None. One that is not the importer's is a problem."""
    if decision.listed.unit:
        if unit := desk.units.get(decision.listed.unit):
            return unit
        raw = desk.reader.cell(decision.row.cells, "unit")
        decision.problems.append(problem("unit", raw, "unit"))
    return None


def _default_unit(desk: Desk, decision: Decision) -> Unit | None:
    unit = desk.units.get(desk.staff_import.unit.code.casefold())
    if unit is None:  # the importer no longer answers for it
        decision.problems.append(problem("unit", desk.staff_import.unit.code, "unit"))
    return unit


def _check_email(desk: Desk, known: _Known, decision: Decision, user: User | None) -> None:
    """Raises Elsewhere.

    An address opens an account by the link that goes there. So only the service administrator
    changes that of a person who answers for others.
    """
    email = decision.listed.email
    if not email:
        return
    owner = known.by_email.get(email)
    if owner and owner != user:
        if not known.is_reached(desk, owner):
            raise Elsewhere
        decision.problems.append(problem("email", email, "email_taken"))
    if user and user.email != email and user.pk in known.answering and not desk.is_administrator:
        raise Elsewhere


def _decide_new(desk: Desk, decision: Decision, unit: Unit | None) -> None:
    listed = decision.listed
    unit = unit or (None if listed.unit else _default_unit(desk, decision))
    if is_example(listed.number, listed.family_name, listed.given_name):
        decision.problems.append(problem("number", listed.number, "example"))
    if decision.problems or unit is None:
        return
    country = desk.service.country
    values = {name: getattr(listed, name) for name in KEPT}
    values["language"] = listed.language or FIRST_LANGUAGE.get(country, desk.actor.language)
    try:
        decision.user = new_user(service=desk.service, number=listed.number, **values)
    except ValidationError as error:
        _refuse(desk, decision, error)
        return
    decision.post = Post(unit, listed.since or desk.reader.today)
    decision.outcome = Outcome.CREATE


def _refuse(desk: Desk, decision: Decision, error: ValidationError) -> None:
    """What a column of the database does not take, told at the cell that it came from."""
    for name in error.message_dict:
        key = name.removesuffix("_latin").replace("login", "number")
        raw = desk.reader.cell(decision.row.cells, key)
        decision.problems.append(problem(key, raw, "refused"))


def _decide_known(
    desk: Desk, known: _Known, decision: Decision, user: User, unit: Unit | None
) -> None:
    today, listed = desk.reader.today, decision.listed
    decision.user = user
    decision.changes = _changes(user, listed)
    decision.reopens = bool(user.leaves_on and (not user.is_active or user.leaves_on <= today))
    live = known.live(user, today)
    if decision.reopens or not live:
        unit = unit or (None if listed.unit else _default_unit(desk, decision))
        if unit:
            ended = [post.until for post in known.posts.get(user.pk, []) if post.until]
            after = max(ended) + timedelta(days=1) if ended else date.min
            decision.post = Post(unit, max(listed.since or today, after))
            decision.changes["unit"] = ["", unit.code]
    elif unit and unit.pk not in {post.organisation_id for post in live}:
        if len(live) > 1 or live[0].until:
            raw = desk.reader.cell(decision.row.cells, "unit")
            decision.problems.append(problem("unit", raw, "planned"))
        else:
            decision.post = Post(unit, listed.since or today, live[0])
            decision.changes["unit"] = [live[0].organisation.code, unit.code]
    decision.outcome = Outcome.UPDATE if decision.changes else Outcome.SAME


def _changes(user: User, listed: Listed) -> dict[str, list[str]]:
    """Field → what it is and what the list says. An empty cell changes nothing, and the language
    is the person's own choice from the first sign-in on."""
    changes = {}
    for name in KEPT:
        old, new = getattr(user, name), getattr(listed, name)
        if new and new != old and not (name == "language" and user.last_login):
            changes[name] = [old, new]
    return changes
