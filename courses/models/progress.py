from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.enrolment import Enrolment
from courses.models.lesson import Lesson, LessonText
from courses.models.revision import CourseRevision


class ProgressQuerySet(models.QuerySet["LessonProgress"]):
    def to_weigh(self) -> Self:
        """What a standing asks of each row: never the outlines of the revisions."""
        return self.select_related("revision").only(
            "enrolment", "lesson", "done_at", "revision__number"
        )


class LessonProgress(models.Model):
    """A lesson done in an enrolment: when, under which revision, and the text then shown."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="progress")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="progress")
    revision = models.ForeignKey(CourseRevision, models.PROTECT, related_name="+")
    text = models.ForeignKey(LessonText, models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(default=timezone.now)

    objects = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress")
        verbose_name_plural = _("progress")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "lesson"], name="one_progress_a_lesson")
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.lesson_id}"
