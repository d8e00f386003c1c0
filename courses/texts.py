"""What a trainer's page of texts needs: which are missing or behind, who else is writing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from django.utils import timezone

from courses.models import Course, CourseFile, Draft, Lesson, LessonText, Text, Written
from courses.richtext import OWN_FILE, TAG
from lms.people.models import User

FRESH = timedelta(minutes=30)  # a draft so old or younger: somebody is at it


@dataclass(frozen=True)
class Cell:
    """One lesson in one language: `state` is "done", "stale" or "missing"."""

    language: str
    state: str
    text: LessonText | None


@dataclass(frozen=True)
class Line:
    lesson: Lesson
    title: str
    cells: list[Cell]


def is_stale(text: Text | None, newest: Mapping[str, Text]) -> bool:
    """Whether the text was translated from a version that is no longer the newest."""
    if text is None or text.source is None:
        return False
    latest = newest.get(text.source.language)
    return latest is not None and latest.pk != text.source_id


def state_of(text: Text | None, newest: Mapping[str, Text]) -> str:
    if text is None or not text.html.strip() or not text.title.strip():
        return "missing"
    return "stale" if is_stale(text, newest) else "done"


def newest_of_course(course: Course) -> dict[int, dict[str, LessonText]]:
    """Of each lesson the newest text in each language, without the texts' bodies; one query."""
    rows = (
        LessonText.objects.filter(lesson__course=course, lesson__removed_at=None)
        .newest()
        .select_related("source")
        .defer("body", "source__body", "source__html")
    )
    found: dict[int, dict[str, LessonText]] = {}
    for text in rows:
        found.setdefault(text.lesson_id, {})[text.language] = text
    return found


def translation_lines(course: Course, language: str) -> list[tuple[str, list[Line]]]:
    """Of each module its title and the lessons that have texts, in each of the course's languages.

    Two queries, however many lessons.
    """
    newest = newest_of_course(course)
    every = (
        course.lessons.filter(removed_at=None, module__removed_at=None)
        .select_related("module")
        .order_by("module__position", "module__pk", "position", "pk")
    )
    modules = []
    for module, lessons in groupby(every, key=attrgetter("module")):
        lines = []
        for lesson in lessons:
            texts = newest.get(lesson.pk, {})
            if lesson.kind != "reading" and not texts:
                continue
            cells = [
                Cell(code, state_of(texts.get(code), texts), texts.get(code))
                for code in course.languages
            ]
            lines.append(Line(lesson, title_of(lesson, texts, language), cells))
        if lines:
            modules.append((str(module.title.localize(language)), lines))
    return modules


def title_of(lesson: Written, texts: Mapping[str, Text], language: str) -> str:
    """The title of a lesson or guide in the language, else in one that has it, else its key."""
    titles = {code: text.title for code, text in texts.items() if text.title.strip()}
    own = str(lesson.title.localize(language)) if lesson.title else ""
    return titles.get(language) or own or next(iter(titles.values()), "") or lesson.key


def others_writing(
    lesson: Written, language: str, user: User, now: datetime | None = None
) -> list[Draft]:
    """Fresh drafts of other people, the latest first: they are editing this text right now."""
    since = (now or timezone.now()) - FRESH
    return list(
        lesson.drafts.filter(language=language, saved_at__gte=since)
        .exclude(editor=user)
        .select_related("editor")
        .defer("body")
        .order_by("-saved_at")[:5]
    )


def address_of(file: CourseFile) -> str:
    """The address of a picture as texts keep it."""
    return f"/files/{file.pk}/{file.name}"


def picture_ids(html: str) -> set[UUID]:
    """The ids of the own files that a sanitised text shows."""
    return {
        UUID(match[0].split("/")[2])
        for tag in TAG.finditer(html)
        if tag[2] == "img"
        for match in OWN_FILE.finditer(tag[0])
    }


def pictures_for(html: str, course: Course, user: User | None) -> dict[UUID, CourseFile]:
    """The pictures that a text of the course may show: the course's, and those the user teaches."""
    found = CourseFile.objects.filter(
        pk__in=picture_ids(html), content_type__startswith="image/"
    ).select_related("course")
    taught = set()
    if user is not None:
        taught = set(
            Course.objects.taught_by(user)
            .filter(pk__in={file.course_id for file in found})
            .values_list("pk", flat=True)
        )
    return {file.pk: file for file in found if file.course_id in taught | {course.pk}}
