"""Where an officer stands in a course: derived from the outline and the progress, pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from courses import lesson_kinds
from courses.models import LessonProgress
from courses.outlines import Outline, OutlineLesson, OutlineModule


@dataclass(frozen=True)
class Standing:
    """What is done of an outline. Progress in lessons no longer in it does not count here."""

    outline: Outline
    done: frozenset[int]  # ids of lessons
    last: int | None = None  # id of the lesson done last

    @cached_property
    def left(self) -> tuple[OutlineLesson, ...]:
        """The required lessons not yet done: the answer to "why not complete?"."""
        return tuple(
            item for item in self.outline.lessons if item.required and item.id not in self.done
        )

    @property
    def is_complete(self) -> bool:
        return not self.left and any(item.required for item in self.outline.lessons)

    @cached_property
    def percent(self) -> int:
        """Share of the required lessons done, 0 to 100, rounded down."""
        required = [item for item in self.outline.lessons if item.required]
        if not required:
            return 0
        return 100 * sum(item.id in self.done for item in required) // len(required)

    @cached_property
    def minutes_left(self) -> int:
        return sum(item.minutes for item in self.left)

    @cached_property
    def next(self) -> OutlineLesson | None:
        """Where to continue: the first lesson not done after the last one done, else the first."""
        lessons = self.outline.lessons
        start = next((i for i, item in enumerate(lessons) if item.id == self.last), -1) + 1
        return next(
            (item for item in (*lessons[start:], *lessons[:start]) if item.id not in self.done),
            None,
        )

    def module_done(self, module: OutlineModule) -> bool:
        return all(item.id in self.done for item in module.lessons if item.required)

    @cached_property
    def route(self) -> tuple[str, ...]:
        """A post a module: "done", "here" (that of the next lesson) or ""."""
        here = self.outline.places[self.next.id][0] if self.next else None
        return tuple(
            "done" if self.module_done(module) else "here" if number == here else ""
            for number, module in enumerate(self.outline.modules)
        )

    @property
    def modules_done(self) -> int:
        return self.route.count("done")


def standing_of(outline: Outline, progress: Iterable[LessonProgress]) -> Standing:
    """Weigh the progress of one enrolment against an outline."""
    rows: Mapping[int, LessonProgress] = {row.lesson_id: row for row in progress}
    done = set()
    for item in outline.lessons:
        kind = lesson_kinds.get(item.kind)
        if kind and kind.is_done(item, rows.get(item.id)):
            done.add(item.id)
    latest = max((rows[pk] for pk in done), key=lambda row: (row.done_at, row.pk), default=None)
    return Standing(outline, frozenset(done), latest.lesson_id if latest else None)


def counts(item: OutlineLesson, progress: LessonProgress | None) -> bool:
    """Whether progress counts for the lesson as published: not if it must be taken again since."""
    return progress is not None and progress.revision.number >= item.retake_from
