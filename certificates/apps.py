from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from courses import holding
from lms.ui import navigation


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("Certificates")

    def ready(self) -> None:
        import_module("certificates.receivers")
        holding.register(import_module("certificates.validity").in_force)
        is_officer = import_module("lms.people.rules").is_officer
        navigation.register(
            navigation.Door(
                label=_("Certificates"),
                url_name="certificates:list",
                shown=lambda request: request.user.is_authenticated and is_officer(request.user),
                order=30,
            )
        )
        navigation.register(
            navigation.Door(
                label=_("Verify a certificate"),
                url_name="certificates:verify",
                shown=lambda request: not request.user.is_authenticated,
                order=30,
            )
        )
