import uuid
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from lms.people.models import User


class CourseFileQuerySet(models.QuerySet["CourseFile"]):
    def visible_to(self, user: User) -> Self:
        """The files of the courses that the user sees."""
        return self.filter(course__in=Course.objects.visible_to(user).values("pk"))


class CourseFile(models.Model):
    """A picture or another file of a course, in one language where it carries words.

    Immutable and known by its content: a changed drawing is another row, so that a published
    revision keeps showing what it showed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, models.PROTECT, related_name="files")
    name = models.CharField(_("name"), max_length=128)
    language = models.CharField(max_length=8, blank=True)
    content_type = models.CharField(max_length=100)  # that of DOCX has 71
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="courses/%Y/%m")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    alt = models.CharField(
        _("what the picture shows, for those who do not see it"), max_length=500, blank=True
    )
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = CourseFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.UniqueConstraint(
                fields=["course", "name", "language", "sha256"], name="one_row_a_file_content"
            )
        ]

    def __str__(self) -> str:
        return self.name


class TextFile(models.Model):
    """Names a file shown in a text, and so protects it."""

    text = models.ForeignKey("courses.LessonText", models.PROTECT, related_name="+")
    file = models.ForeignKey(CourseFile, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["text", "file"], name="one_row_a_text_and_file")
        ]

    def __str__(self) -> str:
        return f"{self.text_id} → {self.file_id}"


class LessonFile(models.Model):
    """A file that a lesson's draft uses beside its text: a film, its captions, a download."""

    class Use(models.TextChoices):
        VIDEO = "video", _("video")
        CAPTIONS = "captions", _("captions")
        DOWNLOAD = "download", _("file to download")

    lesson = models.ForeignKey("courses.Lesson", models.PROTECT, related_name="lesson_files")
    file = models.ForeignKey(CourseFile, models.PROTECT, related_name="+")
    use = models.CharField(max_length=16, choices=Use.choices)
    language = models.CharField(
        max_length=8, blank=True, help_text="empty: one file for all languages"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "use", "language"], name="one_lesson_file_a_use"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} {self.use} {self.language}"


class RevisionFile(models.Model):
    """Names a file that a revision's lesson uses beside its text, and so protects it."""

    revision = models.ForeignKey("courses.CourseRevision", models.PROTECT, related_name="+")
    lesson = models.ForeignKey("courses.Lesson", models.PROTECT, related_name="+")
    file = models.ForeignKey(CourseFile, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "lesson", "file"], name="one_row_a_revision_and_file"
            )
        ]

    def __str__(self) -> str:
        return f"{self.revision_id} → {self.file_id}"
