"""A file to download, with a few words about it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.exporting.output import Output
from courses.kinds import files
from courses.kinds.reading import ReadingLesson
from courses.kinds.titles import untitled
from courses.lesson_kinds import Hole
from courses.models import CourseRevision, Enrolment, Lesson, LessonFile
from courses.outlines import OutlineLesson

DOWNLOADS = "downloads"


class FileLesson(ReadingLesson):
    """The words are the lesson's text and may be left out; done by the button that also goes on."""

    code = "file"
    label = gettext_lazy("File")
    template = "courses/file.html"
    editor = "teaching:file"
    trial = ""

    def gather(self, lessons: Sequence[Lesson]) -> None:
        files.gather_files(lessons)

    def snapshot(self, lesson: Lesson) -> dict[str, Any]:
        return {DOWNLOADS: files.snapshot_of(lesson, LessonFile.Use.DOWNLOAD)}

    def holes(self, lesson: Lesson, languages: list[str]) -> list[Hole]:
        what = _("There is no file to download.")
        return [
            *untitled(lesson, languages),
            *files.holes_for(lesson, LessonFile.Use.DOWNLOAD, languages, what),
        ]

    def context(
        self, request: HttpRequest, item: OutlineLesson, enrolment: Enrolment | None, language: str
    ) -> dict[str, Any]:
        return {"download": files.choose(files.published_in(item.body, DOWNLOADS), language)}

    def published(self, revision: CourseRevision, item: OutlineLesson) -> None:
        files.protect(revision, item, (DOWNLOADS,))

    def copied(self, source: Lesson, lesson: Lesson) -> None:
        files.copy_files(source, lesson)

    def load(self, lesson: Lesson, entry: dict[str, Any], folder: Path) -> None:
        files.load_files(lesson, LessonFile.Use.DOWNLOAD, entry.get("file"), folder)

    def unload(self, lesson: Lesson, entry: dict[str, Any], output: Output) -> dict[str, Any]:
        use = LessonFile.Use.DOWNLOAD
        return {"file": files.unload_files(lesson, use, entry.get("file"), output)}
