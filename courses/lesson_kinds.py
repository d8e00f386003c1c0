"""The registry of lesson kinds. A leaf: apps add their kinds in `apps.py: ready()`.

A kind that the code no longer knows is shown as such and never counts as done.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.functional import Promise

if TYPE_CHECKING:
    from courses.exporting.output import Output
    from courses.models import CourseRevision, Enrolment, Lesson, LessonProgress
    from courses.outlines import OutlineLesson


class Hole(NamedTuple):
    """What keeps a lesson from going out: `language` is empty when it concerns every language.

    `where` is the key of the course, module or lesson, or "lesson/question"; `url` the page where
    it can be mended, empty for that of the lesson's editor. `called` is what a person knows the
    part of the lesson by.
    """

    language: str
    where: str
    what: str
    url: str = ""
    called: str = ""


class LessonKind(Protocol):
    """What a lesson of this kind is to the three people."""

    code: str  # stored in Lesson.kind
    label: "str | Promise"
    template: str  # the learner's page, extends courses/lesson_base.html
    by_hand: bool  # the officer marks it done with the button that also goes on
    editor: str  # name of the trainer's page that edits such a lesson, reversed with (code, key)
    trial: str  # likewise, of the page that tries it without a trace; empty where there is none

    def is_done(self, item: "OutlineLesson", progress: "LessonProgress | None") -> bool:
        """Whether the lesson, as published, counts as done by this progress."""

    def gather(self, lessons: "Sequence[Lesson]") -> None:
        """Load onto many lessons what `holes` and `snapshot` read of each, in a fixed number of
        queries; both work without it too, each with queries of its own."""

    def snapshot(self, lesson: "Lesson") -> dict[str, Any]:
        """What goes into a revision; JSON."""

    def holes(self, lesson: "Lesson", languages: list[str]) -> list[Hole]:
        """What is missing before the lesson can be published in the languages."""

    def context(
        self,
        request: HttpRequest,
        item: "OutlineLesson",
        enrolment: "Enrolment | None",
        language: str,
    ) -> dict[str, Any]:
        """What the learner's template needs beside the lesson itself."""

    def published(self, revision: "CourseRevision", item: "OutlineLesson") -> None:
        """Protect what the revision names of this lesson, in the publication's transaction."""

    def created(self, lesson: "Lesson") -> None:
        """Make what a new, empty lesson of this kind needs, in the transaction that adds it."""

    def copied(self, source: "Lesson", lesson: "Lesson") -> None:
        """Give a duplicate its own part of the source, in the transaction that adds it."""

    def load(self, lesson: "Lesson", entry: dict[str, Any], folder: Path) -> None:
        """Bring the lesson's own part up to date from the catalogue's files."""

    def unload(self, lesson: "Lesson", entry: dict[str, Any], output: "Output") -> dict[str, Any]:
        """What the lesson's entry in course.yaml is to say of its own part: `load` backwards.

        `entry` is what it says now, empty for a new one; files beside it go into the output. Values
        of `lms.yaml_edits` say what may be left out and what stands on one line.
        """


_kinds: dict[str, LessonKind] = {}


def register(kind: LessonKind) -> None:
    """Add a kind. Raises ImproperlyConfigured when its code is taken."""
    if kind.code in _kinds:
        raise ImproperlyConfigured(f"two lesson kinds call themselves {kind.code!r}")
    _kinds[kind.code] = kind


def get(code: str) -> LessonKind | None:
    """The kind of this code, or None when the code no longer knows it."""
    return _kinds.get(code)


def all_kinds() -> list[LessonKind]:
    return list(_kinds.values())


def gather(lessons: "Sequence[Lesson]") -> None:
    """Let each kind load what it needs of its own among the lessons."""
    for kind in _kinds.values():
        if own := [lesson for lesson in lessons if lesson.kind == kind.code]:
            kind.gather(own)


@contextmanager
def temporarily(kind: LessonKind) -> Iterator[None]:
    """Have the kind inside the `with` block; for tests."""
    register(kind)
    try:
        yield
    finally:
        del _kinds[kind.code]
