from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from courses.models.lesson import Lesson, LessonText
from lms.people.models import User


class CourseRevision(models.Model):
    """A published state of a course, immutable: what officers read (`courses.outlines`)."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    languages = models.JSONField()
    outline = models.JSONField()
    published_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="one_revision_a_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="revisions_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.course.code} r{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a revision is never changed: publish the next one")
        super().save(*args, **kwargs)


class RevisionText(models.Model):
    """Names a text that a revision shows, and so protects it."""

    revision = models.ForeignKey(CourseRevision, models.PROTECT, related_name="texts")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="+")
    language = models.CharField(max_length=8)
    text = models.ForeignKey(LessonText, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "lesson", "language"], name="one_text_a_revision_and_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} {self.lesson_id} {self.language}"
