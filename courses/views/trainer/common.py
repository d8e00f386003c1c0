"""What every page of a course's author begins with."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from courses.models import Course, Lesson
from lms.people.models import User


def taught(request: HttpRequest, code: str) -> Course:
    """A course of those the person teaches. Raises Http404, alike for hidden and absent ones."""
    courses = Course.objects.taught_by(cast(User, request.user))
    return get_object_or_404(
        courses.select_related("owner", "service", "current_revision"), code__iexact=code
    )


def to_edit(request: HttpRequest, code: str) -> Course:
    """A course that the person may change. Raises Http404, and PermissionDenied for an archived
    one."""
    course = taught(request, code)
    if not cast(User, request.user).has_perm("courses.edit_course", course):
        raise PermissionDenied
    return course


def lesson_of(course: Course, key: str) -> Lesson:
    """A lesson of the draft. Raises Http404 for one removed, or whose module was."""
    lesson = get_object_or_404(
        course.lessons.select_related("module"), key=key, removed_at=None, module__removed_at=None
    )
    lesson.course = course
    return lesson
