"""A lesson to read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.exporting.output import Output
from courses.lesson_kinds import Hole
from courses.models import CourseRevision, Enrolment, Lesson, LessonProgress
from courses.outlines import OutlineLesson
from courses.standing import counts


class ReadingLesson:
    """A text to read; done by the button that also goes on."""

    code = "reading"
    label = gettext_lazy("Reading")
    template = "courses/reading.html"
    by_hand = True
    editor = "teaching:lesson-text"
    trial = ""

    def is_done(self, item: OutlineLesson, progress: LessonProgress | None) -> bool:
        return counts(item, progress)

    def gather(self, lessons: Sequence[Lesson]) -> None:
        """Its texts are loaded for every kind alike."""

    def snapshot(self, lesson: Lesson) -> dict[str, Any]:
        return {}

    def holes(self, lesson: Lesson, languages: list[str]) -> list[Hole]:
        newest = lesson.newest_texts()
        holes = []
        for code in languages:
            text = newest.get(code)
            if text is None or text.is_blank:
                holes.append(Hole(code, lesson.key, _("The lesson has no text.")))
            elif not text.title.strip():
                holes.append(Hole(code, lesson.key, _("The lesson has no title.")))
        return holes

    def context(
        self, request: HttpRequest, item: OutlineLesson, enrolment: Enrolment | None, language: str
    ) -> dict[str, Any]:
        return {}

    def published(self, revision: CourseRevision, item: OutlineLesson) -> None:
        """Its texts are protected for every kind alike."""

    def created(self, lesson: Lesson) -> None:
        """Nothing beside its texts, which its editor writes."""

    def copied(self, source: Lesson, lesson: Lesson) -> None:
        """Its texts are copied for every kind alike."""

    def load(self, lesson: Lesson, entry: dict[str, Any], folder: Path) -> None:
        """Its texts are loaded for every kind alike."""

    def unload(self, lesson: Lesson, entry: dict[str, Any], output: Output) -> dict[str, Any]:
        """Its texts are written for every kind alike."""
        return {}
