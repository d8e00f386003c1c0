"""The one way to write into the audit log."""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from lms.audit.models import AuditEntry

address: ContextVar[str | None] = ContextVar("audit_address", default=None)


def entry(
    verb: str,
    *,
    actor: AbstractBaseUser | None,
    thing: models.Model,
    organisation: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """An entry that is not written yet; `record` says what its parts are."""
    return AuditEntry(
        verb=verb,
        actor=actor,  # type: ignore[misc] # the user model of this app is AUTH_USER_MODEL
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
    actor: AbstractBaseUser | None,
    thing: models.Model,
    organisation: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry in the caller's transaction: what is rolled back was not done.

    `verb` is "noun.past participle" ("certificate.revoked"); `organisation` the materialised path
    of the unit concerned; `before` and `after` hold only what changed, as JSON. Without an actor
    the system itself acted.
    """
    made = entry(
        verb, actor=actor, thing=thing, organisation=organisation, before=before, after=after
    )
    made.save(force_insert=True)
    return made


def record_many(entries: Iterable[AuditEntry]) -> None:
    """Add entries made by `entry` at once, in the caller's transaction, as `record` does one."""
    AuditEntry.objects.bulk_create(entries, batch_size=500)
