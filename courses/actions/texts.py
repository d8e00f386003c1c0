"""Writing the texts of lessons and guides: drafts kept, versions saved, versions brought back.

A `lesson` is a lesson or the trainer's guide of a course (`courses.models.Guide`).
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from courses.models import Course, CourseFile, Draft, Text, Written
from courses.richtext import canonical, sanitise, tidy
from courses.texts import address_of, pictures_for
from lms.audit.actions import record
from lms.people.models import User


class EditedMeanwhile(ValueError):
    """Somebody saved another version since; `newest` is it."""

    def __init__(self, newest: Text) -> None:
        super().__init__(f"version {newest.version}")
        self.newest = newest


def save_text(
    *,
    lesson: Written,
    language: str,
    title: str,
    body: str,
    base: int | None,
    source: Text | None,
    actor: User,
) -> Text:
    """Save what was written as the next version, and forget the writer's draft.

    `base` is the id of the version that the writing began from (None: there was none). `source` is
    the text of another language that this now translates. Saved twice is saved once; nothing
    changed makes no version. Raises EditedMeanwhile when the newest version is another than `base`.
    """
    with transaction.atomic():
        lesson = lesson.locked()
        html, files = adopted(body, lesson.course, actor)
        newest = _newest(lesson, language)
        drafts = lesson.drafts.filter(language=language, editor=actor)
        if newest and is_same(newest, title, html) and newest.source == source:
            drafts.delete()
            return newest
        if newest and newest.pk != base:
            raise EditedMeanwhile(newest)
        text: Text = lesson.texts.create(
            language=language,
            version=newest.version + 1 if newest else 1,
            title=title,
            body=body,
            html=html,
            format=Text.Format.HTML,
            source=source,
            edited_by=actor,
        )
        text.files.add(*files)
        drafts.delete()
        record(
            "text.saved",
            actor=actor,
            thing=text,
            organisation=lesson.course.owner.path,
            after={"lesson": str(lesson), "language": language, "version": text.version},
        )
    return text


def _newest(lesson: Written, language: str) -> Text | None:
    found: Text | None = lesson.texts.filter(language=language).order_by("-version").first()
    return found


def is_same(text: Text, title: str, html: str) -> bool:
    """Whether the version says what was written, however the editor ordered its tags."""
    return text.title == title and canonical(text.html) == canonical(html)


def adopted(body: str, course: Course, actor: User | None) -> tuple[str, list[CourseFile]]:
    """The HTML as pages show it, and the pictures in it, all of them the course's own.

    A picture of another course that the actor teaches becomes this course's too; one that is
    nobody's, or not his to show, is left out. Call it in a transaction.
    """
    known = pictures_for(sanitise(body), course, actor)
    used: dict[UUID, CourseFile] = {}

    def picture(given: dict[str, str]) -> dict[str, str] | None:
        address = given.get("src", "").split("/")
        try:
            file = known[UUID(address[2])]
        except (IndexError, ValueError, KeyError):
            return None
        file = _own_copy(file, course)
        used[file.pk] = file
        size = {"width": str(file.width), "height": str(file.height)} if file.width else {}
        return {
            "src": address_of(file),
            "alt": given.get("alt", "").strip() or file.alt,
            **size,
            "loading": "lazy",
        }

    return tidy(body, picture), list(used.values())


def _own_copy(file: CourseFile, course: Course) -> CourseFile:
    """The row of the same content in the course: a row is immutable, so its content is shared."""
    if file.course_id == course.pk:
        return file
    own, _new = CourseFile.objects.get_or_create(
        course=course,
        name=file.name,
        language=file.language,
        sha256=file.sha256,
        defaults={
            "content_type": file.content_type,
            "file": file.file.name,
            "width": file.width,
            "height": file.height,
            "alt": file.alt,
            "uploaded_by": file.uploaded_by,
        },
    )
    return own


def keep_draft(
    *,
    lesson: Written,
    language: str,
    title: str,
    body: str,
    base: int | None,
    actor: User,
    now: datetime | None = None,
) -> Draft | None:
    """Keep what the actor has typed so far; None when it is what the newest version says.

    The body is kept as it came: it is sanitised wherever it is shown.
    """
    now = now or timezone.now()
    with transaction.atomic():
        own = lesson.drafts.filter(language=language, editor=actor)
        newest = _newest(lesson, language)
        if is_same(newest, title, tidy(body)) if newest else not (title or body).strip():
            own.delete()
            return None
        began = lesson.texts.filter(language=language, pk=base).first() if base else None
        draft: Draft = lesson.drafts.update_or_create(
            language=language,
            editor=actor,
            defaults={"title": title, "body": body, "base": began, "saved_at": now},
        )[0]
    return draft


def throw_draft_away(*, lesson: Written, language: str, actor: User) -> None:
    """Forget what the actor has typed and not saved."""
    lesson.drafts.filter(language=language, editor=actor).delete()


def restore_text(*, text: Text, base: int | None, actor: User) -> Text:
    """Bring an earlier version back as the next one. Raises EditedMeanwhile as `save_text`."""
    return save_text(
        lesson=text.written,
        language=text.language,
        title=text.title,
        body=text.html,
        base=base,
        source=text.source,
        actor=actor,
    )
