"""The glossary: brought up to date from its file, and shown beside the lessons that link to it.

A lesson's text is kept in memory for ever and links to its terms alone; what these say is read once
a minute and process, so an edited term shows in lessons a minute later at most.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from threading import Lock
from typing import Any

from cachetools import TTLCache
from django.core.exceptions import ValidationError
from django.db import transaction
from i18nfield.strings import LazyI18nString

from courses.catalogue import CatalogueError
from courses.models import Term, TermWords
from courses.richtext import TERM_HREF
from lms.people.models import Organisation
from lms.readable import read_yaml

FILE = "glossary.yaml"
SECONDS_KEPT = 60
LINK = re.compile(rf'<a href="{TERM_HREF}([\w-]+)"([^>]*)>(.*?)</a>', re.DOTALL)
Words = dict[str, dict[str, tuple[str, str]]]
_glossaries: TTLCache[int, Words] = TTLCache(maxsize=64, ttl=SECONDS_KEPT)
_lock = Lock()


@dataclass(frozen=True)
class ShownTerm:
    key: str
    term: str
    definition: str


@dataclass(frozen=True)
class WithTerms:
    """A lesson's sanitised text with the terms that it links to, in the order of the text."""

    language: str
    html: str
    terms: list[ShownTerm]


def words_of(service: int) -> Words:
    """Of each key term and definition by language; a query when they are not in memory."""
    with _lock:
        found = _glossaries.get(service)
    if found is None:
        rows = Term.objects.filter(service=service)
        found = {row.key: row.in_each_language() for row in rows}
        with _lock:
            _glossaries[service] = found
    return found


def forget_glossaries() -> None:
    """Have the next lesson read its terms anew."""
    with _lock:
        _glossaries.clear()


def with_terms(html: str, language: str, service: int) -> WithTerms:
    """A sanitised text whose first link to each term has a place to come back to.

    A link to a term that the glossary does not have in the language is plain words.
    """
    if f'<a href="{TERM_HREF}' not in html:
        return WithTerms(language, html, [])
    words = words_of(service)
    found: dict[str, ShownTerm] = {}

    def link(match: re.Match[str]) -> str:
        key, rest, inside = match.groups()
        term = words.get(key, {}).get(language)
        if term is None:
            return inside
        place = "" if key in found else f' id="at-{escape(key)}"'
        found.setdefault(key, ShownTerm(key, *term))
        return f'<a href="{TERM_HREF}{escape(key)}"{place}{rest}>{inside}</a>'

    return WithTerms(language, LINK.sub(link, html), list(found.values()))


@dataclass
class Loaded:
    """What a load came to: keys made, changed, and left alone because a person edited them."""

    new: list[str]
    changed: list[str]
    kept: list[str]


def load_glossary(path: Path, *, owner: Organisation) -> Loaded:
    """Bring the terms of a service up to date from the file, in one transaction.

    What a person edited in the product stays as it is; terms gone from the file stay too. Raises
    CatalogueError.
    """
    known = {term.key: term for term in Term.objects.filter(service=owner)}
    result = Loaded([], [], [])
    fresh: list[Term] = []
    for key, entry in (read_yaml(path) or {}).items():
        said = _said(path, key, entry)
        term = known.get(key)
        if term is not None and _stored(term) == said:
            continue
        if term is not None and term.edited_at:
            result.kept.append(key)
            continue
        made = Term(pk=term.pk if term else None, service=owner, key=key)
        made.term, made.definition = (
            LazyI18nString(said["term"]),
            LazyI18nString(said["definition"]),
        )
        made.avoid = said["avoid"]
        fresh.append(made)
        (result.changed if term else result.new).append(key)
    with transaction.atomic():
        Term.objects.bulk_create([term for term in fresh if term.pk is None])
        changed = [term for term in fresh if term.key in result.changed]
        Term.objects.bulk_update(changed, ["term", "definition", "avoid"])
        write_words(fresh)
    forget_glossaries()
    return result


def write_words(terms: Iterable[Term]) -> None:
    """Write the keys by which terms are searched and sorted anew."""
    terms = list(terms)
    TermWords.objects.filter(term__in=terms).delete()
    TermWords.objects.bulk_create(words for term in terms for words in TermWords.of(term))


def _said(path: Path, key: Any, entry: Any) -> dict[str, Any]:
    try:
        Term._meta.get_field("key").run_validators(key)
        return {
            "term": dict(entry["term"]),
            "definition": dict(entry["definition"]),
            "avoid": {code: list(words) for code, words in entry.get("avoid", {}).items()},
        }
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as error:
        raise CatalogueError(f"{path.name}: {key}: {error}") from error


def _stored(term: Term) -> dict[str, Any]:
    return {"term": term.term.data, "definition": term.definition.data, "avoid": term.avoid}
