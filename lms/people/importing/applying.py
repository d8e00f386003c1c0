"""Brings a batch of rows in, inside the caller's transaction: all of it or nothing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from lms.audit.actions import entry, record_many
from lms.audit.models import AuditEntry
from lms.people.importing.deciding import KEPT, Decision, Desk, Outcome, Post, decide
from lms.people.models import ImportRow, Kind, Membership, PersonRequest, Role, User
from lms.people.newcomers import creation_of
from lms.people.transliteration import latin_name

WRITTEN = [*KEPT, "given_name_latin", "family_name_latin",
           "name_confirmed_at", "is_active", "leaves_on", "search_key", "sort_key"]  # fmt: skip


def try_rows(desk: Desk, rows: Sequence[ImportRow]) -> None:
    """Note what the rows would do, and change nothing else."""
    for decision in decide(desk, rows):
        _note(decision, {"fields": decision.changes} if decision.changes else {})
        decision.row.user = decision.user if decision.user and decision.user.pk else None
    ImportRow.objects.bulk_update(rows, ["outcome", "errors", "before", "user"])


def bring_in(desk: Desk, rows: Sequence[ImportRow]) -> None:
    """Do what the rows say, and note with each what became of it and what an undo puts back."""
    decisions = decide(desk, rows)
    now = timezone.now()
    before = {decision.row.pk: _before(decision) for decision in decisions}
    entries = _write_people(desk, decisions, before)
    entries += _write_posts(desk, decisions, before)
    entries += _ask(desk, [decision for decision in decisions if decision.is_elsewhere])
    record_many(entries)
    for decision in decisions:
        _note(decision, before[decision.row.pk])
        decision.row.user = decision.user
        decision.row.applied_at = now
    ImportRow.objects.bulk_update(rows, ["outcome", "errors", "before", "user", "applied_at"])


def _note(decision: Decision, before: dict[str, Any]) -> None:
    decision.row.outcome = decision.outcome
    decision.row.errors = decision.problems
    decision.row.before = before


def _before(decision: Decision) -> dict[str, Any]:
    """Field → before and after; whether the account was closed, and since when."""
    found: dict[str, Any] = {"fields": decision.changes} if decision.changes else {}
    if decision.reopens and decision.user:
        left = decision.user.leaves_on
        found["closed"] = {
            "is_active": decision.user.is_active,
            "leaves_on": left.isoformat() if left else None,
        }
    return found


def _write_people(
    desk: Desk, decisions: Sequence[Decision], before: dict[int, dict[str, Any]]
) -> list[AuditEntry]:
    created = [d.user for d in decisions if d.outcome == Outcome.CREATE and d.user]
    User.objects.bulk_create(created)
    entries = [creation_of(user, desk.actor) for user in created]
    changed = []
    for decision in decisions:
        user = decision.user
        if decision.outcome != Outcome.UPDATE or user is None:
            continue
        changes = {key: pair for key, pair in decision.changes.items() if key != "unit"}
        if changes or decision.reopens:
            changes |= _write_into(user, changes, reopens=decision.reopens)
            before[decision.row.pk]["fields"] = decision.changes | changes
            changed.append(user)
            entries.append(_change_of(desk, user, changes, reopens=decision.reopens))
    User.objects.bulk_update(changed, WRITTEN)
    return entries


def _write_into(
    user: User, changes: dict[str, list[str]], *, reopens: bool
) -> dict[str, list[str]]:
    """Set the columns; what else changed with them.

    With a name its Latin spelling is suggested anew, and confirmed at the next sign-in.
    """
    also = {}
    for name, (_old, new) in changes.items():
        setattr(user, name, new)
    for name in ("given_name", "family_name"):
        if name in changes:
            country = user.service.country if user.service else ""
            old = getattr(user, f"{name}_latin")
            new = latin_name(changes[name][1], country=country, language=user.language)
            if new != old:
                also[f"{name}_latin"] = [old, new]
                setattr(user, f"{name}_latin", new)
                user.name_confirmed_at = None
    if reopens:
        user.is_active, user.leaves_on = True, None
    user.settle()
    return also


def _change_of(
    desk: Desk, user: User, changes: dict[str, list[str]], *, reopens: bool
) -> AuditEntry:
    return entry(
        "person.reopened" if reopens else "person.changed",
        actor=desk.actor,
        thing=user,
        organisation=user.service_path,
        before={name: old for name, (old, _new) in changes.items()},
        after={name: new for name, (_old, new) in changes.items()},
    )


def _write_posts(
    desk: Desk, decisions: Sequence[Decision], before: dict[int, dict[str, Any]]
) -> list[AuditEntry]:
    """End and move posts first: a person has one without an end."""
    ended, moved, made, entries = [], [], [], []
    for decision in decisions:
        post, user = decision.post, decision.user
        if post is None or user is None or decision.outcome == Outcome.REJECTED:
            continue
        parts = before[decision.row.pk]
        old = post.old
        if old and post.moves_old:
            parts["moved"] = {"pk": old.pk, "from": old.organisation_id, "to": post.unit.pk}
            old.organisation_id = post.unit.pk
            moved.append(old)
        else:
            if old:
                old.until = post.since - timedelta(days=1)
                parts["ended"] = {"pk": old.pk, "until": old.until.isoformat()}
                ended.append(old)
            made.append((decision, _membership(user, post.unit.pk, post.since)))
        entries.append(_posting_of(desk, user, post, decision.changes))
    Membership.objects.bulk_update(ended, ["until"])
    Membership.objects.bulk_update(moved, ["organisation"])
    Membership.objects.bulk_create([membership for _decision, membership in made])
    for decision, membership in made:
        before[decision.row.pk]["made"] = membership.pk
    return entries


def _membership(user: User, unit: int, since: Any) -> Membership:
    return Membership(
        user=user, organisation_id=unit, role=Role.OFFICER, kind=Kind.POST, since=since
    )


def _posting_of(desk: Desk, user: User, post: Post, changes: dict[str, list[str]]) -> AuditEntry:
    """As the audit log tells of a role granted, or of a move."""
    unit, old = post.unit, post.old
    if old is None:
        after = {"role": str(Role.OFFICER), "unit": unit.code, "kind": str(Kind.POST)}
        return entry(
            "role.granted", actor=desk.actor, thing=user, organisation=unit.path, after=after
        )
    return entry(
        "person.moved",
        actor=desk.actor,
        thing=user,
        organisation=unit.path,
        before={"unit": changes["unit"][0]},
        after={"unit": unit.code, "since": post.since.isoformat()},
    )


def _ask(desk: Desk, decisions: Sequence[Decision]) -> list[AuditEntry]:
    """Put before the service administrator what the importer may not do; each number once."""
    numbers = [decision.listed.number for decision in decisions] or [""]
    open_requests = PersonRequest.objects.filter(
        service=desk.service, made_by=desk.actor, settled_at=None
    ).annotate(number=Cast(KT("data__number"), TextField()))
    asked = set(open_requests.filter(number__in=numbers).values_list("number", flat=True))
    requests = [
        PersonRequest(
            service=desk.service,
            unit_id=_unit_asked_for(desk, decision),
            made_by=desk.actor,
            data=_data(decision),
        )
        for decision in decisions
        if decision.listed.number not in asked
    ]
    PersonRequest.objects.bulk_create(requests)
    return [
        entry(
            "request.made",
            actor=desk.actor,
            thing=request,
            organisation=desk.staff_import.unit.path,
            after={"number": request.data["number"]},
        )
        for request in requests
    ]


def _unit_asked_for(desk: Desk, decision: Decision) -> int:
    unit = desk.units.get(decision.listed.unit)
    return unit.pk if unit else desk.staff_import.unit_id


def _data(decision: Decision) -> dict[str, str]:
    """What was typed, without what is empty."""
    listed = decision.listed
    values = {name: getattr(listed, name) for name in ("number", *KEPT)}
    if listed.since:
        values["since"] = listed.since.isoformat()
    return {name: value for name, value in values.items() if value}
