from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from courses import lesson_kinds
from lms.people import jobs
from lms.ui import navigation


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        kinds = import_module("courses.kinds")
        for name in ("ReadingLesson", "VideoLesson", "FileLesson", "PracticalLesson"):
            lesson_kinds.register(getattr(kinds, name)())
        import_module("courses.checks")
        job_kinds = import_module("courses.job_kinds")
        for name in ("EnrolJob", "RenewJob", "AssignJob", "ExtendJob", "RemindJob", "CancelJob"):
            jobs.register(getattr(job_kinds, name)())
        models = import_module("courses.models")
        undoing = import_module("lms.people.importing.undoing")
        undoing.count_as_work(models.Enrolment, lambda rows: rows.exclude(models.BY_RULE_ALONE))
        undoing.count_as_work(models.Digest, lambda rows: rows.none())  # a mail was sent
        navigation.register(
            navigation.Door(
                label=_("Practical work"),
                url_name="teaching:ticks",
                shown=lambda request: bool(
                    request.user.is_authenticated and request.user.reach.trained
                ),
                order=16,
            )
        )
        navigation.register(
            navigation.Door(
                label=_("Assignments"),
                url_name="assignments:list",
                shown=lambda request: bool(
                    request.user.is_authenticated and request.user.reach.coordinated
                ),
                order=17,
            )
        )
        navigation.register(
            navigation.Door(
                label=_("Catalogue"),
                url_name="courses:catalogue",
                shown=lambda request: (
                    request.user.is_authenticated and not request.user.is_superuser
                ),
                order=20,
            )
        )
