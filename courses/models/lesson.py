from collections.abc import Iterable
from typing import Any

from django.core.validators import validate_slug
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField

from courses.models.course import Course
from courses.models.file import CourseFile, TextFile
from courses.models.text import Text, TextQuerySet


class Module(models.Model):
    """A part of a course; `removed_at` keeps what revisions and progress still name."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="modules")
    key = models.CharField(_("key"), max_length=64, validators=[validate_slug])
    title = I18nCharField(_("title"), max_length=1000)
    position = models.PositiveIntegerField(_("position"))
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["course", "key"], name="one_module_key_a_course"),
        ]

    def __str__(self) -> str:
        return str(self.title)


class Lesson(models.Model):
    """A step of a module. What it is, its kind says (`courses.lesson_kinds`)."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="lessons")
    module = models.ForeignKey(Module, models.PROTECT, related_name="lessons")
    key = models.CharField(_("key"), max_length=64, validators=[validate_slug])
    kind = models.CharField(_("kind"), max_length=32)
    title = I18nCharField(
        _("title"),
        max_length=1000,
        blank=True,
        help_text=_("Of a lesson without a text of its own; a text carries its title."),
    )
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=0)
    required = models.BooleanField(_("required"), default=True)
    outcomes = models.JSONField(  # keys of the course's outcomes that it serves
        _("outcomes"), default=list, db_default=Value([], models.JSONField()), blank=True
    )
    position = models.PositiveIntegerField(_("position"))
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ["module__position", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["course", "key"], name="one_lesson_key_a_course"),
        ]

    def __str__(self) -> str:
        return f"{self.course.code}/{self.key}"

    def locked(self) -> "Lesson":
        """The lesson, kept from other writers until the transaction ends."""
        return Lesson.objects.select_for_update().select_related("course").get(pk=self.pk)

    def new_text(self, **fields: Any) -> "LessonText":
        """One not yet saved."""
        return LessonText(lesson=self, **fields)

    def newest_texts(self) -> dict[str, "LessonText"]:
        """The newest text of each language; as loaded for many lessons at once, if they were."""
        gathered: dict[str, LessonText] | None = self.__dict__.get("_newest_texts")
        if gathered is not None:
            return gathered
        return {text.language: text for text in self.texts.newest()}

    @staticmethod
    def gather_newest_texts(lessons: "Iterable[Lesson]") -> None:
        """Have the newest texts of all the lessons at hand, without their bodies. One query."""
        by_id = {lesson.pk: lesson for lesson in lessons}
        for lesson in by_id.values():
            lesson.__dict__["_newest_texts"] = {}
        for text in LessonText.objects.filter(lesson__in=by_id).newest().without_bodies():
            by_id[text.lesson_id].__dict__["_newest_texts"][text.language] = text


class LessonText(Text):
    """A lesson's text in one language and version."""

    OF = "lesson"

    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="texts")
    files = models.ManyToManyField(CourseFile, through=TextFile, related_name="texts")

    objects = TextQuerySet["LessonText"].as_manager()

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "language", "version"], name="one_text_a_version"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="text_versions_from_one"),
        ]

    @property
    def written(self) -> Lesson:
        return self.lesson
