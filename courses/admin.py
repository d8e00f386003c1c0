"""The operator's view of courses: to look things up; trainers' work has pages of its own."""

from django.contrib import admin
from django.http import HttpRequest

from courses.models import Course, CourseRevision, Enrolment


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shown and searched, never changed here: changes go through actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Course)
class CourseAdmin(ReadOnly):
    list_display = ("code", "title", "owner", "status", "current_revision")
    list_select_related = ("owner", "current_revision__course")
    list_filter = ("service", "status")
    search_fields = ("code", "titles__search_key")


@admin.register(CourseRevision)
class CourseRevisionAdmin(ReadOnly):
    list_display = ("course", "number", "published_at", "published_by")
    list_select_related = ("course", "published_by")
    search_fields = ("course__code",)


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnly):
    list_display = ("officer", "course", "cycle", "enrolled_at", "due_on", "completed_at")
    list_select_related = ("officer", "course")
    list_filter = ("course__service", "course__code")
    search_fields = ("officer__search_key", "officer__login")
