from importlib import import_module

from django.apps import AppConfig


class OpsConfig(AppConfig):
    """What the administrator of an instance sees of it: probes, logs, figures. Has no models."""

    name = "lms.ops"
    label = "ops"

    def ready(self) -> None:
        import_module("lms.ops.receivers")
