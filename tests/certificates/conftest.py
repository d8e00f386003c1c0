import pytest
from pytest_django import Settings

from certificates.tasks import finish_certificate


@pytest.fixture(autouse=True)
def _apart(settings: Settings) -> None:
    settings.SITE_URL = "https://waypost.example"
    settings.CACHES = settings.CACHES | {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids that were queued to be finished, in place of a broker."""
    ids: list[str] = []
    monkeypatch.setattr(finish_certificate, "delay", ids.append)
    return ids
