"""The one way to write into the audit log, and what the law on personal data takes out of it."""

from collections.abc import Collection, Iterable, Mapping
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q

from lms.audit.models import AuditEntry
from lms.prepared import PreparedInsert

_insert = PreparedInsert(AuditEntry)
address: ContextVar[str | None] = ContextVar("audit_address", default=None)


def entry(
    verb: str,
    *,
    actor: AbstractBaseUser | str | None,
    thing: models.Model,
    organisation: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """An entry that is not written yet; `record` says what its parts are."""
    return AuditEntry(
        verb=verb,
        actor=None if isinstance(actor, str) else actor,  # type: ignore[misc] # AUTH_USER_MODEL
        actor_name=str(actor)[:255] if actor else "",
        address=address.get(),
        thing_type=thing._meta.label_lower,
        thing_id=str(thing.pk),
        thing_name=str(thing)[:255],
        organisation=organisation,
        before=before,
        after=after,
    )


def record(
    verb: str,
    *,
    actor: AbstractBaseUser | str | None,
    thing: models.Model,
    organisation: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry in the caller's transaction: what is rolled back was not done.

    `verb` is "noun.past participle" ("certificate.revoked"); `organisation` the materialised path
    of the unit concerned; `before` and `after` hold only what changed, as JSON. Who acts without an
    account is named in a text; without an actor the system itself acted.
    """
    made = entry(
        verb, actor=actor, thing=thing, organisation=organisation, before=before, after=after
    )
    _insert([made])
    return made


def record_many(entries: Iterable[AuditEntry]) -> None:
    """Add entries made by `entry` at once, in the caller's transaction, as `record` does one."""
    AuditEntry.objects.bulk_create(entries, batch_size=500)


# What entries say of a person, in `before` and `after`: names, and words that others typed of him.
PERSONAL = frozenset(
    {
        "email",
        "family_name",
        "family_name_latin",
        "given_name",
        "given_name_latin",
        "latin",
        "login",
        "name",
        "name_latin",
        "name_native",
        "note",
        "notes",
        "number",
        "patronymic",
        "rank",
        "reason",
    }
)
SEPARATOR = " · "  # "Щербань Гнат · DOC-01": how an enrolment is called
BATCH = 200


def pseudonymise(
    *, actor: AbstractBaseUser, about: Q, named: Collection[str], pseudonym: str
) -> None:
    """Put the pseudonym in the place of a person, in the caller's transaction; no entry goes.

    The entries that the person made lose name and address. Those that `about` finds lose the
    personal values and, where the things of their type are called after the person (`named`), the
    name up to the separator. A second call changes nothing.
    """
    AuditEntry.objects.filter(actor=actor.pk).update(actor_name=pseudonym, address=None)
    found = list(AuditEntry.objects.filter(about))
    for row in found:
        if row.thing_type in named:
            _name, mid, rest = row.thing_name.partition(SEPARATOR)
            row.thing_name = f"{pseudonym}{mid}{rest}"[:255]
    AuditEntry.objects.bulk_update(found, ["thing_name"], batch_size=BATCH)
    for row in found:
        values = {"before": row.before, "after": row.after}
        without = {name: _without_person(value, pseudonym) for name, value in values.items()}
        if without != values:
            AuditEntry.objects.filter(pk=row.pk).update(**without)


def _without_person(values: Any, pseudonym: str, is_personal: bool = False) -> Any:
    if isinstance(values, Mapping):
        return {
            key: _without_person(value, pseudonym, is_personal or key in PERSONAL)
            for key, value in values.items()
        }
    if isinstance(values, list):
        return [_without_person(value, pseudonym, is_personal) for value in values]
    return pseudonym if is_personal and isinstance(values, str) and values else values


def forget_addresses(*, entries: Collection[int]) -> None:
    """Take the network addresses out of entries; a second call changes nothing."""
    AuditEntry.objects.filter(pk__in=entries).update(address=None)
