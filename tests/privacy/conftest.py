from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone

from lms.people.actions.posts import discharge
from lms.people.models import Organisation, User
from tests import factories


@dataclass
class Place:
    """A service with a unit, its officer, coordinator and administrator."""

    root: Organisation
    post: Organisation
    officer: User
    coordinator: User
    administrator: User

    def leave(self, user: User) -> User:
        """Discharge somebody today, by the day of UTC as sweeps see it; the account is closed."""
        today = timezone.now().date()
        discharge(user=user, leaves_on=today, reason="Звільнення", actor=None)
        return User.objects.select_related("service").get(pk=user.pk)


@pytest.fixture
def place(db) -> Place:
    root = factories.service("UA")
    post = factories.unit(root)
    return Place(
        root,
        post,
        factories.officer(post, language="en", email="officer@tbs-ua.example", rank="sergeant"),
        factories.coordinator(root, language="en"),
        factories.administrator(root, language="en"),
    )


def browser(user: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client
