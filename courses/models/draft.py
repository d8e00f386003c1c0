from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from courses.models.lesson import Lesson, LessonText
from lms.people.models import User


class TextDraftQuerySet(models.QuerySet["TextDraft"]):
    def visible_to(self, user: User) -> Self:
        """One's own, of courses that one still teaches."""
        return self.filter(editor=user, lesson__course__in=Course.objects.taught_by(user))


class TextDraft(models.Model):
    """What an editor has typed and not yet saved as a version; one an editor, lesson and language.

    `base` is the text that the typing began from (none for a first text): when it is no longer the
    newest at the time of saving, somebody else has saved in between.
    """

    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="drafts")
    language = models.CharField(max_length=8)
    editor = models.ForeignKey(User, models.PROTECT, related_name="text_drafts")
    title = models.CharField(max_length=255, blank=True)
    body = models.TextField(blank=True)
    base = models.ForeignKey(LessonText, models.PROTECT, null=True, blank=True, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)

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
