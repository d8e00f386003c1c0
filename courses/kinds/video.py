"""A film, with captions and a transcript: the lesson works without the film, as text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.exporting.output import Output
from courses.kinds import files
from courses.kinds.reading import ReadingLesson
from courses.kinds.titles import untitled
from courses.lesson_kinds import Hole
from courses.models import CourseRevision, Enrolment, Lesson, LessonFile
from courses.outlines import OutlineLesson

FILMS, CAPTIONS = "films", "captions"


class VideoLesson(ReadingLesson):
    """The transcript is the lesson's text; done by the button that also goes on."""

    code = "video"
    label = gettext_lazy("Video")
    template = "courses/video.html"
    editor = "teaching:video"
    trial = ""

    def gather(self, lessons: Sequence[Lesson]) -> None:
        files.gather_files(lessons)

    def snapshot(self, lesson: Lesson) -> dict[str, Any]:
        return {
            FILMS: files.snapshot_of(lesson, LessonFile.Use.VIDEO),
            CAPTIONS: files.snapshot_of(lesson, LessonFile.Use.CAPTIONS),
        }

    def holes(self, lesson: Lesson, languages: list[str]) -> list[Hole]:
        newest = lesson.newest_texts()
        address = reverse("teaching:lesson-text", args=[lesson.course.code, lesson.key])
        no_transcript = [
            Hole(
                code,
                lesson.key,
                _("The film has no transcript."),
                f"{address}?to={code}",
            )
            for code in languages
            if code not in newest or newest[code].is_blank
        ]
        return [
            *untitled(lesson, languages),
            *files.holes_for(lesson, LessonFile.Use.VIDEO, languages, _("The lesson has no film.")),
            *files.holes_for(
                lesson,
                LessonFile.Use.CAPTIONS,
                languages,
                _("The film has no captions."),
                each=True,
            ),
            *no_transcript,
        ]

    def context(
        self, request: HttpRequest, item: OutlineLesson, enrolment: Enrolment | None, language: str
    ) -> dict[str, Any]:
        """The film of the language, and captions: those of the language first, as default."""
        captions = files.published_in(item.body, CAPTIONS)
        order = sorted(captions, key=lambda code: (code != language, code))
        return {
            "film": files.choose(files.published_in(item.body, FILMS), language),
            "tracks": [(code, captions[code]) for code in order],
        }

    def published(self, revision: CourseRevision, item: OutlineLesson) -> None:
        files.protect(revision, item, (FILMS, CAPTIONS))

    def copied(self, source: Lesson, lesson: Lesson) -> None:
        files.copy_files(source, lesson)

    def load(self, lesson: Lesson, entry: dict[str, Any], folder: Path) -> None:
        files.load_files(lesson, LessonFile.Use.VIDEO, entry.get("film"), folder)
        files.load_files(lesson, LessonFile.Use.CAPTIONS, entry.get("captions"), folder)

    def unload(self, lesson: Lesson, entry: dict[str, Any], output: Output) -> dict[str, Any]:
        film, captions = LessonFile.Use.VIDEO, LessonFile.Use.CAPTIONS
        return {
            "film": files.unload_files(lesson, film, entry.get("film"), output),
            "captions": files.unload_files(lesson, captions, entry.get("captions"), output),
        }
