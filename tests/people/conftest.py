import pytest
from django.test import Client

from lms.people import actions
from lms.people.models import Organisation, User
from tests import factories
from tests.people.lists import Place

PASSWORD = "dovhyi-parol-7"


@pytest.fixture
def root(db) -> Organisation:
    return factories.service("UA")


@pytest.fixture
def place(db) -> Place:
    return Place()


@pytest.fixture
def officer(root) -> User:
    """Past the first sign-in, with an e-mail and PASSWORD."""
    post = factories.unit(root)
    user = factories.officer(post, login="UA-014233", email="O.Galagan@tbs-ua.example")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def newcomer(root) -> User:
    """Created, and never signed in."""
    user = actions.create_user(
        service=root, number="014231", given_name="Лідія", family_name="Їжакевич", actor=None
    )
    actions.grant_role(user=user, organisation=factories.unit(root), role="officer", actor=None)
    return user


@pytest.fixture
def sign_in():
    """Post the sign-in form: `sign_in(client, login, password, next="")` → the response."""

    def post(client: Client, login: str, password: str = PASSWORD, **data: str):
        return client.post("/sign-in/", {"login": login, "password": password, **data})

    return post
