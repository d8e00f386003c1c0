"""The outline of a draft as its author sees it: what is there, what is missing where."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from courses import lesson_kinds
from courses.lesson_kinds import Hole
from courses.models import Course, Lesson, Module
from courses.publishing import Draft, Verdict, draft_of, is_changed, judge, places_of, texts_of


@dataclass(frozen=True)
class Badge:
    """Where one language of a lesson stands: "whole", "stale" or "missing"."""

    language: str
    state: str

    @property
    def words(self) -> str:
        if self.state == "missing":
            return _("something is missing")
        return _("older than its original") if self.state == "stale" else _("complete")


class Title(str):
    """A title that knows its language, which need not be the reader's."""

    language: str


@dataclass(frozen=True)
class PlannedLesson:
    lesson: Lesson
    title: Title
    kind: str | Promise
    editor: str  # address
    badges: list[Badge]
    holes: list[Hole]
    up: str  # what the button posts as `move`; empty where there is no way
    down: str

    @property
    def blockers(self) -> list[Hole]:
        """What concerns every language."""
        return [hole for hole in self.holes if not hole.language]


@dataclass(frozen=True)
class PlannedModule:
    module: Module
    title: Title
    number: int
    lessons: list[PlannedLesson]
    untitled: list[str]  # languages in which its title is missing
    up: str
    down: str

    @property
    def minutes(self) -> int:
        return sum(one.lesson.minutes for one in self.lessons)


@dataclass(frozen=True)
class Plan:
    draft: Draft
    verdict: Verdict
    modules: list[PlannedModule]
    is_changed: bool

    @property
    def minutes(self) -> int:
        return sum(one.minutes for one in self.modules)

    @property
    def missing(self) -> list[tuple[str, int]]:
        """How many places to mend in each language, those for all first."""
        languages = ["", *self.draft.course.languages]
        counted = [
            (code, sum(hole.language == code for hole in self.verdict.holes)) for code in languages
        ]
        return [(code, number) for code, number in counted if number]

    @property
    def stale(self) -> int:
        """How many translations are older than their originals."""
        return sum(
            badge.state == "stale"
            for module in self.modules
            for lesson in module.lessons
            for badge in lesson.badges
        )


def title_of(thing: Module | Lesson, language: str) -> Title:
    """The title in the language, else in any; a lesson's text carries its title."""
    titles = texts_of(thing.title)
    if isinstance(thing, Lesson):
        newest = thing.newest_texts()
        titles |= {code: text.title for code, text in newest.items() if text.title}
    shown = language if titles.get(language) else next(iter(titles), "")
    title = Title(titles[shown] if shown else _("without a title"))
    title.language = shown or language
    return title


def plan_of(course: Course, language: str) -> Plan:
    """The whole outline, in a fixed number of queries."""
    draft = draft_of(course)
    holes: dict[tuple[str, int], list[Hole]] = {
        (type(place).__name__, place.pk): found for place, found in places_of(draft)
    }
    verdict = judge(draft, [hole for found in holes.values() for hole in found])
    modules = []
    for number, (module, _lessons) in enumerate(draft.modules, 1):
        before = draft.modules[number - 2][0] if number > 1 else None
        after = draft.modules[number][0] if number < len(draft.modules) else None
        modules.append(
            PlannedModule(
                module=module,
                title=title_of(module, language),
                number=number,
                lessons=_lessons_of(draft, number - 1, language, holes),
                untitled=[c for c in course.languages if not texts_of(module.title).get(c)],
                up=f"module {module.key} before {before.key}" if before else "",
                down=f"module {module.key} after {after.key}" if after else "",
            )
        )
    return Plan(draft, verdict, modules, is_changed(draft, verdict))


def _lessons_of(
    draft: Draft, index: int, language: str, holes: dict[tuple[str, int], list[Hole]]
) -> list[PlannedLesson]:
    course = draft.course
    _module, lessons = draft.modules[index]
    planned = []
    for place, lesson in enumerate(lessons):
        kind = lesson_kinds.get(lesson.kind)
        own = holes.get(("Lesson", lesson.pk), [])
        planned.append(
            PlannedLesson(
                lesson=lesson,
                title=title_of(lesson, language),
                kind=kind.label if kind else lesson.kind,
                editor=reverse(kind.editor, args=[course.code, lesson.key]) if kind else "",
                badges=_badges(own, course.languages, stale_languages(lesson)),
                holes=own,
                up=_up(draft, index, place),
                down=_down(draft, index, place),
            )
        )
    return planned


def _up(draft: Draft, index: int, place: int) -> str:
    """Before the lesson above; from the top of a module to the end of the one above it."""
    _module, lessons = draft.modules[index]
    if place:
        return f"lesson {lessons[place].key} before {lessons[place - 1].key}"
    if index:
        return f"lesson {lessons[place].key} into {draft.modules[index - 1][0].key}"
    return ""


def _down(draft: Draft, index: int, place: int) -> str:
    """Behind the lesson below; from the end of a module to the top of the one below it."""
    _module, lessons = draft.modules[index]
    if place + 1 < len(lessons):
        return f"lesson {lessons[place].key} after {lessons[place + 1].key}"
    if index + 1 < len(draft.modules):
        following, its = draft.modules[index + 1]
        if its:
            return f"lesson {lessons[place].key} before {its[0].key}"
        return f"lesson {lessons[place].key} into {following.key}"
    return ""


def stale_languages(lesson: Lesson) -> frozenset[str]:
    """The languages whose newest text was made from one that is no longer the newest."""
    newest = lesson.newest_texts()
    current = {text.pk for text in newest.values()}
    return frozenset(
        code
        for code, text in newest.items()
        if text.source_id is not None and text.source_id not in current
    )


def _badges(holes: list[Hole], languages: list[str], stale: frozenset[str]) -> list[Badge]:
    missing = {hole.language for hole in holes}
    return [
        Badge(code, "missing" if code in missing else "stale" if code in stale else "whole")
        for code in languages
    ]
