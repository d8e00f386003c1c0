import pytest
from django.test import Client

from lms.people.models import Organisation, User
from tests import factories


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
