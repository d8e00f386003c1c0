"""Which lessons and questions serve each outcome of a course, and where none does.

Questions belong to an app that stands on this one: it registers where they come from.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from courses.models import Course
from courses.outlines import localize
from courses.texts import newest_of_course, title_of


@dataclass(frozen=True)
class Asked:
    """A question that the course's quizzes may ask."""

    key: str
    outcomes: list[str]
    address: str


@dataclass(frozen=True)
class Step:
    """A lesson by its title in the reader's language, else in one that it has."""

    key: str
    title: str
    outcomes: list[str]


@dataclass
class Row:
    """An outcome with what teaches it and what tests it."""

    key: str
    text: str
    lessons: list[Step] = field(default_factory=list)
    questions: list[Asked] = field(default_factory=list)


@dataclass(frozen=True)
class Matrix:
    rows: list[Row]
    loose_lessons: list[Step]  # lessons and questions that name no outcome of the course
    loose_questions: list[Asked]


Source = Callable[[Course], list[Asked]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Have the matrix show the questions that the function gives."""
    if source not in _sources:
        _sources.append(source)


def matrix_of(course: Course, language: str) -> Matrix:
    """The matrix of a draft; as many queries however many lessons and questions."""
    newest = newest_of_course(course)
    lessons = [
        Step(one.key, title_of(one, newest.get(one.pk, {}), language), one.outcomes)
        for one in course.lessons.filter(removed_at=None, module__removed_at=None).order_by(
            "module__position", "module__pk", "position", "pk"
        )
    ]
    questions = [asked for source in _sources for asked in source(course)]
    keys = [*course.outcome_keys, *[""] * len(course.outcomes)]
    rows = [
        Row(
            key=key,
            text=localize(outcome, language),
            lessons=[one for one in lessons if key and key in one.outcomes],
            questions=[one for one in questions if key and key in one.outcomes],
        )
        for outcome, key in zip(course.outcomes, keys, strict=False)
    ]
    known = {row.key for row in rows if row.key}
    return Matrix(
        rows,
        [one for one in lessons if not known & set(one.outcomes)],
        [one for one in questions if not known & set(one.outcomes)],
    )
