"""Publishing: the draft of a course becomes its next revision."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses import lesson_kinds
from courses.lesson_kinds import Hole
from courses.models import (
    Course,
    CourseRevision,
    CourseTitle,
    LessonText,
    RevisionText,
    Status,
)
from courses.outlines import Outline
from courses.publishing import Draft, draft_of, judge, outline_from, retakes_after
from courses.tasks import bring_enrolments_over
from lms.audit.actions import record
from lms.people.models import User


class NotPublishable(ValueError):
    """No language of the course is whole; `holes` says what is missing where."""

    def __init__(self, holes: list[Hole]) -> None:
        super().__init__("; ".join(f"{hole.where} {hole.language}: {hole.what}" for hole in holes))
        self.holes = holes


class LanguageInUse(ValueError):
    """Publishing would take away languages in which officers are reading now."""

    def __init__(self, languages: list[str]) -> None:
        super().__init__(", ".join(languages))
        self.languages = languages


def publish_course(
    *,
    course: Course,
    actor: User | None,
    retake: Collection[str] = (),
    drop_languages_in_use: bool = False,
    now: datetime | None = None,
) -> CourseRevision:
    """Publish the draft as the next revision, in the languages that are whole.

    A language with a hole is held back. Passes of the lessons whose keys are in `retake` must be
    earned again under this revision, by those who have not completed. Nothing published before
    changes; live enrolments follow after commit, and a sweep finds those that did not.

    Raises NotPublishable, and LanguageInUse unless `drop_languages_in_use`.
    """
    with transaction.atomic():
        course = Course.objects.select_for_update().get(pk=course.pk)
        draft = draft_of(course)
        languages = _languages_going_out(draft, may_drop=drop_languages_in_use)
        before = course.current_revision
        number = before.number + 1 if before else 1
        outline, texts = outline_from(
            course,
            languages=languages,
            retake_from=retakes_after(before, retake, number),
            draft=draft,
        )
        revision = CourseRevision.objects.create(
            course=course,
            number=number,
            languages=languages,
            published_by=actor,
            published_at=now or timezone.now(),
            outline=outline.model_dump(mode="json"),
        )
        _protect(revision, outline, texts)
        course.current_revision, course.status = revision, Status.PUBLISHED
        course.save(update_fields=["current_revision", "status"])
        course.titles.exclude(language__in=languages).delete()
        for code in languages:
            CourseTitle.write(
                course,
                language=code,
                title=outline.title[code],
                summary=outline.summary.get(code, ""),
            )
        record(
            "course.published",
            actor=actor,
            thing=course,
            organisation=course.owner.path,
            after={"revision": number, "languages": languages, "retake": sorted(retake)},
        )
        transaction.on_commit(lambda: bring_enrolments_over.delay(course.pk), robust=True)
    return revision


def _languages_going_out(draft: Draft, *, may_drop: bool) -> list[str]:
    """The languages of the draft that are whole. Raises NotPublishable and LanguageInUse."""
    verdict = judge(draft)
    if not verdict.is_publishable:
        raise NotPublishable(verdict.holes)
    languages, course = verdict.languages, draft.course
    before = course.current_revision
    lost = set(before.languages) - set(languages) if before else set()
    if lost and not may_drop:
        used = course.enrolments.live().filter(language__in=lost)
        if in_use := sorted(set(used.values_list("language", flat=True))):
            raise LanguageInUse(in_use)
    return languages


def _protect(revision: CourseRevision, outline: Outline, texts: list[LessonText]) -> None:
    """Write down all that the revision names, so that the database keeps it."""
    RevisionText.objects.bulk_create(
        RevisionText(revision=revision, lesson_id=text.lesson_id, language=text.language, text=text)
        for text in texts
    )
    for item in outline.lessons:
        if kind := lesson_kinds.get(item.kind):
            kind.published(revision, item)
