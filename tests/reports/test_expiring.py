"""Certificates that expire: which count, which were renewed, and of whom nothing is said."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certificates.actions import revoke_certificate
from certificates.models import Certificate
from lms.people.models import Organisation, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Organisation:
    return factories.service("UA")


@pytest.fixture
def post(root: Organisation) -> Organisation:
    return factories.unit(root)


@pytest.fixture
def coordinator(post: Organisation) -> User:
    return factories.coordinator(post, language="en")


@pytest.fixture
def course(root: Organisation):
    return factories.published_course(root, code="C-1", readings=1, questions=0)


def earned(officer: User, course, *, days: int | None) -> Certificate:
    """A certificate that ends so many days from now (never: None), by a completion long ago."""
    long_ago = timezone.now() - timedelta(days=700 + (days or 0) % 7)
    enrolment = factories.enrolled(officer, course, now=long_ago - timedelta(days=1))
    factories.completed(enrolment, now=long_ago)
    ends = None if days is None else timezone.localdate() + timedelta(days=days)
    Certificate.objects.filter(enrolment=enrolment).update(expires_on=ends)
    return Certificate.objects.get(enrolment=enrolment)


def shown(coordinator: User, **query: str) -> list[str]:
    client = Client()
    client.force_login(coordinator)
    listed = client.get(reverse("reports:expiring"), query).context["listed"]
    return [row["person"].family_name for row in listed]


def test_by_how_soon(post, coordinator, course):
    for name, days in (("А", -1), ("Б", 0), ("В", 30), ("Г", 31), ("Д", 90), ("Е", 91), ("Є", 180)):
        earned(factories.officer(post, family_name=name), course, days=days)
    earned(factories.officer(post, family_name="Ж"), course, days=None)

    assert shown(coordinator) == ["А", "Б", "В", "Г", "Д"]
    assert shown(coordinator, within="expired") == ["А"]
    assert shown(coordinator, within="30") == ["Б", "В"]
    assert shown(coordinator, within="90") == ["Б", "В", "Г", "Д"]
    assert shown(coordinator, within="180") == ["Б", "В", "Г", "Д", "Е", "Є"]
    assert shown(coordinator, sort="-expires")[0] == "Д"


def test_a_renewed_one_is_done_with_unless_its_successor_was_revoked(post, coordinator, course):
    officer = factories.officer(post)
    earned(officer, course, days=5)
    assert len(shown(coordinator)) == 1

    newer = factories.completed(factories.enrolled(officer, course))
    assert shown(coordinator) == []

    revoke_certificate(
        certificate=Certificate.objects.get(enrolment=newer),
        reason="x",
        actor=coordinator,
        now=timezone.now(),
    )
    assert len(shown(coordinator)) == 1


def test_another_course_renews_nothing_and_revoked_ones_are_away(post, root, coordinator, course):
    officer = factories.officer(post)
    certificate = earned(officer, course, days=5)
    other = factories.published_course(root, code="C-2", readings=1, questions=0)
    factories.completed(factories.enrolled(officer, other))
    assert len(shown(coordinator)) == 1
    assert shown(coordinator, course="C-2") == []

    revoke_certificate(certificate=certificate, reason="x", actor=coordinator, now=timezone.now())
    assert shown(coordinator) == []


def test_an_enrolment_for_renewal_shows(post, coordinator, course):
    officer = factories.officer(post)
    earned(officer, course, days=5)
    renewal = factories.enrolled(officer, course)
    client = Client()
    client.force_login(coordinator)
    (row,) = client.get(reverse("reports:expiring")).context["listed"]
    assert row["renewal"] == renewal
    assert renewal.cycle == 2


def test_the_bar_enrols_the_chosen_for_renewal(post, coordinator, course):
    certificate = earned(factories.officer(post), course, days=5)
    client = Client()
    client.force_login(coordinator)
    page = client.get(reverse("reports:expiring")).content.decode()
    assert f'name="pick" value="{certificate.pk}"' in page

    data = {"of": "certificates", "action": "renew", "pick": certificate.pk, "query": ""}
    assert client.post(reverse("bulk:start"), data, follow=True).status_code == 200


def test_a_coordinator_elsewhere_sees_none(post, root, course):
    earned(factories.officer(post), course, days=5)
    elsewhere = factories.coordinator(factories.unit(root), language="en")
    assert shown(elsewhere) == []
    assert shown(elsewhere, q="Ґалаґан", within="180") == []
