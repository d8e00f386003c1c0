from typing import Any, Self

from django.core.validators import validate_slug
from django.db import models
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField, I18nTextField

from lms.people.models import Organisation, User
from lms.text import search_key, sort_key


class TermQuerySet(models.QuerySet["Term"]):
    def visible_to(self, user: User) -> Self:
        """Those of the user's service."""
        return self.filter(service=user.service_id)

    def matching(self, text: str) -> Self:
        """Those of which the term or its definition, in one language, has every word."""
        words = TermWords.objects.filter(term=OuterRef("pk"))
        for word in search_key(text).split():
            words = words.filter(search_key__contains=word)
        return self.filter(Exists(words))

    def in_order(self, language: str) -> Self:
        """Sorted by the alphabet of the language; what it lacks comes last, by the key."""
        words = TermWords.objects.filter(term=OuterRef("pk"), language=language)
        return self.annotate(in_language=Subquery(words.values("sort_key")[:1])).order_by(
            F("in_language").asc(nulls_last=True), "key"
        )


class Term(models.Model):
    """A word of the glossary of a service, with a short definition, in each language.

    `avoid` maps a language to words that mean the same and are not to be used. `edited_at` says
    that a person has changed it since the catalogue's file was loaded.
    """

    service = models.ForeignKey(Organisation, models.PROTECT, related_name="terms")
    key = models.CharField(_("key"), max_length=64, validators=[validate_slug])
    term = I18nCharField(_("term"), max_length=1000)
    definition = I18nTextField(_("definition"))
    avoid = models.JSONField(_("not to be used"), default=dict, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        constraints = [
            models.UniqueConstraint(fields=["service", "key"], name="one_term_key_a_service")
        ]

    def __str__(self) -> str:
        return str(self.term)

    def in_each_language(self) -> dict[str, tuple[str, str]]:
        """Term and definition in the languages that have both."""
        terms: dict[str, Any] = getattr(self.term, "data", None) or {}
        definitions: dict[str, Any] = getattr(self.definition, "data", None) or {}
        return {
            code: (str(word), str(definitions[code]))
            for code, word in terms.items()
            if word and definitions.get(code)
        }


class TermWords(models.Model):
    """What the glossary searches and sorts by: a term and its definition in one language."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="words")
    language = models.CharField(max_length=8)
    search_key = models.TextField()
    sort_key = models.CharField(max_length=1000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["term", "language"], name="one_term_a_language")
        ]

    def __str__(self) -> str:
        return f"{self.term_id} {self.language}"

    @classmethod
    def of(cls, term: Term) -> list["TermWords"]:
        """The keys of a term, not yet saved."""
        return [
            cls(
                term=term,
                language=language,
                search_key=search_key(word, definition, term.key.replace("-", " ")),
                sort_key=sort_key(word)[:1000],
            )
            for language, (word, definition) in term.in_each_language().items()
        ]
