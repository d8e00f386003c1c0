from importlib import import_module

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _

from lms.people import jobs
from lms.ui import navigation


class PeopleConfig(AppConfig):
    name = "lms.people"
    label = "people"
    verbose_name = _("People")

    def ready(self) -> None:
        import_module("lms.people.receivers")
        kinds = import_module("lms.people.job_kinds")
        jobs.register(kinds.CodesJob())
        jobs.register(kinds.InvitationsJob())
        navigation.register(
            navigation.Door(
                label=_("Service"),
                url_name="staff:list",
                shown=lambda request: bool(
                    request.user.is_authenticated and request.user.reach.administered
                ),
                order=40,
            )
        )
        demo = import_module("lms.people.demo")
        register(demo.no_demonstration_accounts, Tags.security, deploy=True)
