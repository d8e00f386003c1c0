from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from lms.ui.navigation import Door, register


class HomeConfig(AppConfig):
    name = "lms.home"
    label = "home"

    def ready(self) -> None:
        register(
            Door(
                _("My learning"),
                "learning",
                lambda request: bool(request.user.is_authenticated and request.user.reach.posted),
                order=10,
                sections=("home", "courses:lesson", "quizzes:"),
            )
        )
        register(
            Door(
                _("My courses"),
                "teaching",
                lambda request: bool(request.user.is_authenticated and request.user.reach.trained),
                order=12,
                sections=("home",),
            )
        )
