from django.apps import AppConfig


class UiConfig(AppConfig):
    """Look, forms, navigation and error pages. Knows no person and no course."""

    name = "lms.ui"
    label = "ui"
