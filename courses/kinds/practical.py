"""A practical task: a checklist that a trainer ticks as he sees the officer do it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db.models import Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from i18nfield.strings import LazyI18nString
from pydantic import BaseModel, ConfigDict

from courses.catalogue import EditedSince
from courses.exporting.output import Output
from courses.kinds.titles import untitled
from courses.lesson_kinds import Hole
from courses.models import (
    CourseRevision,
    Enrolment,
    Lesson,
    LessonProgress,
    PracticalItem,
    PracticalTick,
)
from courses.outlines import I18nText, OutlineLesson
from courses.publishing import texts_of
from courses.standing import counts
from lms.audit.models import AuditEntry
from lms.yaml_edits import ABSENT

CHANGED = "practical.changed"  # the verb under which a trainer's change of a list is recorded


class PublishedLine(BaseModel):
    """A line of the checklist as a revision names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    text: I18nText


def lines_of(item: OutlineLesson) -> list[PublishedLine]:
    """The checklist as published."""
    return [PublishedLine.model_validate(line) for line in item.body.get("lines", [])]


def drafted(lesson: Lesson) -> list[PracticalItem]:
    """The lines of the draft in order."""
    gathered: list[PracticalItem] | None = lesson.__dict__.get("_practical_items")
    if gathered is not None:
        return gathered
    return list(lesson.practical_items.filter(removed_at=None))


def removed_lines(lesson: Lesson) -> list[tuple[PracticalItem, I18nText]]:
    """Lines taken out of the draft, the latest first, with their texts; those without are gone."""
    rows = lesson.practical_items.exclude(removed_at=None).order_by("-removed_at", "-pk")
    return [(row, text) for row in rows if (text := texts_of(row.text))]


def ticks_of(enrolment: Enrolment, item: OutlineLesson) -> dict[str, PracticalTick]:
    """The ticks that count, by the key of their line: not those from before a retake was asked."""
    rows = PracticalTick.objects.filter(enrolment=enrolment, lesson=item.id, withdrawn_at=None)
    if item.retake_from:
        since = CourseRevision.objects.filter(
            course=enrolment.course_id, number=item.retake_from
        ).values("published_at")
        rows = rows.filter(ticked_at__gte=Subquery(since[:1]))
    return {tick.key: tick for tick in rows.select_related("ticked_by")}


class PracticalLesson:
    """Done when every line of the published list is ticked; the officer marks nothing himself.

    The progress is written by the trainer's action in the transaction of the last tick.
    """

    code = "practical"
    label = gettext_lazy("Practical work")
    template = "courses/practical.html"
    by_hand = False
    editor = "teaching:practical"
    trial = ""

    def is_done(self, item: OutlineLesson, progress: LessonProgress | None) -> bool:
        return counts(item, progress)

    def gather(self, lessons: Sequence[Lesson]) -> None:
        found: dict[int, list[PracticalItem]] = {lesson.pk: [] for lesson in lessons}
        for row in PracticalItem.objects.filter(lesson__in=found, removed_at=None):
            found[row.lesson_id].append(row)
        for lesson in lessons:
            lesson.__dict__["_practical_items"] = found[lesson.pk]

    def snapshot(self, lesson: Lesson) -> dict[str, Any]:
        lines = [PublishedLine(key=line.key, text=texts_of(line.text)) for line in drafted(lesson)]
        return {"lines": [line.model_dump() for line in lines]}

    def holes(self, lesson: Lesson, languages: list[str]) -> list[Hole]:
        holes = untitled(lesson, languages)
        lines = drafted(lesson)
        if not lines:
            return [*holes, Hole("", lesson.key, _("The checklist has no lines."))]
        what = _("Line %(number)d of the checklist is not translated.")
        return holes + [
            Hole(code, f"{lesson.key}/{line.key}", what % {"number": number})
            for number, line in enumerate(lines, start=1)
            for code in languages
            if not texts_of(line.text).get(code, "").strip()
        ]

    def context(
        self, request: HttpRequest, item: OutlineLesson, enrolment: Enrolment | None, language: str
    ) -> dict[str, Any]:
        """The lines, and for each who ticked it when."""
        ticks = ticks_of(enrolment, item) if enrolment else {}
        lines = [{"text": line.text, "tick": ticks.get(line.key)} for line in lines_of(item)]
        return {"lines": lines, "ticked": sum(bool(line["tick"]) for line in lines)}

    def published(self, revision: CourseRevision, item: OutlineLesson) -> None:
        """The outline itself holds the list."""

    def created(self, lesson: Lesson) -> None:
        """Nothing: an empty list is a hole, and its page begins with an empty line."""

    def copied(self, source: Lesson, lesson: Lesson) -> None:
        PracticalItem.objects.bulk_create(
            PracticalItem(lesson=lesson, key=line.key, text=line.text, position=line.position)
            for line in source.practical_items.filter(removed_at=None)
        )

    def load(self, lesson: Lesson, entry: dict[str, Any], folder: Path) -> None:
        """Bring the list up to date. Raises EditedSince when a trainer has changed it."""
        checklist = entry.get("checklist") or []
        changed = AuditEntry.objects.filter(
            verb=CHANGED, thing_type=lesson._meta.label_lower, thing_id=str(lesson.pk)
        )
        before = [(line.key, texts_of(line.text)) for line in drafted(lesson)]
        wanted = [(line["key"], dict(line["text"])) for line in checklist]
        if before == wanted:
            return
        if changed.exists():
            raise EditedSince([f"{lesson.key}/checklist"])
        gone = lesson.practical_items.exclude(key__in=[key for key, _text in wanted])
        gone.filter(removed_at=None).update(removed_at=timezone.now())
        for position, (key, text) in enumerate(wanted):
            PracticalItem.objects.update_or_create(
                lesson=lesson,
                key=key,
                defaults={"text": LazyI18nString(text), "position": position, "removed_at": None},
            )

    def unload(self, lesson: Lesson, entry: dict[str, Any], output: Output) -> dict[str, Any]:
        lines = [{"key": line.key, "text": texts_of(line.text)} for line in drafted(lesson)]
        return {"checklist": lines or ABSENT}
