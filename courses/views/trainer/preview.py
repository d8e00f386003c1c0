"""The draft as an officer would read it, in any language; nothing of it is written down."""

from dataclasses import dataclass
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from courses import lesson_kinds
from courses.lesson_kinds import Hole
from courses.models import Course, Lesson, LessonText
from courses.outlines import OutlineLesson
from courses.publishing import Draft, draft_of, item_from, judge, outline_from
from courses.reading import Reading
from courses.views.trainer.common import taught
from lms.people.models import User
from lms.people.signing import signed_in

BAR = "courses/trainer/_preview_bar.html"


@dataclass(frozen=True)
class Preview:
    """`whole` are the languages in which the draft could go out as it is."""

    draft: Draft
    reading: Reading
    whole: list[str]

    def lesson(self, key: str) -> Lesson:
        """Raises Http404."""
        found = next((one for one in self.draft.lessons if one.key == key), None)
        if found is None:
            raise Http404
        return found


def _preview(request: HttpRequest, course: Course) -> Preview:
    """The draft in the language of the address, else the person's own, else its original."""
    draft = draft_of(course)
    user = cast(User, request.user)
    languages = list(course.languages)
    outline, _texts = outline_from(
        course, languages=languages, retake_from={}, draft=draft, without_bodies=True
    )
    return Preview(
        draft,
        Reading(
            course=course,
            enrolment=None,
            revision=0,
            outline=outline,
            language=outline.language_for(request.GET.get("in", ""), user.language),
            is_preview=True,
        ),
        judge(draft).languages,
    )


@signed_in
@require_safe
def course(request: HttpRequest, code: str) -> HttpResponse:
    """The page of the course."""
    course = taught(request, code)
    preview = _preview(request, course)
    titles = getattr(course.title, "data", {})
    context = {
        "reading": preview.reading,
        "whole": preview.whole,
        "can_enrol": False,
        "bar": BAR,
        "edit": reverse("teaching:course", args=[course.code]),
        "is_untranslated": not titles.get(preview.reading.language),
    }
    return render(request, "courses/course.html", context)


@signed_in
@require_safe
def lesson(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """The page of a lesson, by the template of its kind; what is missing is said instead."""
    course = taught(request, code)
    preview = _preview(request, course)
    lesson, reading = preview.lesson(key), preview.reading
    kind = lesson_kinds.get(lesson.kind)
    holes = kind.holes(lesson, [reading.language]) if kind else []
    item = reading.outline.by_key[key]
    number, module = reading.outline.module_of(item)
    before, after = reading.neighbours(item)
    text_id = item.texts.get(reading.language)
    context: dict[str, Any] = {
        "reading": reading,
        "whole": preview.whole,
        "item": item,
        "kind": kind,
        "module": module,
        "module_number": number,
        "lesson_number": [other.id for other in module.lessons].index(item.id) + 1,
        "before": before,
        "after": after,
        "is_done": False,
        "lessons_done": 0,
        "text": LessonText.objects.get(pk=text_id) if text_id else None,
        "bar": BAR,
        "edit": reverse(kind.editor, args=[course.code, key]) if kind else "",
        "is_untranslated": any(hole.language for hole in holes),
        "try": reverse(kind.trial, args=[course.code, key]) if kind and kind.trial else "",
    }
    if kind is None:
        return render(request, "courses/unknown_kind.html", context)
    whole = _whole(lesson, holes, item, reading.language)
    if whole is None:
        return render(request, "courses/trainer/preview_missing.html", context | {"holes": holes})
    context["item"] = whole
    context |= kind.context(request, whole, None, reading.language)
    return render(request, kind.template, context)


def _whole(
    lesson: Lesson, holes: list[Hole], item: OutlineLesson, language: str
) -> OutlineLesson | None:
    """The lesson with its kind's own part; None while that cannot be shown in any language."""
    if any(not hole.language for hole in holes):
        return None
    return item.model_copy(update={"body": item_from(lesson, languages=[language])[0].body})
