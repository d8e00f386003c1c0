from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lms.ui.navigation import Door, register


def coordinates(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated and request.user.reach.coordinated)


def administers(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated and request.user.reach.administered)


class ReportsConfig(AppConfig):
    name = "lms.reports"
    label = "reports"

    def ready(self) -> None:
        register(Door(_("Overview"), "reports:overview", coordinates, 14, sections=("home",)))
        register(Door(_("People"), "reports:officers", coordinates, 15))
        register(
            Door(
                _("Reports"),
                "reports:enrolments",
                coordinates,
                18,
                sections=("reports:expiring", "reports:protocol"),
            )
        )
        register(Door(_("Audit"), "reports:audit", administers, 19))
