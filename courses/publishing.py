"""From draft to revision: what is missing, and what goes out."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from courses import lesson_kinds
from courses.lesson_kinds import Hole
from courses.models import Course, CourseRevision, Lesson, LessonText, Module
from courses.outlines import I18nText, Outline, OutlineLesson, OutlineModule, outline_of


@dataclass(frozen=True)
class Draft:
    """The modules and lessons of a course in order, removed ones left out, with all at hand that
    the questions "what is missing?" and "what would go out?" need."""

    course: Course
    modules: tuple[tuple[Module, tuple[Lesson, ...]], ...]

    @property
    def filled(self) -> list[tuple[Module, tuple[Lesson, ...]]]:
        """The modules that have lessons: the others do not go out."""
        return [(module, lessons) for module, lessons in self.modules if lessons]

    @property
    def lessons(self) -> list[Lesson]:
        return [lesson for _module, lessons in self.modules for lesson in lessons]


@dataclass(frozen=True)
class Verdict:
    """What a publication now would do with the languages of the draft."""

    holes: list[Hole]
    languages: list[str]  # those that are whole

    @property
    def held_back(self) -> list[str]:
        return sorted({hole.language for hole in self.holes} - {""})

    @property
    def is_publishable(self) -> bool:
        return bool(self.languages) and all(hole.language for hole in self.holes)


def texts_of(value: Any) -> I18nText:
    """The languages of a translated field that have a text."""
    data = getattr(value, "data", None)
    if isinstance(data, dict):
        return {code: text for code, text in data.items() if text}
    return {}


def drafts_of(courses: Iterable[Course]) -> dict[int, Draft]:
    """The drafts of many courses by id, in a fixed number of queries."""
    by_id = {course.pk: course for course in courses}
    modules: dict[int, list[Module]] = {pk: [] for pk in by_id}
    for module in Module.objects.filter(course__in=by_id, removed_at=None).order_by(
        "position", "pk"
    ):
        modules[module.course_id].append(module)
    lessons: dict[int, list[Lesson]] = {}
    rows = Lesson.objects.filter(course__in=by_id, removed_at=None, module__removed_at=None)
    for lesson in rows.order_by("position", "pk"):
        lesson.course = by_id[lesson.course_id]
        lessons.setdefault(lesson.module_id, []).append(lesson)
    every = [lesson for its in lessons.values() for lesson in its]
    Lesson.gather_newest_texts(every)
    lesson_kinds.gather(every)
    return {
        pk: Draft(course, tuple((one, tuple(lessons.get(one.pk, ()))) for one in modules[pk]))
        for pk, course in by_id.items()
    }


def draft_of(course: Course) -> Draft:
    """The draft of one course."""
    return drafts_of([course])[course.pk]


def places_of(draft: Draft) -> Iterator[tuple[Course | Module | Lesson, list[Hole]]]:
    """The course, each module and each lesson that goes out, with what it lacks."""
    course = draft.course
    languages = list(course.languages)
    own = _missing(course.title, languages, course.code, _("The course has no title."))
    if not any(lesson.required for lesson in draft.lessons):
        own.append(Hole("", course.code, _("The course has no required lesson.")))
    yield course, own
    for module, lessons in draft.filled:
        yield (
            module,
            _missing(module.title, languages, module.key, _("The module has no title.")),
        )
        for lesson in lessons:
            yield lesson, _holes_of_lesson(lesson, languages)


def _holes_of_lesson(lesson: Lesson, languages: list[str]) -> list[Hole]:
    kind = lesson_kinds.get(lesson.kind)
    if kind is None:
        return [Hole("", lesson.key, _("The kind of this lesson is unknown."))]
    return kind.holes(lesson, languages)


def holes_of(course: Course, draft: Draft | None = None) -> list[Hole]:
    """All that keeps the course, or one of its languages, from being published."""
    draft = draft or draft_of(course)
    return [hole for _place, holes in places_of(draft) for hole in holes]


def judge(draft: Draft, holes: list[Hole] | None = None) -> Verdict:
    """Which languages of the draft would go out now, and what keeps the others back."""
    holes = holes_of(draft.course, draft) if holes is None else holes
    held_back = {hole.language for hole in holes}
    return Verdict(holes, [code for code in draft.course.languages if code not in held_back])


def where_to_mend(place: Course | Module | Lesson, hole: Hole, course: Course) -> str:
    """The address of the page on which a hole can be mended."""
    if hole.url:
        return hole.url
    if isinstance(place, Lesson) and (kind := lesson_kinds.get(place.kind)):
        return reverse(kind.editor, args=[course.code, place.key])
    if isinstance(place, Module):
        return reverse("teaching:module", args=[course.code, place.key])
    if isinstance(place, Course) and hole.language:
        return reverse("teaching:settings", args=[course.code])
    return reverse("teaching:course", args=[course.code])


def _missing(value: Any, languages: Iterable[str], where: str, what: str) -> list[Hole]:
    texts = texts_of(value)
    return [Hole(language, where, what) for language in languages if not texts.get(language)]


def outline_from(
    course: Course,
    *,
    languages: list[str],
    retake_from: dict[str, int],
    draft: Draft | None = None,
    without_bodies: bool = False,
) -> tuple[Outline, list[LessonText]]:
    """The outline that a publication now would write, and the texts it would show.

    `retake_from` maps lesson keys to the first revision whose passes count. A draft with holes
    has an outline too when the lessons' own parts are left out (`without_bodies`).
    """
    shown: list[LessonText] = []
    modules = []
    for module, lessons in (draft or draft_of(course)).filled:
        items = []
        for lesson in lessons:
            item, texts = item_from(lesson, languages=languages, without_body=without_bodies)
            items.append(item.model_copy(update={"retake_from": retake_from.get(lesson.key, 0)}))
            shown += texts
        modules.append(
            OutlineModule(
                id=module.pk,
                key=module.key,
                lessons=tuple(items),
                title=_only(texts_of(module.title), languages),
            )
        )
    outline = Outline(
        code=course.code,
        level=course.level,
        validity_months=course.validity_months,
        title=_only(texts_of(course.title), languages),
        summary=_only(texts_of(course.summary), languages),
        outcomes=tuple(_only(outcome, languages) for outcome in course.outcomes),
        languages=tuple(languages),
        modules=tuple(modules),
    )
    return outline, shown


def item_from(
    lesson: Lesson, *, languages: list[str], without_body: bool = False
) -> tuple[OutlineLesson, list[LessonText]]:
    """A lesson as a publication now would write it, and the texts it would show."""
    kind = lesson_kinds.get(lesson.kind)
    if kind is None and not without_body:
        raise LookupError(lesson.kind)  # holes_of() keeps it from coming this far
    newest = lesson.newest_texts()
    texts = {code: newest[code] for code in languages if code in newest}
    titles = texts_of(lesson.title) | {c: text.title for c, text in texts.items() if text.title}
    item = OutlineLesson(
        id=lesson.pk,
        key=lesson.key,
        kind=lesson.kind,
        minutes=lesson.minutes,
        required=lesson.required,
        title=_only(titles, languages),
        body=kind.snapshot(lesson) if kind and not without_body else {},
        texts={code: text.pk for code, text in texts.items()},
    )
    return item, list(texts.values())


def retakes_after(
    before: CourseRevision | None, retake: Collection[str], number: int
) -> dict[str, int]:
    """From which revision on each lesson's progress counts: as before, or from now on."""
    kept = {item.key: item.retake_from for item in outline_of(before.pk).lessons} if before else {}
    return kept | dict.fromkeys(retake, number)


def is_changed(draft: Draft, verdict: Verdict) -> bool:
    """Whether a publication now would show anything else than the current revision does."""
    before = draft.course.current_revision
    if before is None or not verdict.is_publishable:
        return True
    outline, _texts = outline_from(
        draft.course,
        languages=verdict.languages,
        retake_from=retakes_after(before, (), 0),
        draft=draft,
    )
    return outline.model_dump(mode="json") != outline_of(before.pk).model_dump(mode="json")


def _only(texts: I18nText, languages: list[str]) -> I18nText:
    return {code: texts[code] for code in languages if texts.get(code)}
