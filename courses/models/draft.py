from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from courses.models.lesson import Lesson, LessonText
from courses.models.text import Draft
from lms.people.models import User


class TextDraftQuerySet(models.QuerySet["TextDraft"]):
    def visible_to(self, user: User) -> Self:
        """One's own, of courses that one still teaches."""
        return self.filter(editor=user, lesson__course__in=Course.objects.taught_by(user))


class TextDraft(Draft):
    """One an editor, lesson and language."""

    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="drafts")
    editor = models.ForeignKey(User, models.PROTECT, related_name="text_drafts")
    base = models.ForeignKey(LessonText, models.PROTECT, null=True, blank=True, related_name="+")

    objects = TextDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of a text")
        verbose_name_plural = _("drafts of texts")
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "language", "editor"], name="one_draft_an_editor"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} {self.language} by {self.editor_id}"
