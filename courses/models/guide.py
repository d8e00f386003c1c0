from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from i18nfield.strings import LazyI18nString

from courses.models.course import Course
from courses.models.file import CourseFile
from courses.models.text import Draft, Text, TextQuerySet
from lms.people.models import User


class GuideText(Text):
    """The trainer's guide of a course in one language and version; never part of a revision."""

    OF = "course"

    course = models.ForeignKey(Course, models.PROTECT, related_name="guide_texts")
    files = models.ManyToManyField(CourseFile, through="GuideFile", related_name="guide_texts")

    objects = TextQuerySet["GuideText"].as_manager()

    class Meta:
        verbose_name = _("trainer’s guide")
        verbose_name_plural = _("trainers’ guides")
        constraints = [
            models.UniqueConstraint(
                fields=["course", "language", "version"], name="one_guide_a_version"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="guide_versions_from_one"),
        ]

    @property
    def written(self) -> "Guide":
        return Guide(self.course)


class GuideFile(models.Model):
    """Names a file shown in a guide, and so protects it."""

    text = models.ForeignKey(GuideText, models.PROTECT, related_name="+")
    file = models.ForeignKey(CourseFile, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["text", "file"], name="one_row_a_guide_and_file")
        ]

    def __str__(self) -> str:
        return f"{self.text_id} → {self.file_id}"


class GuideDraftQuerySet(models.QuerySet["GuideDraft"]):
    def visible_to(self, user: User) -> Self:
        """One's own, of courses that one still teaches."""
        return self.filter(editor=user, course__in=Course.objects.taught_by(user))


class GuideDraft(Draft):
    """One an editor, course and language."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="guide_drafts")
    editor = models.ForeignKey(User, models.PROTECT, related_name="guide_drafts")
    base = models.ForeignKey(GuideText, models.PROTECT, null=True, blank=True, related_name="+")

    objects = GuideDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of a trainer’s guide")
        verbose_name_plural = _("drafts of trainers’ guides")
        constraints = [
            models.UniqueConstraint(
                fields=["course", "language", "editor"], name="one_guide_draft_an_editor"
            )
        ]

    def __str__(self) -> str:
        return f"{self.course_id} {self.language} by {self.editor_id}"


@dataclass(frozen=True)
class Guide:
    """The trainer's guide of a course: written as a lesson is, and with its views and actions.

    `KEY` stands for it where a lesson's key would: in addresses, and as the folder of its files.
    """

    KEY: ClassVar[str] = "GUIDE"

    course: Course

    def __str__(self) -> str:
        return f"{self.course.code}/{self.KEY}"

    @property
    def key(self) -> str:
        return self.KEY

    @property
    def pk(self) -> str:
        """Apart from those of lessons."""
        return f"guide-{self.course.pk}"

    @property
    def title(self) -> LazyI18nString:
        """What a guide is called before it is written, in each language."""
        said = {}
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                said[code] = gettext("Trainer’s guide")
        return LazyI18nString(said)

    @property
    def texts(self) -> "models.Manager[GuideText]":
        return self.course.guide_texts

    @property
    def drafts(self) -> "models.Manager[GuideDraft]":
        return self.course.guide_drafts

    def locked(self) -> "Guide":
        """The guide, kept from other writers until the transaction ends."""
        rows = Course.objects.select_for_update(of=("self",)).select_related("owner")
        return Guide(rows.get(pk=self.course.pk))

    def new_text(self, **fields: Any) -> GuideText:
        """One not yet saved."""
        return GuideText(course=self.course, **fields)

    def newest_texts(self) -> dict[str, GuideText]:
        """The newest text of each language."""
        return {text.language: text for text in self.course.guide_texts.newest()}
