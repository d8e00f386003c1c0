from pathlib import Path

import pytest
from django.test import Client

from lms.people.models import Organisation, User
from tests import factories
from tests.catalogue import cut_catalogue
from tests.courses.exported import load


@pytest.fixture
def root(db: None) -> Organisation:
    return factories.service("UA")


@pytest.fixture
def post(root: Organisation) -> Organisation:
    """The unit in which the officer serves."""
    return factories.unit(root)


@pytest.fixture
def officer(post: Organisation) -> User:
    """Reads the buttons in English, so that tests may quote them."""
    return factories.officer(post, language="en")


@pytest.fixture
def browser(officer: User, client: Client) -> Client:
    client.force_login(officer)
    return client


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of the test's own: one module and its test."""
    folder = cut_catalogue(tmp_path / "catalogue")
    for command in ("load_catalogue", "export_catalogue"):
        monkeypatch.setattr(f"courses.management.commands.{command}.CATALOGUE", folder)
    return folder


@pytest.fixture
def loaded(root: Organisation, catalogue: Path) -> Path:
    load()
    return catalogue
