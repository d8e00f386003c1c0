from typing import Any, Self

from django.core.validators import validate_slug
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField

from courses.models import CourseRevision, Lesson
from lms.people.models import Organisation, User
from lms.people.models.organisation import within
from lms.text import search_key


class QuestionBankQuerySet(models.QuerySet["QuestionBank"]):
    def visible_to(self, user: User) -> Self:
        """Those owned inside the subtrees that the user trains."""
        return self.filter(within(user.reach.trained, "owner__path"))


class QuestionBank(models.Model):
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="question_banks")
    key = models.CharField(_("key"), max_length=64, validators=[validate_slug])
    title = I18nCharField(_("title"), max_length=1000)

    objects = QuestionBankQuerySet.as_manager()

    class Meta:
        verbose_name = _("question bank")
        verbose_name_plural = _("question banks")
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="one_bank_key_an_owner")
        ]

    def __str__(self) -> str:
        return str(self.title)


class QuestionQuerySet(models.QuerySet["Question"]):
    def matching(self, text: str) -> Self:
        """Those whose newest version, key or tags contain every word of the text."""
        found = self
        for word in search_key(text).split():
            found = found.filter(search_key__contains=word)
        return found

    def tagged(self, tag: str) -> Self:
        return self.filter(search_key__contains=f"#{search_key(tag)}#")

    def missing_in(self, language: str) -> Self:
        """Those whose newest version is not whole in the language."""
        return self.exclude(written_in__contains=f" {language} ")

    def in_state(self, state: str) -> Self:
        """By "ready", "draft" (no version is ready) or "retired"."""
        if state == "retired":
            return self.exclude(retired_at=None)
        ready = Exists(QuestionVersion.objects.filter(question=OuterRef("pk"), state="ready"))
        found = self.filter(retired_at=None)
        return found.filter(ready) if state == "ready" else found.filter(~ready)


class Question(models.Model):
    """A question through its versions. `tags` is a list of slugs, `difficulty` 1 to 3.

    `search_key` (words of the newest version, key and "#tag#") and `written_in` (" uk en ", the
    languages in which that version is whole) are written with each version, since neither
    database searches Cyrillic in JSON.
    """

    bank = models.ForeignKey(QuestionBank, models.PROTECT, related_name="questions")
    key = models.CharField(_("key"), max_length=64, validators=[validate_slug])
    type = models.CharField(_("type"), max_length=32)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    difficulty = models.PositiveSmallIntegerField(_("difficulty"), default=1)
    outcomes = models.JSONField(  # keys of the outcomes that it tests
        _("outcomes"), default=list, db_default=Value([], models.JSONField()), blank=True
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    search_key = models.TextField(editable=False, default="")
    written_in = models.CharField(max_length=200, editable=False, default="")

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(fields=["bank", "key"], name="one_question_key_a_bank"),
            models.CheckConstraint(
                condition=Q(difficulty__gte=1, difficulty__lte=3), name="difficulty_one_to_three"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def keywords(self) -> str:
        """Tags and difficulty in one text, by which two editors' changes are told apart."""
        return f"{self.difficulty} {' '.join(self.tags)}"


class QuestionVersionQuerySet(models.QuerySet["QuestionVersion"]):
    def newest(self) -> Self:
        """Of each question the latest version, ready or not."""
        later = QuestionVersion.objects.filter(
            question=OuterRef("question"), number__gt=OuterRef("number")
        )
        return self.filter(~Exists(later))

    def newest_ready(self) -> Self:
        """Of each question not retired the latest ready version."""
        return self.latest_ready().filter(question__retired_at=None)

    def latest_ready(self) -> Self:
        """Of each question, retired or not, the latest ready version."""
        ready = QuestionVersion.State.READY
        later = QuestionVersion.objects.filter(
            question=OuterRef("question"), state=ready, number__gt=OuterRef("number")
        )
        return self.filter(~Exists(later), state=ready)


class QuestionVersion(models.Model):
    """The content of a question; once ready it never changes, and attempts keep theirs.

    `body` is JSON that the question's type validates (`quizzes.types`).
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        READY = "ready", _("ready")

    question = models.ForeignKey(Question, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    body = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = QuestionVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question version")
        verbose_name_plural = _("question versions")
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="one_version_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.question.key} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            stored = QuestionVersion.objects.filter(pk=self.pk, state=self.State.READY)
            if stored.exists():
                raise TypeError("a ready version is never changed: make the next one")
        super().save(*args, **kwargs)


class RevisionQuestion(models.Model):
    """Names a question version that a published fixed slot holds, and so protects it."""

    revision = models.ForeignKey(CourseRevision, models.PROTECT, related_name="+")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="+")
    version = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "lesson", "version"], name="one_row_a_revision_and_question"
            )
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} {self.version_id}"
