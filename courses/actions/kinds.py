"""What trainers change in lessons of the kinds video, file and practical, and what they tick."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from i18nfield.strings import LazyI18nString

from courses.actions.authoring import Archived
from courses.actions.study import mark_done
from courses.kinds.practical import CHANGED, lines_of, ticks_of
from courses.models import (
    Course,
    CourseFile,
    Enrolment,
    Lesson,
    LessonFile,
    LessonProgress,
    LessonText,
    PracticalItem,
    PracticalTick,
    Status,
    TextFile,
)
from courses.outlines import I18nText, OutlineLesson, outline_of
from courses.publishing import texts_of
from lms.audit.actions import record
from lms.people.models import User

logger = logging.getLogger(__name__)


class NotLive(ValueError):
    """The enrolment is completed or cancelled: what was ticked in it stays as it is."""


class ChangedMeanwhile(ValueError):
    """The checklist is no longer the one that was edited."""


class Line(NamedTuple):
    """A line of a checklist as typed; a key not yet known makes a new line."""

    key: str
    text: I18nText


def _locked(lesson: Lesson) -> Lesson:
    """The lesson, its course locked: two editors come one after the other. Raises Archived."""
    course = Course.objects.select_for_update().get(pk=lesson.course_id)
    if course.status == Status.ARCHIVED:
        raise Archived(course.code)
    return Lesson.objects.select_related("course__owner").get(pk=lesson.pk)


def attach_file(
    *, lesson: Lesson, file: CourseFile, use: str, language: str, actor: User
) -> LessonFile:
    """Let the draft use a stored file; it takes the place of another of the same use and language.

    The file must be one of the lesson's course. Raises Archived.
    """
    if file.course_id != lesson.course_id:
        raise ValueError("the file is another course's")
    with transaction.atomic():
        lesson = _locked(lesson)
        before = LessonFile.objects.filter(lesson=lesson, use=use, language=language).first()
        if before and before.file_id == file.pk:
            return before
        row, _new = LessonFile.objects.update_or_create(
            lesson=lesson, use=use, language=language, defaults={"file": file}
        )
        record(
            "lesson.file_attached",
            actor=actor,
            thing=lesson,
            organisation=lesson.course.owner.path,
            before={"file": str(before.file_id)} if before else None,
            after={"use": use, "language": language, "file": str(file.pk), "name": file.name},
        )
    return row


def detach_file(*, lesson: Lesson, use: str, language: str, actor: User) -> None:
    """Take a file out of the draft; what is published keeps it. Raises Archived."""
    with transaction.atomic():
        lesson = _locked(lesson)
        row = LessonFile.objects.filter(lesson=lesson, use=use, language=language).first()
        if row is None:
            return
        row.delete()
        record(
            "lesson.file_detached",
            actor=actor,
            thing=lesson,
            organisation=lesson.course.owner.path,
            before={"use": use, "language": language, "file": str(row.file_id)},
        )


def retitle_lesson(*, lesson: Lesson, titles: I18nText, actor: User) -> None:
    """Give the lesson its title in some languages; a text that has another gets a next version.

    Empty titles change nothing in a text, which keeps its own. Raises Archived.
    """
    with transaction.atomic():
        lesson = _locked(lesson)
        before = texts_of(lesson.title)
        wanted = before | titles
        wanted = {code: title for code, title in wanted.items() if title}
        if wanted != before:
            lesson.title = LazyI18nString(wanted)
            lesson.save(update_fields=["title"])
            record(
                "lesson.changed",
                actor=actor,
                thing=lesson,
                organisation=lesson.course.owner.path,
                before={"title": before},
                after={"title": wanted},
            )
        for code, text in lesson.newest_texts().items():
            title = titles.get(code, "")
            if title and title != text.title:
                _with_title(text, title, actor)


def _with_title(text: LessonText, title: str, actor: User) -> None:
    """The next version of a text, which differs in its title alone."""
    pictures = TextFile.objects.filter(text=text).values_list("file_id", flat=True)
    following = LessonText.objects.create(
        lesson_id=text.lesson_id,
        language=text.language,
        version=text.version + 1,
        title=title,
        body=text.body,
        format=text.format,
        html=text.html,
        source_id=text.source_id,
        edited_by=actor,
    )
    TextFile.objects.bulk_create(TextFile(text=following, file_id=pk) for pk in pictures)


def checklist_of(lesson: Lesson) -> list[Line]:
    """The lines of the draft in order."""
    rows = lesson.practical_items.filter(removed_at=None)
    return [Line(row.key, texts_of(row.text)) for row in rows]


def version_of(lines: Sequence[Line]) -> str:
    """A short name of the list as it is, which a form carries to say what it began from."""
    content = json.dumps([[line.key, sorted(line.text.items())] for line in lines])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def save_checklist(
    *,
    lesson: Lesson,
    lines: Sequence[Line],
    actor: User,
    expected: str = "",
    now: datetime | None = None,
) -> list[Line]:
    """Make the checklist what was typed: order, texts, new lines and removed ones.

    Lines keep their keys, so the same again changes nothing, and a removed line comes back by its
    key. Raises ChangedMeanwhile when the list is another than the `expected` one (`version_of`) and
    than the wanted one, and Archived.
    """
    now = now or timezone.now()
    with transaction.atomic():
        lesson = _locked(lesson)
        before = checklist_of(lesson)
        if before == list(lines):
            return before
        if expected and version_of(before) != expected:
            raise ChangedMeanwhile(lesson.key)
        gone = lesson.practical_items.filter(removed_at=None)
        gone.exclude(key__in=[line.key for line in lines]).update(removed_at=now)
        for position, line in enumerate(lines):
            PracticalItem.objects.update_or_create(
                lesson=lesson,
                key=line.key,
                defaults={
                    "text": LazyI18nString(line.text),
                    "position": position,
                    "removed_at": None,
                },
            )
        record(
            CHANGED,
            actor=actor,
            thing=lesson,
            organisation=lesson.course.owner.path,
            before={"lines": [[line.key, line.text] for line in before]},
            after={"lines": [[line.key, line.text] for line in lines]},
        )
        return checklist_of(lesson)


def item_of(enrolment: Enrolment, lesson_id: int) -> tuple[OutlineLesson, int]:
    """The lesson as the enrolment's course has it published now, and the revision's id.

    Raises LookupError when the lesson is not part of it.
    """
    revision = enrolment.course.current_revision_id
    outline = outline_of(revision) if revision else None
    if revision and outline:
        for item in outline.lessons:
            if item.id == lesson_id:
                return item, revision
    raise LookupError(lesson_id)


def set_ticks(
    *,
    enrolment: Enrolment,
    lesson_id: int,
    ticks: Mapping[str, str],
    withdrawn: Sequence[str] = (),
    actor: User | None,
    now: datetime | None = None,
) -> Enrolment:
    """Tick lines of a practical lesson (key → note), and withdraw ticks made in error.

    What is ticked keeps who ticked it when; only its note may change, by whoever sends another.
    With the last line of the published list ticked the lesson is done, in this transaction.

    A tick withdrawn before the course is complete takes the lesson's progress away again, for it
    stood on nothing but the ticks. After that nothing changes: raises NotLive. What is neither in
    `ticks` nor `withdrawn` stays. Raises LookupError when the lesson or a line is not published.
    """
    now = now or timezone.now()
    with transaction.atomic():
        enrolment = (
            Enrolment.objects.select_for_update(of=("self",))
            .select_related("course", "officer__service")
            .get(pk=enrolment.pk)
        )
        if not enrolment.is_live:
            raise NotLive(str(enrolment.pk))
        item, revision = item_of(enrolment, lesson_id)
        keys = [line.key for line in lines_of(item)]
        if unknown := (set(ticks) | set(withdrawn)) - set(keys):
            raise LookupError(", ".join(sorted(unknown)))
        present = ticks_of(enrolment, item)
        added, changed = _tick(enrolment, lesson_id, ticks, present, actor, now)
        taken = [key for key in withdrawn if key in present and key not in ticks]
        taken_ids = [present[key].pk for key in taken]
        PracticalTick.objects.filter(pk__in=taken_ids).update(withdrawn_at=now)
        if added or changed or taken:
            record(
                "practical.ticked" if added or changed else "practical.withdrawn",
                actor=actor,
                thing=enrolment,
                organisation=enrolment.officer.service_path,
                before={"withdrawn": taken} if taken else None,
                after={"lesson": item.key, "ticked": added, "notes": changed},
            )
        ticked = (set(present) | set(added)) - set(taken)
        if ticked >= set(keys):
            return mark_done(
                enrolment=enrolment,
                lesson=lesson_id,
                revision=revision,
                text=item.texts.get(enrolment.language),
                now=now,
            )
        if taken:
            LessonProgress.objects.filter(enrolment=enrolment, lesson_id=lesson_id).delete()
        Enrolment.objects.filter(pk=enrolment.pk, started_at=None).update(started_at=now)
    return enrolment


def settle_ticks(*, most: int) -> int:
    """Mark done what a shorter checklist has made whole without another tick; how many lessons.

    Nobody presses a button when the line that was missing is taken out of the list and published.
    One that fails is logged, and holds up none behind it.
    """
    done = LessonProgress.objects.filter(enrolment=OuterRef("enrolment"), lesson=OuterRef("lesson"))
    open_ones = (
        PracticalTick.objects.filter(
            ~Exists(done),
            withdrawn_at=None,
            enrolment__completed_at=None,
            enrolment__cancelled_at=None,
            enrolment__course__current_revision__isnull=False,
        )
        .order_by("enrolment", "lesson")
        .values_list("enrolment", "lesson", "enrolment__course__current_revision")
        .annotate(ticks=Count("pk"))
    )
    settled = 0
    for enrolment_id, lesson_id, revision, ticks in open_ones.iterator(500):
        item = next((one for one in outline_of(revision).lessons if one.id == lesson_id), None)
        if item is None or len(lines_of(item)) > ticks:
            continue
        try:
            set_ticks(
                enrolment=Enrolment.objects.get(pk=enrolment_id),
                lesson_id=lesson_id,
                ticks={},
                actor=None,
            )
        except Exception:
            logger.exception("the ticks of enrolment %s could not be settled", enrolment_id)
            continue
        settled += LessonProgress.objects.filter(enrolment=enrolment_id, lesson=lesson_id).exists()
        if settled >= most:
            break
    return settled


def _tick(
    enrolment: Enrolment,
    lesson_id: int,
    ticks: Mapping[str, str],
    present: Mapping[str, PracticalTick],
    actor: User | None,
    now: datetime,
) -> tuple[list[str], list[str]]:
    """Insert the new ticks and write changed notes; the keys of both."""
    added = [key for key in ticks if key not in present]
    # What stands there still is from before a retake was asked, and makes room.
    PracticalTick.objects.filter(
        enrolment=enrolment, lesson_id=lesson_id, key__in=added, withdrawn_at=None
    ).update(withdrawn_at=now)
    PracticalTick.objects.bulk_create(
        PracticalTick(
            enrolment=enrolment,
            lesson_id=lesson_id,
            key=key,
            note=ticks[key],
            ticked_by=actor,  # type: ignore[misc] # whoever ticks is somebody
            ticked_at=now,
        )
        for key in added
    )
    changed = [key for key in ticks if key in present and present[key].note != ticks[key]]
    for key in changed:
        present[key].note = ticks[key]
        present[key].save(update_fields=["note"])
    return added, changed
