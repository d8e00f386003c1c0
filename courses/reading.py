"""What an officer's page of a course needs, in a fixed number of queries."""

from dataclasses import dataclass
from functools import cached_property
from typing import cast
from uuid import UUID, uuid4

from django.db.models.functions import Upper
from django.http import HttpRequest
from django.urls import reverse

from courses.models import Course, Enrolment, LessonProgress
from courses.outlines import Outline, OutlineLesson, localize, outline_of
from courses.standing import Standing, standing_of
from lms.people.models import Organisation, User
from lms.prepared import Prepared

SESSION_KEY = "content_language"


@dataclass(frozen=True)
class Reading:
    """A course as one person reads it: which revision, which language, how far."""

    course: Course
    enrolment: Enrolment | None  # the live one, else the latest
    revision: int
    outline: Outline
    language: str
    is_preview: bool = False  # the draft as its author looks at it: nothing is written

    @cached_property
    def standing(self) -> Standing:
        """How far the person is; asked for at the first use."""
        progress = _progress(enrolment=self.enrolment.pk) if self.enrolment else []
        return standing_of(self.outline, progress)

    @property
    def title(self) -> str:
        return localize(self.outline.title, self.language)

    @property
    def shape(self) -> str:
        """What decides how the contents look: equal for all who stand at the same place.

        A draft has no revision that would vouch for it, so each look at it is a shape of its own.
        """
        if self.is_preview:
            return f"preview-{uuid4().hex}"
        done = ",".join(map(str, sorted(self.standing.done)))
        return f"{self.course.code}:{self.revision}:{self.language}:{done}"

    @property
    def is_studying(self) -> bool:
        return self.enrolment is not None and self.enrolment.cancelled_at is None

    @property
    def address(self) -> str:
        """Of the course's page, inside a preview of the preview's."""
        if self.is_preview:
            page = reverse("teaching:preview", args=[self.course.code])
            return f"{page}?in={self.language}"
        return reverse("courses:course", args=[self.course.code])

    def address_of(self, key: str) -> str:
        """Of a lesson's page, inside a preview of the preview's."""
        if self.is_preview:
            page = reverse("teaching:preview-lesson", args=[self.course.code, key])
            return f"{page}?in={self.language}"
        return reverse("courses:lesson", args=[self.course.code, key])

    def neighbours(self, item: OutlineLesson) -> tuple[OutlineLesson | None, OutlineLesson | None]:
        """The lessons before and after in the outline."""
        lessons = self.outline.lessons
        _module, index = self.outline.places[item.id]
        before = lessons[index - 1] if index else None
        after = lessons[index + 1] if index + 1 < len(lessons) else None
        return before, after


_latest = Prepared(
    lambda officer, service, code: (
        Enrolment.objects.alias(capitals=Upper("course__code"))
        .filter(capitals=code, officer=officer, course__service=service)
        .select_related("course")
        .order_by("-cycle")[:1]
    ),
    officer=int,
    service=int,
    code=str,
)  # codes are Latin letters, which both databases can put in capitals
_progress = Prepared(
    lambda enrolment: LessonProgress.objects.filter(enrolment=enrolment).to_weigh(), enrolment=UUID
)


def find_course(user: User, code: str) -> tuple[Course | None, Enrolment | None]:
    """The course by its code as far as the user sees it, and the latest enrolment in it.

    Who is or was enrolled sees the course (`CourseQuerySet.visible_to`), so for most readers one
    query answers both.
    """
    enrolment: Enrolment | None = None
    if user.service_id:
        found = _latest(officer=user.pk, service=user.service_id, code=code.upper())
        enrolment = found[0] if found else None
    course: Course | None
    if enrolment:
        enrolment.officer, course = user, enrolment.course
    else:
        course = Course.objects.visible_to(user).filter(code__iexact=code).first()
    if course:
        course.service = cast(Organisation, user.service)
    return course, enrolment


def read_course(request: HttpRequest, code: str) -> Reading | None:
    """The course for this person: a query, one more for the standing, one for an outline not known.

    None when there is none that the person sees, or it was never published. What was completed is
    read as it was then.
    """
    user = cast(User, request.user)
    course, enrolment = find_course(user, code)
    if course is None:
        return None
    revision = (enrolment and enrolment.completed_revision_id) or course.current_revision_id
    if revision is None:
        return None
    outline = outline_of(revision)
    chosen = enrolment.language if enrolment else request.session.get(SESSION_KEY, "")
    return Reading(
        course=course,
        enrolment=enrolment,
        revision=revision,
        outline=outline,
        language=outline.language_for(chosen, user.language),
    )
