"""What an officer's page of a course needs, in a fixed number of queries."""

from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest
from django.urls import reverse

from courses.models import Course, Enrolment
from courses.outlines import Outline, OutlineLesson, localize, outline_of
from courses.standing import Standing, standing_of
from lms.people.models import User

SESSION_KEY = "content_language"


@dataclass(frozen=True)
class Reading:
    """A course as one person reads it: which revision, which language, how far."""

    course: Course
    enrolment: Enrolment | None  # the live one, else the latest
    revision: int
    outline: Outline
    standing: Standing
    language: str
    is_preview: bool = False  # the draft as its author looks at it: nothing is written

    @property
    def title(self) -> str:
        return localize(self.outline.title, self.language)

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


def read_course(request: HttpRequest, course: Course) -> Reading | None:
    """The course for this person: two queries (three when the outline is not in memory).

    None when it was never published. What was completed is read as it was then.
    """
    user = cast(User, request.user)
    enrolments = list(Enrolment.objects.filter(officer=user, course=course).order_by("-cycle")[:1])
    enrolment = enrolments[0] if enrolments else None
    revision = (enrolment and enrolment.completed_revision_id) or course.current_revision_id
    if revision is None:
        return None
    outline = outline_of(revision)
    progress = enrolment.progress.select_related("revision") if enrolment else []
    chosen = enrolment.language if enrolment else request.session.get(SESSION_KEY, "")
    return Reading(
        course=course,
        enrolment=enrolment,
        revision=revision,
        outline=outline,
        standing=standing_of(outline, progress),
        language=outline.language_for(chosen, user.language),
    )
