"""Trainers make and change terms of their service's glossary."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from i18nfield.strings import LazyI18nString

from courses.glossary import forget_glossaries, write_words
from courses.models import Term
from courses.publishing import texts_of
from lms.audit.actions import record
from lms.people.models import Organisation, User


class KeyTaken(ValueError):
    """Another term of the service has this key."""


def add_term(*, service: Organisation, key: str, said: dict[str, Any], actor: User) -> Term:
    """Make a term; `said` has term, definition and avoid, each by language. Raises KeyTaken."""
    term = Term(service=service, key=key)
    try:
        with transaction.atomic():
            after = _write(term, said)[1]
            record("term.added", actor=actor, thing=term, organisation=service.path, after=after)
    except IntegrityError:
        raise KeyTaken(key) from None
    transaction.on_commit(forget_glossaries, robust=True)
    return term


def change_term(*, term: Term, said: dict[str, Any], actor: User) -> Term:
    """Change a term; only what differs is recorded, and nothing when nothing does."""
    with transaction.atomic():
        term = (
            Term.objects.select_for_update(of=("self",)).select_related("service").get(pk=term.pk)
        )
        before, after = _write(term, said)
        if after:
            record(
                "term.changed",
                actor=actor,
                thing=term,
                organisation=term.service.path,
                before=before,
                after=after,
            )
    transaction.on_commit(forget_glossaries, robust=True)
    return term


def _write(term: Term, said: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in said.items():
        old = getattr(term, name)
        old = old if name == "avoid" else texts_of(old)
        if old != value:
            before[name], after[name] = old, value
            setattr(term, name, value if name == "avoid" else LazyI18nString(value))
    if after:
        term.edited_at = timezone.now()
        term.save()
        write_words([term])
    return before, after
