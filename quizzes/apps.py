from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from courses import lesson_kinds
from lms.ui import navigation


class QuizzesConfig(AppConfig):
    name = "quizzes"
    verbose_name = _("Quizzes")

    def ready(self) -> None:
        import_module("quizzes.types.builtin").register_all()
        lesson_kinds.register(import_module("quizzes.kinds").QuizLesson())
        outcomes = import_module("courses.outcomes")
        outcomes.register(import_module("quizzes.asking").questions_of)
        navigation.register(
            navigation.Door(
                label=_("Questions"),
                url_name="banks:list",
                shown=lambda request: bool(
                    request.user.is_authenticated and request.user.reach.trained
                ),
                order=13,
            )
        )
